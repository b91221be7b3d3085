/** What lies on the store and was not read: named, so that nobody takes silence for a promise. */
import { logVersion } from '../../domain/formats/delta.ts';
import type { Table } from '../../domain/sources/contract.ts';
import {
  MANIFESTS_PREFIX,
  ledgerRoot,
  parseRawKey,
  parseSealKey,
  rawSourcePrefix,
  sealSourcePrefix,
  tableRoot,
} from '../../domain/formats/layout.ts';
import type { Uncovered } from './findings.ts';
import type { Verifier } from './verifier.ts';

/** Keys of one kind that are named one by one. */
const NAMED = 20;

interface Rest extends Pick<Uncovered, 'why' | 'waits'> {
  readonly prefix: string;
  /** Which of the keys below the prefix are of this kind; absent: all. */
  readonly isOfKind?: (key: string) => boolean;
}

const isInLog = (key: string): boolean => key.includes('/_delta_log/');

/** Raw objects and seals of the range that no ledger entry names: nothing says yet what they must hold. */
export async function nameWaiting(verifier: Verifier): Promise<void> {
  const { source, inRange } = verifier;
  await nameRest(verifier, {
    prefix: rawSourcePrefix(source),
    isOfKind: (key) => inRange(parseRawKey(key)?.window.slice(0, 10) ?? ''),
    why: 'raw in no published seal: it waits for etl, and nothing names its hash but its own key',
    waits: true,
  });
  await nameRest(verifier, {
    prefix: sealSourcePrefix(source),
    isOfKind: (key) => inRange(parseSealKey(key)?.window.slice(0, 10) ?? ''),
    why: 'a seal that no ledger entry names yet: it waits for etl',
    waits: true,
  });
}

/** Files of the ledger and of tables that are of no use any more, or not yet, and what else lies among them. */
export async function nameUnused(verifier: Verifier, tables: readonly Table[]): Promise<void> {
  const root = ledgerRoot(verifier.source);
  await nameRest(verifier, {
    prefix: root,
    isOfKind: (key) => !isInLog(key),
    why: 'a ledger file that no entry uses: merged into a larger one, or of a run that published nothing',
  });
  await nameRest(verifier, {
    prefix: `${root}_delta_log/`,
    isOfKind: (key) => logVersion(`/${key}`) === undefined,
    why: 'for other readers of the ledger: the entries say the same',
  });
  for (const { name } of tables)
    await nameRest(verifier, {
      prefix: tableRoot(name),
      isOfKind: (key) => !isInLog(key),
      why: 'a file that the table does not use: replaced by a rebuild or a compaction, or of a run that is not done',
    });
}

/** Manifests of no ledger entry, once every source was read. */
export const nameManifests = (reading: Reading): Promise<void> =>
  nameRest(reading, {
    prefix: MANIFESTS_PREFIX,
    why: 'a manifest that no ledger entry names: of a run that published nothing',
  });

type Reading = Pick<Verifier, 'store' | 'report'>;

async function nameRest(
  { store, report: { read, uncovered } }: Reading,
  { prefix, isOfKind = () => true, ...said }: Rest,
): Promise<void> {
  const keys: string[] = [];
  let more = 0;
  for await (const { key } of store.list(prefix)) {
    if (read.has(key) || !isOfKind(key)) continue;
    if (keys.length < NAMED) keys.push(key);
    else more += 1;
  }
  for (const where of keys) uncovered.push({ where, ...said });
  if (more > 0) uncovered.push({ where: prefix, ...said, objects: more });
}
