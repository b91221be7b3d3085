/** What happens to one line: identity, decoding, the contract's rules. Pure; every engine judges by it. */
import { MAX_ISSUES, bounded } from './bounds.ts';
import {
  type Cell,
  type Contract,
  EVENT_DATE,
  type FieldRules,
  type Issue,
  type Receipt,
  type RecordIdentity,
  type RecordRules,
  type RuleContext,
  isFieldContract,
} from '../sources/contract.ts';
import type { Reason } from '../counts.ts';
import { type Names, decodeBody } from './decode.ts';
import { invariant } from '../errors.ts';
import { FIXED, FIX_OF, isFixedId } from './fix.ts';
import { claimKey, identityBytes, ownIdentity, transportIdOf } from './identity.ts';
import { type JsonObject, isJsonObject } from '../json.ts';
import { placeText } from '../formats/layout.ts';
import type { RawLine } from '../formats/raw.ts';
import { encodeVersion } from '../formats/version.ts';

/** A date before this instant (2000-01-01 UTC) is a broken clock, not an interaction. */
export const EARLIEST_MS = Date.UTC(2000, 0, 1);
/** A date after this instant (2100-01-01 UTC) is no clock that runs ahead. */
export const LATEST_MS = Date.UTC(2100, 0, 1);
/** A desk's clock may run so far ahead of ours, or ours so far behind, before it is noticed. */
export const NOTICED_AHEAD_MS = 300_000;
/** Ahead by more than this, the date is no mistake of a clock. */
export const MAX_AHEAD_MS = 86_400_000;

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

/** For contracts that follow no chats. */
export const NO_MOVES: ReadonlyMap<string, string> = new Map();

/** What one line is judged under. */
export interface CleanseJobFacts {
  readonly contract: Contract;
  /** Chats that became others, new id → old id. */
  readonly moves: ReadonlyMap<string, string>;
  /** Places of messages that an operator set aside; absent: none. */
  readonly aside?: ReadonlySet<string>;
}

/** Judges one line by the contract. Never throws on a message's content: what cannot be used gets a reason. */
export function cleanseLine(
  { contract, moves, aside }: CleanseJobFacts,
  context: CleanseContext,
  rawKey: string,
  raw: RawLine,
): StagedRow {
  const decoded = decodeObject(raw, contract.names, aside?.has(placeText(rawKey, raw.n)) === true);
  const receipt: Receipt = { receivedAt: raw.receivedAt, headers: raw.headers, moves };
  const {
    transportId,
    identityHash,
    claimKey: claim,
    version,
    ruled,
  } = isFieldContract(contract)
    ? byFields(contract, context, rawKey, raw, decoded)
    : byRecord(contract as Contract<RecordRules>, context, rawKey, raw, receipt, decoded);
  // Name by name: this is done for every line there ever is, and spreading objects costs as much as the rules.
  return {
    rawKey,
    line: raw.n,
    receivedAt: raw.receivedAt,
    transportId,
    identityHash,
    claimKey: claim,
    version,
    reason: ruled.reason,
    field: ruled.field,
    entity: ruled.entity,
    eventDate: ruled.eventDate,
    tables: ruled.tables,
    cells: ruled.cells,
    issues: ruled.issues,
  };
}

type DecodedObject =
  /** `isAside`: it is asked who it is, so that its repeats are duplicates, and nothing else of it is read. */
  | { readonly ok: true; readonly value: JsonObject; readonly isAside: boolean }
  | { readonly ok: false; readonly reason: Reason; readonly field: string };

function decodeObject({ body, bodyBase64 }: RawLine, names: Names, isAside: boolean): DecodedObject {
  const decoded = decodeBody(body, bodyBase64, names);
  if (!decoded.ok) return decoded;
  return isJsonObject(decoded.value)
    ? { ok: true, value: decoded.value, isAside }
    : { ok: false, reason: 'not_an_object', field: '$' };
}

/** What rules say, bounded. Rules that throw have a fault of their own: the line is set aside and the rest of the window goes on. */
function judged(rules: () => RuledLine): RuledLine {
  try {
    return bounded(rules());
  } catch {
    // No word of the error: it may quote the message.
    return reject('not_judged', '$');
  }
}

interface Judged extends Pick<StagedRow, 'transportId' | 'identityHash' | 'claimKey' | 'version'> {
  readonly ruled: RuledLine;
}
type RuledLine = Pick<StagedRow, 'reason' | 'field' | 'entity' | 'eventDate' | 'tables' | 'cells' | 'issues'>;

const reject = (reason: Reason, field: string): RuledLine => ({
  reason,
  field,
  entity: null,
  eventDate: null,
  tables: null,
  cells: {},
  issues: [],
});

const bytesOf = (raw: RawLine, context: CleanseContext): string | Uint8Array =>
  raw.bodyBase64 === undefined ? (raw.body ?? '') : context.fromBase64(raw.bodyBase64);

/** A fixed message is told apart by the place of the one it was made of, whatever the rules made of it: one per received message. */
const fixedIdentity = ({ headers }: RawLine): readonly (string | Uint8Array)[] | undefined =>
  headers[FIX_OF] === undefined ? undefined : identityBytes(FIXED, headers[FIX_OF]);

/** As fixedIdentity. A producer may send any header, but no id of ours: one that sends this header alone is like any other message. */
const fixedByTransport = (raw: RawLine): readonly (string | Uint8Array)[] | undefined =>
  isFixedId(raw.id) ? fixedIdentity(raw) : undefined;

