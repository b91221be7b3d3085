/** The cryptography that the pure rules are handed: SHA-256 and the keyed pseudonym. */
import { createHash, createHmac } from 'node:crypto';
import type { CleanseContext } from '../../domain/cleanse.ts';

/** SHA-256 in hex; text counts as its UTF-8 bytes. */
export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

/** The secret under which persons are pseudonymised: 32 random bytes, and the id that its pseudonyms carry. */
export interface PseudonymKey {
  readonly id: string;
  readonly secret: Uint8Array;
}

/** `<key id>:<HMAC-SHA-256(secret, purpose LF id) in hex>` (RFC 2104). */
export const pseudonym = (key: PseudonymKey, purpose: string, normalisedId: string): string =>
  `${key.id}:${createHmac('sha256', key.secret).update(`${purpose}\n${normalisedId}`).digest('hex')}`;

/** What cleanseLine needs, bound to a key. */
export const cleanseContext = (key: PseudonymKey): CleanseContext => ({
  sha256,
  fromBase64: (text) => Buffer.from(text, 'base64'),
  pseudonym: (purpose, id) => pseudonym(key, purpose, id),
});
