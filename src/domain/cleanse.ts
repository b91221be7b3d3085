/** What happens to one line: identity, decoding, the contract's rules. Pure; the reference that every engine must agree with. */
import {
  BASE_COLUMNS,
  type Cell,
  type Contract,
  EVENT_DATE,
  type Issue,
  type RuleContext,
} from './contracts/contract.ts';
import type { Reason } from './counts.ts';
import { decodeBody } from './decode.ts';
import { claimKey, identityText, ownIdentityText, transportIdOf } from './identity.ts';
import { isJsonObject } from './json.ts';
import type { RawLine } from './raw.ts';
import { encodeVersion } from './version.ts';

/** A date before this instant (2000-01-01 UTC) is a broken clock, not an interaction. */
export const EARLIEST_MS = Date.UTC(2000, 0, 1);
/** How far a desk's clock may run ahead of the receipt. */
export const MAX_AHEAD_MS = 300_000;

export interface CleanseContext extends RuleContext {
  /** SHA-256 in hex; text counts as its UTF-8 bytes. */
  sha256(data: string | Uint8Array): string;
  fromBase64(text: string): Uint8Array;
}

/** One staged row: a row per line, good or bad. Cells follow fieldColumns of the contract; all null when `reason` is set. */
export interface StagedRow {
  readonly rawKey: string;
  readonly line: number;
  readonly receivedAt: number;
  readonly transportId: string;
  readonly identityHash: string;
  readonly claimKey: string;
  readonly reason: Reason | null;
  readonly field: string | null;
  readonly version: string;
  readonly eventDate: string | null;
  readonly cells: Readonly<Record<string, Cell>>;
  readonly issues: readonly Issue[];
}

/** Judges one line by the contract. Never throws on a message's content: what cannot be used gets a reason. */
export function cleanseLine(contract: Contract, context: CleanseContext, rawKey: string, raw: RawLine): StagedRow {
  const bytes = raw.bodyBase64 === undefined ? (raw.body ?? '') : context.fromBase64(raw.bodyBase64);
  const transportId = transportIdOf(contract.identity, raw);
  const identity =
    transportId === undefined ? ownIdentityText(rawKey, raw.n) : identityText(transportId, context.sha256(bytes));
  const identityHash = context.sha256(identity);
  const judged = transportId === undefined ? reject('no_identity', '') : judge(contract, context, raw);
  return {
    rawKey,
    line: raw.n,
    receivedAt: raw.receivedAt,
    transportId: transportId ?? '',
    identityHash,
    claimKey: claimKey(raw.body, identityHash),
    version: encodeVersion([raw.receivedAt], identityHash),
    ...judged,
  };
}

type Judged = Pick<StagedRow, 'reason' | 'field' | 'eventDate' | 'cells' | 'issues'>;

const reject = (reason: Reason, field: string): Judged => ({ reason, field, eventDate: null, cells: {}, issues: [] });

function judge(contract: Contract, context: CleanseContext, raw: RawLine): Judged {
  const decoded = decodeBody(raw.body);
  if (!decoded.ok) return reject(decoded.reason, decoded.field);
  const message = decoded.value;
  if (!isJsonObject(message)) return reject('not_an_object', '$');
  const cells: Record<string, Cell> = {};
  const issues: Issue[] = [];
  for (const field of contract.fields) {
    const ruled = field.apply(message[field.path], context);
    if (ruled.reject !== undefined) return reject(ruled.reject, field.path);
    field.columns.forEach((column, i) => (cells[column.name] = ruled.cells[i] ?? null));
    issues.push(...ruled.issues);
  }
  const occurredAt = cells['occurred_at'];
  if (typeof occurredAt === 'number' && !isPlausible(occurredAt, raw.receivedAt))
    return reject('date_out_of_range', 'date');
  const eventDate = cells[EVENT_DATE.name];
  return { reason: null, field: null, eventDate: typeof eventDate === 'string' ? eventDate : null, cells, issues };
}

/** True when an event lies between 2000 and five minutes after its receipt. */
export const isPlausible = (occurredAt: number, receivedAt: number): boolean =>
  occurredAt >= EARLIEST_MS && occurredAt <= receivedAt + MAX_AHEAD_MS;

/** A staged row as a record of the table's columns, without the lineage. */
export function rowCells(row: StagedRow): Readonly<Record<string, Cell>> {
  const base: Record<string, Cell> = { entity: row.identityHash, version: row.version, received_at: row.receivedAt };
  return {
    ...Object.fromEntries(BASE_COLUMNS.map((column) => [column.name, base[column.name] ?? null])),
    ...row.cells,
  };
}
