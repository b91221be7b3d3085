/** Slices the items of a response's `result` out of its bytes, so that each stays as it was received. */
import { invariant } from '../../domain/errors.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN = [0x5b, 0x7b];
const CLOSE = [0x5d, 0x7d];
const ARRAY = 0x5b;

/**
 * The bytes of each item of the array `result` of a JSON object. Marks of structure are ASCII, so no text has to be decoded.
 * The bytes must be JSON (who calls has parsed them). Throws InvariantViolation when `result` is not an array.
 */
export function splitResult(bytes: Uint8Array): readonly Uint8Array[] {
  const items: Uint8Array[] = [];
  let depth = 0;
  let key = '';
  let inResult = false;
  let seen = false;
  let start = -1;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) {
      const end = endOfString(bytes, at);
      if (depth === 1 && isKey(bytes, end + 1)) key = latin1(bytes.subarray(at + 1, end));
      if (inResult && depth === 2 && start < 0) start = at;
      at = end;
    } else if (OPEN.includes(byte)) {
      depth += 1;
      if (depth === 2 && key === 'result' && byte === ARRAY) {
        inResult = seen = true;
        start = -1;
      } else if (inResult && depth === 3 && start < 0) start = at;
    } else if (CLOSE.includes(byte) || byte === COMMA) {
      if (inResult && depth === 2) {
        if (start >= 0) items.push(trimmed(bytes, start, at));
        start = -1;
      }
      if (byte !== COMMA) depth -= 1;
      if (depth < 2) inResult = false;
    } else if (inResult && depth === 2 && start < 0 && !isBlank(byte)) start = at;
  }
  invariant(seen, 'the result of this response is not an array');
  return items;
}

function endOfString(bytes: Uint8Array, quote: number): number {
  let at = quote + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

/** Whether a colon follows: then the string before was a key. */
function isKey(bytes: Uint8Array, from: number): boolean {
  let at = from;
  while (isBlank(bytes[at])) at += 1;
  return bytes[at] === 0x3a;
}

function trimmed(bytes: Uint8Array, start: number, end: number): Uint8Array {
  let last = end;
  while (last > start && isBlank(bytes[last - 1])) last -= 1;
  return bytes.slice(start, last);
}

const isBlank = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
