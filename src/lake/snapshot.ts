/** Snapshots of a ledger on the store: content-addressed, found by listing. One that does not hold is passed over, and said so. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { isDeepStrictEqual, promisify } from 'node:util';
import { createGzip, gunzip } from 'node:zlib';
import { keep, keysOf } from '../adapters/object-store/put.ts';
import { decodeActions, logName } from '../domain/formats/delta.ts';
import { SetupError, TransientError, invariant, messageOf } from '../domain/errors.ts';
import {
  type Source,
  snapshotKey,
  snapshotPrefix,
  snapshotVersion,
  ledgerRoot,
  sha256OfKey,
} from '../domain/formats/layout.ts';
import { type LedgerSnapshot, decodeSnapshot, encodeSnapshot } from './snapshot-lines.ts';
import { ledgerEntry } from '../domain/formats/ledger.ts';
import type { Lake } from './lake.ts';

type Needs = Pick<Lake, 'store'> & Partial<Pick<Lake, 'log'>>;

const unzip = promisify(gunzip);
const LF = 10;
/** Lines that go through the compressor at once. */
const LINES_AT_ONCE = 500;

/** Keys of the snapshots there are, oldest first. */
export async function listSnapshots(lake: Pick<Lake, 'store'>, source: Source): Promise<readonly string[]> {
  const keys = await keysOf(lake.store, snapshotPrefix(source));
  return keys.filter((key) => snapshotVersion(key) !== undefined);
}

/** The newest snapshot that holds: its bytes are its name's, and the entry it ends at is the one on the store. Undefined: there is none. */
export async function newestSnapshot(lake: Needs, source: Source): Promise<LedgerSnapshot | undefined> {
  for (const key of (await listSnapshots(lake, source)).toReversed()) {
    try {
      return await readSnapshot(lake, source, key);
    } catch (error) {
      if (error instanceof TransientError || error instanceof SetupError) throw error;
      lake.log?.warn('snapshot.ignored', { key, error: messageOf(error) });
    }
  }
  return undefined;
}

async function readSnapshot(lake: Needs, source: Source, key: string): Promise<LedgerSnapshot> {
  const bytes = await lake.store.get(key);
  invariant(bytes !== undefined, 'it is gone');
  invariant(sha256(bytes) === sha256OfKey(key), 'its bytes do not have the SHA-256 of its name');
  const snapshot = decodeSnapshot(source, linesOf(await unzip(bytes)));
  const { version, headSha256 } = snapshot.state;
  invariant(version === snapshotVersion(key), `it ends at entry ${version}`);
  const entry = await lake.store.get(`${ledgerRoot(source)}${logName(version)}`);
  invariant(
    entry !== undefined && sha256(entry) === headSha256,
    `ledger entry ${version} is not the one that it ends at`,
  );
  const last = ledgerEntry({ version, sha256: sha256(entry), actions: decodeActions(entry) });
  invariant(
    isDeepStrictEqual(snapshot.entries.at(version), last),
    `it tells something else of ledger entry ${version}`,
  );
  return snapshot;
}

/** Keeps a snapshot; returns its key. */
export async function keepSnapshot(
  lake: Pick<Lake, 'store'>,
  source: Source,
  snapshot: LedgerSnapshot,
): Promise<string> {
  const bytes = await buffer(Readable.from(chunksOf(encodeSnapshot(source, snapshot))).pipe(createGzip()));
  const key = snapshotKey(source, snapshot.state.version, sha256(bytes));
  await keep(lake.store, key, bytes);
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

/** Line by line: the text of a large snapshot is longer than a string may be. */
function* linesOf(bytes: Buffer): Generator<string> {
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(LF, from);
    invariant(end >= 0, 'its last line is cut');
    yield bytes.toString('utf8', from, end);
    from = end + 1;
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
