/**
 * Fixing quarantined messages: rules that patch a body, and the new message that is made of it. The message as received stays what it
 * is; the fixed one is another, with an identity of its own and headers that say whose place it takes.
 */
import type { Contract } from '../sources/contract.ts';
import type { Json } from '../json.ts';
import type { RawLine, ReceivedMessage } from '../formats/raw.ts';
import { wallClockAs } from './rules/wall-clock.ts';

/** Headers of a fixed message: the place of the one it was made of, the SHA-256 of the rule file, how often it was fixed by now. */
export const FIX_OF = 'chatlake-fix-of';
export const FIX_RULES = 'chatlake-fix-rules';
const FIX_LEVEL = 'chatlake-fix-level';

/** Stands for the transport's id in a fixed message's identity; that of the message it was made of is its place. */
export const FIXED = 'fixed';

/** The transport id of the message fixed from one of this id. */
export const fixedId = (transportId: string): string => `${transportId}:fixed`;

/** Whether a transport id is one of fixedId's. */
export const isFixedId = (transportId: string): boolean => transportId.endsWith(fixedId(''));

/** The transport id as the receipt's headers make it: of a message that was not fixed, the same. */
export function asFixed(transportId: string, headers: Readonly<Record<string, string>>): string {
  let id = transportId;
  for (let level = levelOf(headers); level > 0; level -= 1) id = fixedId(id);
  return id;
}

const levelOf = (headers: Readonly<Record<string, string>>): number =>
  /^[1-9]$/.test(headers[FIX_LEVEL] ?? '') ? Number(headers[FIX_LEVEL]) : 0;

/** What a rule does at its path; `decode` only to a body that is no UTF-8 text. A date format is made of yyyy, MM, dd, HH, mm, ss and what stands between them. */
export type Change =
  | { readonly kind: 'set'; readonly value: Json }
  | { readonly kind: 'replace'; readonly from: Json; readonly to: Json }
  | { readonly kind: 'regex'; readonly pattern: string; readonly with: string }
  | { readonly kind: 'date'; readonly from: string; readonly to: string }
  | { readonly kind: 'rename'; readonly to: string }
  | { readonly kind: 'decode'; readonly encoding: Encoding }
  | { readonly kind: 'remove' };

/** Encodings of bodies that are not UTF-8. */
export const ENCODINGS = ['iso-8859-1', 'windows-1252', 'utf-16le', 'utf-16be'] as const;
export type Encoding = (typeof ENCODINGS)[number];

export interface FixRule {
  /** The verdicts it is for; absent: any. */
  readonly reason?: string | undefined;
  readonly field?: string | undefined;
  /** Names of fields and numbers of list items, joined by dots; empty: the body as text, before it is read as JSON. */
  readonly path: string;
  readonly change: Change;
}

/**
 * The body as the rules for its verdict leave it; the same text when none applies, or it cannot be read as JSON. Undefined: its bytes
 * are no UTF-8 text, and no rule says what they are.
 */
export function applyRules(
  rules: readonly FixRule[],
  verdict: { readonly reason: string; readonly field: string },
  body: string | Uint8Array,
): string | undefined {
  const own = rules.filter(
    ({ reason, field }) => (reason ?? verdict.reason) === verdict.reason && (field ?? verdict.field) === verdict.field,
  );
  const decoded = typeof body === 'string' ? body : decodedBy(own, body);
  if (decoded === undefined) return undefined;
  const text = own
    .filter(({ path }) => path === '')
    .reduce((value, { change }) => textOr(changed(change, value), value), decoded);
  const inside = own.filter(({ path }) => path !== '');
  if (inside.length === 0) return text;
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return text;
  }
  const patched = inside.reduce((whole, { path, change }) => patch(whole, path.split('.'), change), value);
  const result = JSON.stringify(patched);
  return result === JSON.stringify(value) ? text : result;
}

/** By the first rule whose encoding fits the bytes. */
function decodedBy(rules: readonly FixRule[], bytes: Uint8Array): string | undefined {
  const texts = rules.map(({ change }) => (change.kind === 'decode' ? decode(change.encoding, bytes) : undefined));
  return texts.find((text) => text !== undefined);
}

