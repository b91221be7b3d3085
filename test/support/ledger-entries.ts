/** Ledger entries without the data they tell of: chained, put where the ledger's are. */
import { createHash } from 'node:crypto';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { type DeltaAction, encodeActions, logName } from '../../src/domain/delta.ts';
import { ledgerFile, ledgerRoot, runName, sealName } from '../../src/domain/layout.ts';
import { planEntry } from '../../src/domain/ledger.ts';
import { windowAfter } from './desk-raw.ts';

const COUNTS = { received: 2, enriched: 1, duplicates: 1, quarantined: 0 };
const sha256 = (body: Uint8Array | string): string => createHash('sha256').update(body).digest('hex');

/** The seal that entry `n` judges; every third is judged again by the next entry, as a rebuild does. */
export const sealOfEntry = (n: number): string =>
  sealName({ source: 'desk', window: windowAfter(n % 3 === 2 ? n - 1 : n), generation: 1 });

/** Puts entries `from`..`to` − 1 after the one whose hash is `previous`; returns the last one's hash. */
export async function putEntries(
  store: ObjectStore,
  from: number,
  to: number,
  previous: string | null,
): Promise<string | null> {
  let before = previous;
  for (let n = from; n < to; n += 1) {
    const bytes = encodeActions(entryActions(n, before));
    await store.put(`${ledgerRoot('desk')}${logName(n)}`, bytes, { ifAbsent: true });
    before = sha256(bytes);
  }
  return before;
}

function entryActions(n: number, previous: string | null): readonly DeltaAction[] {
  const seal = sealOfEntry(n);
  const revision = n % 3 === 2 ? 1 : 0;
  const hash = sha256(`${n}`);
  return planEntry({
    manifest: {
      formatVersion: 1,
      source: 'desk',
      seals: [seal],
      revision,
      base: n - 1,
      counts: COUNTS,
      reasons: {},
      code: { chatlake: '1', contract: 'desk-1', engine: 'x' },
      ledgerFile: { path: ledgerFile(runName(seal, revision), hash), rows: 2, bytes: 10, sha256: hash },
      tables: [{ table: 't', rows: 1, files: [{ path: 'p', eventDate: 'd', rows: 1, bytes: 1, sha256: hash }] }],
      dropSeals: revision === 0 ? [] : [seal],
    },
    manifestKey: `manifests/${hash}.json`,
    previous,
    tableId: 'id',
    timestamp: n,
    claimKeys: { min: 'a', max: 'b' },
  });
}
