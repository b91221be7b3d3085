/** writeRaw: the one way into the store, used by every source. A message is safe when this has returned. */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { keep } from '../adapters/object-store/put.ts';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import { invariant } from '../domain/errors.ts';
import { type Source, rawKey } from '../domain/layout.ts';
import { type ReceivedMessage, encodeRawLine } from '../domain/raw.ts';
import { type Window, windowAt } from '../domain/window.ts';

const compress = promisify(gzip);

export interface WrittenRaw {
  readonly key: string;
  readonly window: Window;
  readonly count: number;
  readonly bytes: number;
}

/**
 * Keeps messages as one raw object: gzip NDJSON under a key that holds the SHA-256 of its bytes. `openedAtMs` decides the window.
 * Resolves when the object is durable; throws TransientError or SetupError, and then nothing may be acknowledged (I1).
 */
export async function writeRaw(
  store: ObjectStore,
  source: Source,
  openedAtMs: number,
  messages: readonly ReceivedMessage[],
): Promise<WrittenRaw> {
  invariant(messages.length > 0, 'a raw object holds at least one message');
  const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  const text = messages.map((message, n) => `${encodeRawLine(message, n, toBase64)}\n`).join('');
  const body = await compress(text, { level: 6 });
  const window = windowAt(openedAtMs);
  const sha256 = createHash('sha256').update(body).digest('hex');
  const key = rawKey({ source, window, openedAtMs, count: messages.length, sha256 });
  await keep(store, key, body);
  return { key, window, count: messages.length, bytes: body.byteLength };
}