/** Bytes 80 to 9F of windows-1252 (https://encoding.spec.whatwg.org/index-windows-1252.txt). Node's own decoder leaves them as they are. */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

const latin = (byte: number): string => String.fromCharCode(byte);
const windows = (byte: number): string => (byte < 0x80 || byte > 0x9f ? latin(byte) : WINDOWS_1252.charAt(byte - 0x80));

/** The text of bytes; undefined when they are not of the encoding. */
function decode(encoding: Encoding, bytes: Uint8Array): string | undefined {
  if (encoding === 'iso-8859-1') return Array.from(bytes, latin).join('');
  if (encoding === 'windows-1252') return Array.from(bytes, windows).join('');
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const textOr = (value: Json | undefined, otherwise: string): string => (typeof value === 'string' ? value : otherwise);

/** The value with a change made at a path; unchanged where the path leads nowhere, but for `set`, which adds a last field. */
function patch(value: Json, [name = '', ...rest]: readonly string[], change: Change): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value as readonly Json[];
    return items.map((item, i) =>
      String(i) !== name ? item : rest.length > 0 ? patch(item, rest, change) : (changed(change, item) ?? item),
    );
  }
  const fields = new Map(Object.entries(value));
  const before = fields.get(name);
  if (rest.length > 0) return before === undefined ? value : withField(fields, name, patch(before, rest, change));
  if (before === undefined && change.kind !== 'set') return value;
  if (change.kind === 'rename') return rename(fields, name, change.to);
  return withField(fields, name, changed(change, before ?? null));
}

function withField(fields: Map<string, Json>, name: string, value: Json | undefined): Json {
  if (value === undefined) fields.delete(name);
  else fields.set(name, value);
  return Object.fromEntries(fields);
}

/** The field under another name, in its place; one that has the name already is kept, and nothing changes. */
function rename(fields: ReadonlyMap<string, Json>, from: string, to: string): Json {
  if (fields.has(to)) return Object.fromEntries(fields);
  return Object.fromEntries([...fields].map(([name, value]) => [name === from ? to : name, value]));
}

/** What a value becomes; undefined: it goes. A change that does not fit the value leaves it. */
function changed(change: Change, value: Json): Json | undefined {
  switch (change.kind) {
    case 'set':
      return change.value;
    case 'replace':
      return JSON.stringify(value) === JSON.stringify(change.from) ? change.to : value;
    case 'regex':
      return typeof value === 'string' ? value.replace(new RegExp(change.pattern, 'gu'), change.with) : value;
    case 'date':
      return typeof value === 'string' ? (wallClockAs(value, change.from, change.to) ?? value) : value;
    case 'remove':
      return undefined;
    case 'rename':
    case 'decode':
      return value;
  }
}

/** What was made of the message at a place, by a file of rules. */
export interface Fix {
  readonly place: string;
  readonly body: Uint8Array;
  readonly rulesSha256: string;
}

/** The message that takes the place of one in raw: received when that was, under an id of its own. */
export function fixedMessage({ rules }: Contract, raw: RawLine, { place, body, rulesSha256 }: Fix): ReceivedMessage {
  const id = raw.id === '' ? place : raw.id;
  const header = isFieldRules(rules) && rules.identity.kind === 'header' ? rules.identity.name : undefined;
  return {
    id: isFieldRules(rules) ? fixedId(id) : raw.id,
    receivedAt: raw.receivedAt,
    headers: {
      ...raw.headers,
      ...(header === undefined ? {} : { [header]: fixedId(raw.headers[header] ?? place) }),
      [FIX_OF]: place,
      [FIX_RULES]: rulesSha256,
      [FIX_LEVEL]: String(Math.min(9, levelOf(raw.headers) + 1)),
    },
    body,
  };
}

const isFieldRules = (rules: Contract['rules']): rules is Extract<Contract['rules'], { kind: 'fields' }> =>
  rules.kind === 'fields';
