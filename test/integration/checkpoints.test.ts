/** Checkpoints and the clean-up of logs change nothing for anybody: other readers, older versions that are kept, chatlake itself. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { MongoClient } from 'mongodb';
import { createCheckpointLogs } from '../../src/activities/upkeep/checkpoint-logs.ts';
import { DESK } from '../../src/domain/sources/desk/contract.ts';
import { LAST_CHECKPOINT, logName, type DeltaState } from '../../src/domain/formats/delta.ts';
import { REPORTS } from '../../src/domain/kpi/index.ts';
import { ledgerRoot, tableRoot } from '../../src/domain/formats/layout.ts';
import { readLedger } from '../../src/lake/ledger.ts';
import { loadConfig } from '../../src/wiring/config.ts';
import { openPorts } from '../../src/wiring/ports.ts';
import { stackEnvironment } from '../../src/wiring/stack-file.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { TEST_KEY } from '../support/lake.ts';
import { pythonReaders } from '../support/python-readers.ts';
import { stack, uniqueName } from '../support/stack.ts';
import { openS3Part } from '../support/stores.ts';
import { runWindow } from './run-window.ts';

const SCRIPT = fileURLToPath(new URL('read_table.py', import.meta.url));
const TABLE = tableRoot(DESK.tables[0].name);
const LEDGER = ledgerRoot('desk');
const WEEK_LATER_MS = 8 * 86_400_000;

const plain = ({ files, transactions, tombstones, version }: DeltaState) => ({
  version,
  files: [...files].map(([path, { dataChange, ...add }]) => [path, add, typeof dataChange]).sort(),
  transactions: [...transactions].sort(),
  tombstones: [...tombstones.keys()],
});

test('others read the same with checkpoints and without the entries below them, and so do we', async () => {
  const read = await pythonReaders();
  const { store, prefix, close } = openS3Part();
  const work = mkdtempSync(join(tmpdir(), 'chatlake-checkpoints-'));
  const config = loadConfig({
    ...stackEnvironment(stack()),
    MONGODB_DATABASE: uniqueName('checkpoints'),
    PSEUDONYM_KEY: TEST_KEY,
    WORK_DIR: work,
  });
  const silent = { info: () => undefined, warn: () => undefined };
  const open = () => openPorts(config, silent, { store });
  const first = await open();
  const { ports } = first;
  const publish = async (hour: number): Promise<void> => {
    const window = windowAfter(hour);
    await writeDesk(store, window, [`a${hour}`, `b${hour}`, 'again']);
    expect(await runWindow(ports, { source: 'desk', window })).toMatchObject([{ kind: 'published', version: hour }]);
  };
  const checkpoint = async (root: string) => ports.checkpoints.write(root, await ports.logs(root).refresh(), 0);
  const { endpoint, region, accessKeyId, secretAccessKey } = stack().s3;
  const seen = (versions: readonly number[]) => {
    const uri = (root: string): string => `s3://${config.S3_BUCKET}/${prefix}${root}`;
    const equal = ['_line', 0];
    const tables = {
      table: { uri: uri(TABLE), order: ['entity'], transaction: 'ledger/desk', equal, versions },
      ledger: {
        uri: uri(LEDGER),
        order: ['raw_key', 'line'],
        transaction: 'seal/desk-2026-01-01T00-g0001',
        equal: ['line', 0],
        versions: [0, ...versions],
      },
    };
    return read(SCRIPT, { s3: { endpoint, region, accessKeyId, secretAccessKey }, tables });
  };
  try {
    await publish(0);
    const sleeper = await open();
    expect((await sleeper.ports.logs(TABLE).refresh()).version).toBe(0);
    await publish(1);
    await publish(2);
    for (const root of [TABLE, LEDGER]) await checkpoint(root);
    await publish(3);
    const before = await seen([2, 3]);
    expect(before).toMatchObject({
      table: { deltalake: { version: 3, transaction: 3, travel: { 2: 7, 3: 9 } }, duckdb: { equal: 4 } },
      ledger: { deltalake: { version: 3, travel: { 0: 3, 2: 9, 3: 12 } } },
    });

    const later = createCheckpointLogs({ ...ports, now: () => Date.now() + WEEK_LATER_MS }, REPORTS);
    const run = (activity: typeof later) => new MockActivityEnvironment().run(activity, { source: 'desk' });
    expect(await run(createCheckpointLogs(ports, REPORTS))).toMatchObject({ removed: 0 });
    expect(await run(later)).toMatchObject({ removed: 2 });
    expect(await run(later)).toMatchObject({ removed: 0 });
    expect(await store.head(`${TABLE}${logName(0)}`)).toBeUndefined();
    expect(await store.head(`${LEDGER}${logName(0)}`)).toBeDefined();
    expect(await seen([2, 3])).toEqual(before);

    const state = plain(await ports.logs(TABLE).refresh());
    // Entry 1, from which this process would go on, is gone.
    expect(plain(await sleeper.ports.logs(TABLE).refresh())).toEqual(state);
    await sleeper.close();
    for (const hint of ['as written', 'cut', 'gone'] as const) {
      if (hint === 'cut')
        await store.put(`${TABLE}${LAST_CHECKPOINT}`, new TextEncoder().encode('{"ver'), { ifAbsent: false });
      if (hint === 'gone') await store.remove(`${TABLE}${LAST_CHECKPOINT}`);
      const again = await open();
      expect(plain(await again.ports.logs(TABLE).refresh())).toEqual(state);
      expect((await readLedger(again.ports, 'desk')).entries).toEqual((await readLedger(ports, 'desk')).entries);
      await again.close();
    }
    await publish(4);
    expect((await ports.logs(TABLE).refresh()).version).toBe(4);
  } finally {
    await first.close();
    const mongo = await MongoClient.connect(config.MONGODB_URI);
    await mongo.db(config.MONGODB_DATABASE).dropDatabase();
    await mongo.close();
    await close();
    rmSync(work, { recursive: true });
  }
}, 360_000);
