/** The pseudonym key: one per lake, for ever. A second key would split every person in two, so its fingerprint is kept in the store. */
import { createHash } from 'node:crypto';
import type { PseudonymKey } from '../adapters/engine/context.ts';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import { putOnce } from '../adapters/object-store/put.ts';
import { SetupError } from '../domain/errors.ts';
import { FORMAT_VERSION, KEY_FINGERPRINT } from '../domain/formats/layout.ts';

/** Different bytes of a key; 32 random ones have 30 of them, and fewer than 20 never. */
const LEAST_DIFFERENT = 16;

/** Reads 64 hex digits. Throws SetupError when they are missing, not that, or no random ones; never prints them. */
export function parseKey(hex: string | undefined): PseudonymKey {
  if (hex === undefined) {
    throw new SetupError(
      'PSEUDONYM_KEY is missing: give this process the key of the lake (npm start keeps it in .chatlake/pseudonym.key); no key is made here, because a second one would split every person in two.',
    );
  }
  if (!/^[0-9a-f]{64}$/i.test(hex))
    throw new SetupError('PSEUDONYM_KEY must be 64 hex digits (32 bytes); make one with: openssl rand -hex 32');
  const secret = Buffer.from(hex, 'hex');
  if (new Set(secret).size < LEAST_DIFFERENT)
    throw new SetupError(
      'PSEUDONYM_KEY repeats itself, so that anybody may guess it and try every CPF: make one with openssl rand -hex 32, before the lake has data.',
    );
  return { id: `k${fingerprint(secret).slice(0, 8)}`, secret };
}

/** SHA-256 over a label and the key: tells two keys apart and says nothing of either. */
const fingerprint = (secret: Uint8Array): string =>
  createHash('sha256').update('chatlake pseudonym key\n').update(secret).digest('hex');

/** Records the key's fingerprint at first use. Throws SetupError when the lake was made with another key. */
export async function checkKey(store: ObjectStore, key: PseudonymKey): Promise<void> {
  const body = new TextEncoder().encode(
    `${JSON.stringify({ formatVersion: FORMAT_VERSION, keyId: key.id, fingerprint: fingerprint(key.secret) })}\n`,
  );
  const outcome = await putOnce(store, KEY_FINGERPRINT, body);
  if (outcome.kind === 'other') {
    const keyId = keyIdOf(outcome.body);
    throw new SetupError(
      `This lake was made with pseudonym key ${keyId}, PSEUDONYM_KEY is ${key.id}: give this process the first key; nothing was written.`,
    );
  }
}

/** The id of the key that the lake was made with; undefined before its first use. */
export async function recordedKey(store: ObjectStore): Promise<string | undefined> {
  const body = await store.get(KEY_FINGERPRINT);
  return body === undefined ? undefined : keyIdOf(body);
}

const keyIdOf = (body: Uint8Array): string =>
  (JSON.parse(new TextDecoder().decode(body)) as { readonly keyId: string }).keyId;
