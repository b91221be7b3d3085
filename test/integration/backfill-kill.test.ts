/** A backfill whose workers are killed in the middle: the next worker goes on, and everything is there once. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { BackfillResult } from '../../src/workflows/backfill.ts';
import { startProcess } from '../faults/worker-process.ts';
import { checkLake } from '../support/check-lake.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { openLake } from '../support/lake.ts';

const WINDOWS = 10;

test('killed after a ledger entry and before a table’s commit, it ends with every message once', async () => {
  const lake = await openLake();
  const work = mkdtempSync(join(tmpdir(), 'chatlake-killed-'));
  try {
    for (let n = 0; n < WINDOWS; n += 1)
      await writeDesk(lake.ports.store, windowAfter(n), [`a${n}`, `b${n}`, `a${n - 1}`]);
    const handle = await lake.client.workflow.start<(input: object) => Promise<BackfillResult>>('backfill', {
      workflowId: 'backfill',
      taskQueue: lake.config.CHATLAKE_TASK_QUEUE,
      args: [{ source: 'desk', receivedFrom: windowAfter(0), windowsPerRun: 4 }],
    });
    for (const strike of [
      { key: '^ledger/.*/_delta_log/', nth: 3, when: 'after' },
      { key: '^tables/.*/_delta_log/', nth: 3, when: 'before' },
    ] as const) {
      const worker = await startProcess(lake, { ...strike, signal: 'SIGKILL', consume: false }, work);
      expect(await worker.ended).toBe('SIGKILL');
    }
    await lake.startWorker();
    expect(await handle.result()).toMatchObject({ outcome: 'done', done: WINDOWS, failed: 0 });
    const { counts, entries } = await checkLake(lake.ports);
    expect(entries).toBe(WINDOWS);
    // Each window repeats one message of the window before; the first has nobody to repeat.
    expect(counts).toEqual({
      received: 3 * WINDOWS,
      enriched: 2 * WINDOWS + 1,
      duplicates: WINDOWS - 1,
      quarantined: 0,
    });
  } finally {
    await lake.close();
    rmSync(work, { recursive: true, force: true });
  }
});
