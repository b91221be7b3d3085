/** Raw: messages as received. Every source lands here and nothing else writes; a message is safe when `writeRaw` has returned. */
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import { keep } from '../adapters/object-store/put.ts';
import { invariant } from '../domain/errors.ts';
import { type Source, rawKey, rawPrefix } from '../domain/formats/layout.ts';
import { type RawLine, type ReceivedMessage, decodeRawLine, encodeRawLine } from '../domain/formats/raw.ts';
import type { RawObject } from '../domain/formats/seal.ts';
import { type Window, windowAt } from '../domain/window.ts';
import type { Lake } from './lake.ts';
import type { WindowOf } from './seals.ts';

const compress = promisify(gzip);
const expand = promisify(gunzip);
/** Enough that nobody can try them all. */
const SALT_BYTES = 16;

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
  // The key is a hash of the bytes and stands in the ledger: without the salt it would confirm a guess at a message.
  const salt = randomBytes(SALT_BYTES).toString('hex');
  const text = messages
    .map((message, n) => `${encodeRawLine(message, n, toBase64, n === 0 ? salt : undefined)}\n`)
    .join('');
  const body = await compress(text, { level: 6 });
  const window = windowAt(openedAtMs);
  const sha256 = createHash('sha256').update(body).digest('hex');
  const size = Buffer.byteLength(text);
  const key = rawKey({ source, window, openedAtMs, count: messages.length, size, sha256 });
  await keep(store, key, body);
  return { key, window, count: messages.length, bytes: body.byteLength };
}

/** The raw objects of a window as the store lists them now. */
export async function listRaw(lake: Pick<Lake, 'store'>, { source, window }: WindowOf): Promise<readonly RawObject[]> {
  const objects: RawObject[] = [];
  for await (const { key, bytes } of lake.store.list(rawPrefix(source, window))) objects.push({ key, bytes });
  return objects;
}

/** The lines of one raw object, whole in memory. Throws InvariantViolation when it is gone or altered. */
export async function readRaw(lake: Pick<Lake, 'cache'>, key: string, scratch: string): Promise<readonly RawLine[]> {
  const bytes = await readFile(await lake.cache.fetch(key, scratch, 'a raw object'));
  return rawLines(await expand(bytes));
}

/** The lines of a raw object's bytes, expanded. */
export const rawLines = (text: Uint8Array): readonly RawLine[] =>
  new TextDecoder().decode(text).trimEnd().split('\n').map(decodeRawLine);
