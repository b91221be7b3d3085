/** What judging a line gives, and what both kinds of rules share. */
import type { Reason } from '../counts.ts';
import type { RawLine } from '../formats/raw.ts';
import type { JsonObject } from '../json.ts';
import type { Cell, Issue, Receipt, RuleContext } from '../sources/contract.ts';
import { bounded } from './bounds.ts';
import { FIXED, FIX_OF, isFixedId } from './fix.ts';
import { identityBytes } from './identity.ts';

export interface CleanseContext extends RuleContext {
  /** The keyed hash of an identity, 32 hex digits; text counts as its UTF-8 bytes. */
  identityHash(parts: readonly (string | Uint8Array)[]): string;
  fromBase64(text: string): Uint8Array;
}

/** One staged row: a row per line, good or bad. Cells follow ruledColumns of the contract; all null when `reason` is set. */
export interface StagedRow {
  readonly rawKey: string;
  readonly line: number;
  readonly receivedAt: number;
  readonly transportId: string;
  readonly identityHash: string;
  readonly claimKey: string;
  readonly reason: Reason | null;
  readonly field: string | null;
  /** Null: the message itself. */
  readonly entity: string | null;
  readonly version: string;
  readonly eventDate: string | null;
  /** Comma separated, in the contract's order. */
  readonly tables: string | null;
  readonly cells: Readonly<Record<string, Cell>>;
  readonly issues: readonly Issue[];
}

/** A body, read. */
export type DecodedObject =
  /** `isAside`: it is asked who it is, so that its repeats are duplicates, and nothing else of it is read. */
  | { readonly ok: true; readonly value: JsonObject; readonly isAside: boolean }
  | { readonly ok: false; readonly reason: Reason; readonly field: string };

/** A line as the rules find it. */
export interface ReadLine {
  readonly rawKey: string;
  readonly raw: RawLine;
  readonly receipt: Receipt;
  readonly decoded: DecodedObject;
}

/** What rules say, bounded. Rules that throw have a fault of their own: the line is set aside and the rest of the window goes on. */
export function judged(rules: () => RuledLine): RuledLine {
  try {
    return bounded(rules());
  } catch {
    // No word of the error: it may quote the message.
    return reject('not_judged', '$');
  }
}

/** Who a line is, and what became of it. */
export interface Judged extends Pick<StagedRow, 'transportId' | 'identityHash' | 'claimKey' | 'version'> {
  readonly ruled: RuledLine;
}
/** What the rules made of a line. */
export type RuledLine = Pick<StagedRow, 'reason' | 'field' | 'entity' | 'eventDate' | 'tables' | 'cells' | 'issues'>;

/** A line that cannot be used. */
export const reject = (reason: Reason, field: string): RuledLine => ({
  reason,
  field,
  entity: null,
  eventDate: null,
  tables: null,
  cells: {},
  issues: [],
});

/** The bytes of a line's body. */
export const bytesOf = (raw: RawLine, context: CleanseContext): string | Uint8Array =>
  raw.bodyBase64 === undefined ? (raw.body ?? '') : context.fromBase64(raw.bodyBase64);

/** A fixed message is told apart by the place of the one it was made of, whatever the rules made of it: one per received message. */
export const fixedIdentity = ({ headers }: RawLine): readonly (string | Uint8Array)[] | undefined =>
  headers[FIX_OF] === undefined ? undefined : identityBytes(FIXED, headers[FIX_OF]);

/** As fixedIdentity. A producer may send any header, but no id of ours: one that sends this header alone is like any other message. */
export const fixedByTransport = (raw: RawLine): readonly (string | Uint8Array)[] | undefined =>
  isFixedId(raw.id) ? fixedIdentity(raw) : undefined;
