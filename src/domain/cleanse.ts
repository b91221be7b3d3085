/** What happens to one line: identity, decoding, the contract's rules. Pure; every engine judges by it. */
import {
  type Cell,
  type Contract,
  EVENT_DATE,
  type Field,
  type FieldRules,
  type Issue,
  type IssueCode,
  type Receipt,
  type RecordIdentity,
  type RecordRules,
  type RuleContext,
  type Ruled,
  isFieldContract,
} from './contracts/contract.ts';
import type { Reason } from './counts.ts';
import { type Decoded, decodeBody } from './decode.ts';
import { invariant } from './errors.ts';
import { claimKey, identityBytes, ownIdentity, transportIdOf } from './identity.ts';
import { type JsonObject, isJsonObject } from './json.ts';
import type { RawLine } from './raw.ts';
import { encodeVersion } from './version.ts';

/** A date before this instant (2000-01-01 UTC) is a broken clock, not an interaction. */
export const EARLIEST_MS = Date.UTC(2000, 0, 1);
/** How far a desk's clock may run ahead of the receipt. */
export const MAX_AHEAD_MS = 300_000;

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

/** Values of one field that are remembered: most fields have few, and a date or a CPF comes again soon if at all. */
const REMEMBERED = 10_000;

/** The same contract, which asks a field's rule once for a value that comes again: rules are pure. */
export function remembering(contract: Contract): Contract {
  if (!isFieldContract(contract)) return contract;
  const fields = contract.rules.fields.map((field): Field => {
    const known = new Map<string, Ruled>();
    return {
      ...field,
      apply: (value, context) => {
        if (typeof value === 'object' && value !== null) return field.apply(value, context);
        const key = `${typeof value}${String(value)}`;
        const found = known.get(key) ?? field.apply(value, context);
        if (known.size >= REMEMBERED) known.clear();
        known.set(key, found);
        return found;
      },
    };
  });
  return { ...contract, rules: { ...contract.rules, fields } };
}

/** What one line is judged under. */
export interface CleanseJobFacts {
  readonly contract: Contract;
  /** Chats that became others, new id → old id. */
  readonly moves: ReadonlyMap<string, string>;
}

/** What one row holds at most, so that no message makes a row that tables, documents or pages cannot take. */
const MAX_ITEMS = 100;
const MAX_ISSUES = 100;
const MAX_TEXT_LENGTH = 65_536;
const MAX_ITEM_LENGTH = 1_024;

/** Judges one line by the contract. Never throws on a message's content: what cannot be used gets a reason. */
export function cleanseLine(
  { contract, moves }: CleanseJobFacts,
  context: CleanseContext,
  rawKey: string,
  raw: RawLine,
): StagedRow {
  const decoded = decodeObject(raw.body);
  const line = { rawKey, line: raw.n, receivedAt: raw.receivedAt };
  if (isFieldContract(contract)) return { ...line, ...byFields(contract, context, rawKey, raw, decoded) };
  const receipt: Receipt = { receivedAt: raw.receivedAt, headers: raw.headers, moves };
  return { ...line, ...byRecord(contract as Contract<RecordRules>, context, rawKey, raw, receipt, decoded) };
}

type DecodedObject = { readonly ok: true; readonly value: JsonObject } | Extract<Decoded, { ok: false }>;

