/** Checkpoints are for other readers: of a ledger, whose entries stay, the newest two. */
import { afterEach, expect, test } from '@jest/globals';
import { keysOf } from '../../../src/adapters/object-store/put.ts';
import { checkpointVersion, logVersion } from '../../../src/domain/formats/delta.ts';
import { ledgerRoot } from '../../../src/domain/formats/layout.ts';
import { attempted } from '../../integration/run-window.ts';
import { putEntries } from '../../support/ledger-entries.ts';
import { type MemoryLake, openMemoryLake } from '../../support/memory-lake.ts';

const SOURCE = 'desk';
const LOG = `${ledgerRoot(SOURCE)}_delta_log/`;

let lake: MemoryLake;
afterEach(() => lake.close());

test('a ledger keeps its newest two checkpoints and all its entries, however long it grows', async () => {
  lake = openMemoryLake();
  let head: string | null = null;
  for (const [from, to] of [
    [0, 100],
    [100, 210],
    [210, 250],
    [250, 320],
    [320, 430],
  ] as const) {
    head = await putEntries(lake.store, from, to, head);
    const { checkpointLogs } = attempted(await lake.process());
    await checkpointLogs({ source: SOURCE });
    await checkpointLogs({ source: SOURCE });
  }
  const keys = await keysOf(lake.store, LOG);
  expect(keys.flatMap((key) => checkpointVersion(`/${key}`) ?? [])).toEqual([319, 429]);
  expect(keys.flatMap((key) => logVersion(`/${key}`) ?? []).length).toBe(430);
});