/** Identity: the transport's id and the bytes of the body; the rules field by field. */
function byFields(
  contract: Contract<FieldRules>,
  context: CleanseContext,
  rawKey: string,
  raw: RawLine,
  decoded: DecodedObject,
): Judged {
  const transportId = transportIdOf(contract.rules.identity, raw);
  const fixed = fixedByTransport(raw);
  const identityHash = context.identityHash(
    fixed ??
      (transportId === undefined ? ownIdentity(rawKey, raw.n) : identityBytes(transportId, bytesOf(raw, context))),
  );
  return {
    transportId: transportId ?? '',
    identityHash,
    claimKey: claimKey(fixed === undefined ? raw.body : undefined, identityHash),
    version: encodeVersion([raw.receivedAt]),
    ruled:
      transportId === undefined
        ? reject('no_identity', '')
        : judged(() => judgeFields(contract, context, raw, decoded)),
  };
}

function judgeFields(
  contract: Contract<FieldRules>,
  context: CleanseContext,
  raw: RawLine,
  decoded: DecodedObject,
): RuledLine {
  if (!decoded.ok) return reject(decoded.reason, decoded.field);
  if (decoded.isAside) return reject('set_aside', '$');
  const cells: Record<string, Cell> = {};
  const issues: Issue[] = [];
  let eventDate: string | null = null;
  for (const field of contract.rules.fields) {
    const ruled = field.apply(decoded.value[field.path], context);
    if (ruled.reject !== undefined) return reject(ruled.reject, field.path);
    for (const [i, { name }] of field.columns.entries()) {
      const cell = ruled.cells[i] ?? null;
      if (name !== EVENT_DATE.name) cells[name] = cell;
      else if (typeof cell === 'string') eventDate = cell;
    }
    for (const one of ruled.issues) if (issues.length <= MAX_ISSUES) issues.push(one);
  }
  const occurredAt = cells['occurred_at'];
  if (typeof occurredAt === 'number') {
    if (occurredAt < EARLIEST_MS || occurredAt > raw.receivedAt + MAX_AHEAD_MS)
      return reject('date_out_of_range', 'date');
    if (occurredAt > raw.receivedAt + NOTICED_AHEAD_MS) issues.push({ field: 'date', code: 'ahead_of_receipt' });
  }
  return {
    reason: null,
    field: null,
    entity: null,
    eventDate,
    tables: contract.tables[0].name,
    cells,
    issues,
  };
}

/** Identity, entity, version and tables: all by the contract's rules over the whole message. */
function byRecord(
  contract: Contract<RecordRules>,
  context: CleanseContext,
  rawKey: string,
  raw: RawLine,
  receipt: Receipt,
  decoded: DecodedObject,
): Judged {
  const identity = identityOf(contract, context, raw, receipt, decoded);
  const identityHash = context.identityHash(
    fixedIdentity(raw) ??
      (identity === undefined
        ? ownIdentity(rawKey, raw.n)
        : identityBytes(identity.transportId, identity.discriminator)),
  );
  const base = {
    transportId: identity?.transportId ?? '',
    identityHash,
    claimKey: (fixedIdentity(raw) === undefined ? identity?.claimKey : undefined) ?? identityHash.slice(0, 2),
    version: encodeVersion([raw.receivedAt]),
  };
  if (!decoded.ok) return { ...base, ruled: reject(decoded.reason, decoded.field) };
  if (identity === undefined) return { ...base, ruled: reject('no_identity', '$') };
  if (decoded.isAside) return { ...base, ruled: reject('set_aside', '$') };
  let version = base.version;
  const ruled = judged(() => {
    const verdict = contract.rules.judge(receipt, decoded.value, context);
    if (verdict.kind === 'rejected') return reject(verdict.reason, verdict.field);
    const { entity, eventDate, cells, issues } = verdict;
    const tables = contract.tables.map(({ name }) => name).filter((name) => verdict.tables.includes(name));
    invariant(tables.length > 0, `the contract of ${contract.source} gives a message to no table`);
    version = encodeVersion([...verdict.version, raw.receivedAt], entity === undefined ? undefined : identityHash);
    return { reason: null, field: null, entity: entity ?? null, eventDate, tables: tables.join(','), cells, issues };
  });
  return { ...base, version, ruled };
}

/** Where the rules find none, or stumble, what the receipt alone tells; undefined: such a line is only itself, never a duplicate. */
function identityOf(
  { rules }: Contract<RecordRules>,
  context: CleanseContext,
  raw: RawLine,
  receipt: Receipt,
  decoded: DecodedObject,
): (Omit<RecordIdentity, 'discriminator'> & { readonly discriminator: string | Uint8Array }) | undefined {
  let identity: RecordIdentity | undefined;
  try {
    identity = decoded.ok ? rules.identify(receipt, decoded.value, context) : undefined;
  } catch {
    identity = undefined;
  }
  if (identity !== undefined) return identity;
  const transportId = rules.identifyUnread?.(receipt, context);
  return transportId === undefined ? undefined : { transportId, discriminator: bytesOf(raw, context) };
}

/** True for a date that Telegram's own clock may have written. It is trusted above ours, whose receipt time may be wrong. */
export const isPlausible = (occurredAt: number): boolean => occurredAt >= EARLIEST_MS && occurredAt < LATEST_MS;
