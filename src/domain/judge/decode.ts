/**
 * The decoder: one scan over a body before any rule sees it. It refuses what JSON.parse lets through and later steps do not
 * survive (depth, duplicate and prototype keys, halves of UTF-16 pairs, NUL), each with a reason code and a path.
 */
import type { Reason } from '../counts.ts';
import type { Json } from '../json.ts';

export const MAX_DEPTH = 64;
/** Largest body that is judged, in UTF-16 units: far above Telegram's updates and a desk's interactions. */
export const MAX_BODY_LENGTH = 1_048_576;

export type Decoded =
  { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly reason: Reason; readonly field: string };

/** Keys that JavaScript objects treat specially. */
export const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Names that paths may show; any other key is `*`, for the sender chose it and it may be a person's datum. */
export type Names = ReadonlySet<string>;
const NO_NAMES: Names = new Set();
const segment = (key: string, names: Names): string => (names.has(key) || FORBIDDEN_KEYS.has(key) ? key : '*');

const refuse = (reason: Reason, field = ''): Decoded => ({ ok: false, reason, field });

/**
 * Decodes a body. Where it is undefined the bytes were kept as base64, because they are too large to be read or are not UTF-8.
 * `names` are those of the contract. Never throws.
 */
export function decodeBody(body: string | undefined, base64 = '', names: Names = NO_NAMES): Decoded {
  if (body === undefined) return refuse((base64.length / 4) * 3 > MAX_BODY_LENGTH ? 'too_large' : 'not_utf8');
  if (body.length > MAX_BODY_LENGTH) return refuse('too_large');
  const text = body.startsWith('\uFEFF') ? body.slice(1) : body;
  if (text.trim() === '') return refuse('empty_body');
  const { deepest, pairs } = scanBrackets(text);
  if (deepest > MAX_DEPTH) return refuse('too_deep');
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return refuse('invalid_json');
  }
  // A key that came twice is one key of the value, and an escape or half a pair is in the text: most bodies need no closer look.
  const hasOddKeys = countKeys(value) !== pairs;
  const hasOddStrings = ODD_STRINGS.test(text);
  return (
    (hasOddKeys ? scanKeys(text, names) : undefined) ??
    (hasOddStrings ? scanStrings(value, '$', names) : undefined) ?? { ok: true, value }
  );
}

/** An escaped UTF-16 unit, or one of a pair. JSON allows no bare NUL. */
const ODD_STRINGS = /\\u|[\ud800-\udfff]/;

/** How many keys the objects of a value have, all in all; NaN where one of them is forbidden. */
function countKeys(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0;
  let keys = 0;
  if (Array.isArray(value)) for (const item of value) keys += countKeys(item as Json);
  else
    for (const key of Object.keys(value)) {
      if (FORBIDDEN_KEYS.has(key)) return NaN;
      keys += 1 + countKeys((value as Readonly<Record<string, Json>>)[key] as Json);
    }
  return keys;
}

/** Deepest nesting of brackets outside strings (stops counting one past the limit), and how many colons there are: pairs of key and value. Runs before JSON.parse, on anything. */
function scanBrackets(text: string): { readonly deepest: number; readonly pairs: number } {
  let depth = 0;
  let deepest = 0;
  let pairs = 0;
  let inString = false;
  for (let i = 0; i < text.length && deepest <= MAX_DEPTH; i += 1) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === 0x5c) i += 1;
      else if (c === 0x22) inString = false;
    } else if (c === 0x22) inString = true;
    else if (c === 0x3a) pairs += 1;
    else if (c === 0x7b || c === 0x5b) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (c === 0x7d || c === 0x5d) depth -= 1;
  }
  return { deepest, pairs };
}

/** One open object or array of the scan: the keys seen so far and the path to it. */
interface Level {
  readonly keys: Set<string> | undefined;
  readonly path: string;
  key: string;
}

/** Finds duplicate and forbidden keys in text that JSON.parse has accepted. */
function scanKeys(text: string, names: Names): Decoded | undefined {
  const levels: Level[] = [];
  const string = /"(?:[^"\\]|\\.)*"/gsy;
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i];
    const level = levels.at(-1);
    if (c === '{' || c === '[') {
      const path = level === undefined ? '$' : `${level.path}${level.key}`;
      levels.push({ keys: c === '{' ? new Set() : undefined, path, key: c === '{' ? '' : '[]' });
    } else if (c === '}' || c === ']') levels.pop();
    else if (c === '"') {
      string.lastIndex = i;
      const token = string.exec(text)?.[0] ?? '""';
      i += token.length - 1;
      if (level?.keys !== undefined && isKey(text, i + 1)) {
        const key = JSON.parse(token) as string;
        const field = `${level.path}.${segment(key, names)}`;
        if (FORBIDDEN_KEYS.has(key)) return refuse('forbidden_key', field);
        if (level.keys.has(key)) return refuse('duplicate_key', field);
        level.keys.add(key);
        level.key = `.${segment(key, names)}`;
      }
    }
  }
  return undefined;
}

/** In valid JSON a string is a key exactly when a colon follows it. */
function isKey(text: string, from: number): boolean {
  for (let i = from; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    if (c !== 0x20 && c !== 0x09 && c !== 0x0a && c !== 0x0d) return c === 0x3a;
  }
  return false;
}

/** Finds strings, keys included, that no UTF-8 text can hold or that C libraries cut short. */
function scanStrings(value: Json, path: string, names: Names): Decoded | undefined {
  if (typeof value === 'string') return checkString(value, path);
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, child] of Object.entries(value)) {
    const below = Array.isArray(value) ? `${path}[]` : `${path}.${segment(key, names)}`;
    const found = checkString(key, path) ?? scanStrings(child, below, names);
    if (found !== undefined) return found;
  }
  return undefined;
}

function checkString(text: string, path: string): Decoded | undefined {
  if (text.includes('\0')) return refuse('control_character', path);
  if (!isWellFormed(text)) return refuse('lone_surrogate', path);
  return undefined;
}

/** As String.prototype.isWellFormed, which the lib of our target does not type. */
function isWellFormed(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    if (c < 0xd800 || c > 0xdfff) continue;
    const next = text.charCodeAt(i + 1);
    if (c > 0xdbff || Number.isNaN(next) || next < 0xdc00 || next > 0xdfff) return false;
    i += 1;
  }
  return true;
}