function decodeObject(body: string | undefined): DecodedObject {
  const decoded = decodeBody(body);
  if (!decoded.ok) return decoded;
  return isJsonObject(decoded.value)
    ? { ok: true, value: decoded.value }
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

function bounded(ruled: RuledLine): RuledLine {
  const issues = ruled.issues.slice(0, MAX_ISSUES);
  const cells: Record<string, Cell> = {};
  for (const [name, cell] of Object.entries(ruled.cells)) {
    const [kept, code] = boundedCell(cell);
    cells[name] = kept;
    if (code !== undefined && issues.length < MAX_ISSUES) issues.push({ field: name, code, original: null });
  }
  if (ruled.issues.length > MAX_ISSUES) issues.push({ field: '', code: 'more_issues', original: null });
  return { ...ruled, cells, issues };
}

/** What a row keeps of a cell, and what has to be said of it. */
function boundedCell(cell: Cell): readonly [Cell, IssueCode?] {
  if (typeof cell === 'string') return cell.length <= MAX_TEXT_LENGTH ? [cell] : [cut(cell, MAX_TEXT_LENGTH), 'too_long'];
  if (!Array.isArray(cell)) return [cell];
  const items = cell as readonly string[];
  if (items.length <= MAX_ITEMS && items.every((item) => item.length <= MAX_ITEM_LENGTH)) return [cell];
  const kept = items.slice(0, MAX_ITEMS).map((item) => cut(item, MAX_ITEM_LENGTH));
  return [kept, items.length > MAX_ITEMS ? 'too_many_items' : 'too_long'];
}

/** The beginning of a text, without half a UTF-16 pair at its end. */
function cut(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

type Judged = Omit<StagedRow, 'rawKey' | 'line' | 'receivedAt'>;
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

/** Identity: the transport's id and the bytes of the body; the rules field by field. */
function byFields(
  contract: Contract<FieldRules>,
  context: CleanseContext,
  rawKey: string,
  raw: RawLine,
  decoded: DecodedObject,
): Judged {
  const bytes = raw.bodyBase64 === undefined ? (raw.body ?? '') : context.fromBase64(raw.bodyBase64);
  const transportId = transportIdOf(contract.rules.identity, raw);
  const identityHash = context.identityHash(
    transportId === undefined ? ownIdentity(rawKey, raw.n) : identityBytes(transportId, bytes),
  );
  return {
    transportId: transportId ?? '',
    identityHash,
    claimKey: claimKey(raw.body, identityHash),
    version: encodeVersion([raw.receivedAt]),
    ...(transportId === undefined
      ? reject('no_identity', '')
      : judged(() => judgeFields(contract, context, raw, decoded))),
  };
}

function judgeFields(
  contract: Contract<FieldRules>,
  context: CleanseContext,
  raw: RawLine,
  decoded: DecodedObject,
): RuledLine {
  if (!decoded.ok) return reject(decoded.reason, decoded.field);
  const cells: Record<string, Cell> = {};
  const issues: Issue[] = [];
  for (const field of contract.rules.fields) {
    const ruled = field.apply(decoded.value[field.path], context);
    if (ruled.reject !== undefined) return reject(ruled.reject, field.path);
    field.columns.forEach((column, i) => (cells[column.name] = ruled.cells[i] ?? null));
    for (const one of ruled.issues) if (issues.length <= MAX_ISSUES) issues.push(one);
  }
  const occurredAt = cells['occurred_at'];
  if (typeof occurredAt === 'number' && !isPlausible(occurredAt, raw.receivedAt))
    return reject('date_out_of_range', 'date');
  const { [EVENT_DATE.name]: eventDate, ...others } = cells;
  return {
    reason: null,
    field: null,
    entity: null,
    eventDate: typeof eventDate === 'string' ? eventDate : null,
    tables: contract.tables[0].name,
    cells: others,
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
  const identity = decoded.ok ? identityOf(contract, receipt, decoded.value, context) : undefined;
  const identityHash = context.identityHash(
    identity === undefined ? ownIdentity(rawKey, raw.n) : identityBytes(identity.transportId, identity.discriminator),
  );
  const base = {
    transportId: identity?.transportId ?? '',
    identityHash,
    claimKey: identity?.claimKey ?? identityHash.slice(0, 2),
    version: encodeVersion([raw.receivedAt]),
  };
  if (!decoded.ok) return { ...base, ...reject(decoded.reason, decoded.field) };
  if (identity === undefined) return { ...base, ...reject('no_identity', '$') };
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
  return { ...base, version, ...ruled };
}

/** Undefined also where the rules stumble: such a line is only itself, never a duplicate. */
function identityOf(
  contract: Contract<RecordRules>,
  receipt: Receipt,
  message: JsonObject,
  context: CleanseContext,
): RecordIdentity | undefined {
  try {
    return contract.rules.identify(receipt, message, context);
  } catch {
    return undefined;
  }
}

/** True when an event lies between 2000 and five minutes after its receipt. */
export const isPlausible = (occurredAt: number, receivedAt: number): boolean =>
  occurredAt >= EARLIEST_MS && occurredAt <= receivedAt + MAX_AHEAD_MS;
