/** Ledger entries without the data they tell of: chained, put where the ledger's are. */
import { createHash } from 'node:crypto';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { type DeltaAction, EMPTY_STATE, encodeActions, logName } from '../../src/domain/formats/delta.ts';
import { FORMAT_VERSION, ledgerFile, ledgerRoot, runName, sealName } from '../../src/domain/formats/layout.ts';
import { planEntry } from '../../src/domain/formats/ledger.ts';
import type { TableFile } from '../../src/domain/formats/table-file.ts';
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
      formatVersion: FORMAT_VERSION,
      source: 'desk',
      seals: [seal],
      revision,
      base: n - 1,
      counts: COUNTS,
      reasons: {},
      code: { chatlake: '1', contract: 'desk-1', engine: 'x' },
      ledgerFile: {
        path: ledgerFile(runName(seal, revision), hash),
        rows: 2,
        bytes: 10,
        claimKeys: { min: 'a', max: 'b' },
      },
      days: [{ date: '2021-08-02', rows: 1 }],
      tables: [{ table: 't', spec: 's', rows: 1, shared: false, files: [fileOf(seal)] }],
      dropSeals: revision === 0 ? [] : [seal],
    },
    manifestKey: `manifests/${hash}.json`,
    // As if every entry began the table: what comes before it is told by its hash alone.
    before: { ...EMPTY_STATE, version: n - 1, headSha256: previous },
    tableId: 'id',
    timestamp: n,
  });
}

function fileOf(seal: string): TableFile {
  const day = { event_date: '2021-08-02' };
  const stats = { numRecords: 1, minValues: day, maxValues: day, nullCount: {} };
  return { path: 'p', rows: 1, bytes: 1, seals: { [seal]: 1 }, stats };
}
