/** Versions order the states of one entity. A version is a tuple that compares as text, so tables and documents agree. */
import { invariant } from '../errors.ts';

const DIGITS = 16;

/**
 * Encodes a tuple so that comparing the texts byte by byte compares the tuples: whole numbers ≥ 0 first, padded to 16 digits,
 * then the identity hash, which makes the order total. Where the entity is the identity it is not repeated: all its versions share it.
 */
export const encodeVersion = (numbers: readonly number[], identityHash?: string): string =>
  [...numbers.map(encodeNumber), ...(identityHash === undefined ? [] : [identityHash])].join('.');

function encodeNumber(n: number): string {
  invariant(Number.isSafeInteger(n) && n >= 0, `a version is made of whole numbers ≥ 0, got ${n}`);
  return n.toString().padStart(DIGITS, '0');
}
