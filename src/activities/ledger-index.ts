/** Indexes of a ledger on the store: content-addressed, found by listing. One that does not hold is passed over, and said so. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { isDeepStrictEqual, promisify } from 'node:util';
import { createGzip, gunzip } from 'node:zlib';
import { attempts, keep } from '../adapters/object-store/put.ts';
import { decodeActions, logName } from '../domain/delta.ts';
import { SetupError, TransientError, invariant, messageOf } from '../domain/errors.ts';
import {
  type Source,
  ledgerIndexKey,
  ledgerIndexPrefix,
  ledgerIndexVersion,
  ledgerRoot,
  sha256OfKey,
} from '../domain/layout.ts';
import { type LedgerIndex, decodeIndex, encodeIndex } from '../domain/ledger-index.ts';
import { ledgerEntry } from '../domain/ledger.ts';
import type { Ports } from './ports.ts';

type Needs = Pick<Ports, 'store'> & Partial<Pick<Ports, 'log'>>;

const unzip = promisify(gunzip);
const LF = 10;
/** Lines that go through the compressor at once. */
const LINES_AT_ONCE = 500;

/** Keys of the indexes there are, oldest first. */
export async function listIndexes(ports: Pick<Ports, 'store'>, source: Source): Promise<readonly string[]> {
  return attempts(async () => {
    const keys: string[] = [];
    for await (const { key } of ports.store.list(ledgerIndexPrefix(source)))
      if (ledgerIndexVersion(key) !== undefined) keys.push(key);
    return keys;
  });
}

/** The newest index that holds: its bytes are its name's, and the entry it ends at is the one on the store. Undefined: there is none. */
export async function newestIndex(ports: Needs, source: Source): Promise<LedgerIndex | undefined> {
  for (const key of (await listIndexes(ports, source)).toReversed()) {
    try {
      return await readIndex(ports, source, key);
    } catch (error) {
      if (error instanceof TransientError || error instanceof SetupError) throw error;
      ports.log?.warn('index.ignored', { key, error: messageOf(error) });
    }
  }
  return undefined;
}

async function readIndex(ports: Needs, source: Source, key: string): Promise<LedgerIndex> {
  const bytes = await attempts(() => ports.store.get(key));
  invariant(bytes !== undefined, 'it is gone');
  invariant(sha256(bytes) === sha256OfKey(key), 'its bytes do not have the SHA-256 of its name');
  const index = decodeIndex(source, linesOf(await unzip(bytes)));
  const { version, headSha256 } = index.state;
  invariant(version === ledgerIndexVersion(key), `it ends at entry ${version}`);
  const entry = await attempts(() => ports.store.get(`${ledgerRoot(source)}${logName(version)}`));
  invariant(
    entry !== undefined && sha256(entry) === headSha256,
    `ledger entry ${version} is not the one that it ends at`,
  );
  const last = ledgerEntry({ version, sha256: sha256(entry), actions: decodeActions(entry) });
  invariant(isDeepStrictEqual(index.commits.at(-1), last), `it tells something else of ledger entry ${version}`);
  return index;
}

/** Keeps an index; returns its key. */
export async function keepIndex(ports: Pick<Ports, 'store'>, source: Source, index: LedgerIndex): Promise<string> {
  const bytes = await buffer(Readable.from(chunksOf(encodeIndex(source, index))).pipe(createGzip()));
  const key = ledgerIndexKey(source, index.state.version, sha256(bytes));
  await keep(ports.store, key, bytes);
  return key;
}

function* chunksOf(lines: Iterable<string>): Generator<string> {
  let some: string[] = [];
  for (const line of lines) {
    if (some.push(`${line}\n`) < LINES_AT_ONCE) continue;
    yield some.join('');
    some = [];
  }
  yield some.join('');
}

/** Line by line: the text of a large index is longer than a string may be. */
function* linesOf(bytes: Buffer): Generator<string> {
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(LF, from);
    invariant(end >= 0, 'its last line is cut');
    yield bytes.toString('utf8', from, end);
    from = end + 1;
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
