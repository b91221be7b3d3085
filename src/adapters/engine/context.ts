/** The cryptography that the pure rules are handed, all of it under the lake's key. */
import { createHmac } from 'node:crypto';
import type { CleanseContext } from '../../domain/judge/judged.ts';

/** The lake's secret: 32 random bytes, and the id that its pseudonyms carry. */
export interface PseudonymKey {
  readonly id: string;
  readonly secret: Uint8Array;
}

/** Hex digits of a keyed hash: 128 bits, so that among 10¹² of them two are equal with a chance of 10⁻¹⁵. */
const HEX_DIGITS = 32;
const IDENTITY_PURPOSE = 'identity';

/** The first 128 bits of HMAC-SHA-256 (RFC 2104) over a purpose, a line feed and the parts, in hex. */
function keyedHash(key: PseudonymKey, purpose: string, parts: readonly (string | Uint8Array)[]): string {
  const hmac = createHmac('sha256', key.secret).update(`${purpose}\n`);
  for (const part of parts) hmac.update(part);
  return hmac.digest('hex').slice(0, HEX_DIGITS);
}

/** `<key id>:<keyed hash>`: the same person gives the same text, and nobody without the key can find it by trying. */
export const pseudonym = (key: PseudonymKey, purpose: string, normalisedId: string): string =>
  `${key.id}:${keyedHash(key, purpose, [normalisedId])}`;

/** What cleanseLine needs, bound to a key. */
export const cleanseContext = (key: PseudonymKey): CleanseContext => ({
  identityHash: (parts) => keyedHash(key, IDENTITY_PURPOSE, parts),
  fromBase64: (text) => Buffer.from(text, 'base64'),
  pseudonym: (purpose, id) => pseudonym(key, purpose, id),
});
