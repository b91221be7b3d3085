/** The round of upkeep on the real server: what it does, in which order, and what becomes of a step that fails. */
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { UPKEEP_STEPS, type UpkeepStep } from '../../src/domain/inputs/maintain.ts';
import type { MaintainInput } from '../../src/domain/inputs/maintain.ts';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { isDecision } from '../../src/domain/formats/ledger.ts';
import { REPORTS } from '../../src/domain/kpi/index.ts';
import { readLedger } from '../../src/lake/ledger.ts';
import { readProgress } from '../../src/projections/progress.ts';
import { openPorts } from '../../src/wiring/ports.ts';
import { openStore } from '../../src/wiring/store.ts';
import type { MaintainResult, Upkept } from '../../src/workflows/maintain.ts';
import { runWindow } from '../integration/run-window.ts';
import { checkLake } from '../support/check-lake.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { type Lake, openLake } from '../support/lake.ts';

let lake: Lake;
afterEach(() => lake.close());

const ALL = { source: 'desk', steps: UPKEEP_STEPS } as const;

const maintain = (input: MaintainInput, before: readonly Upkept[] = []) =>
  lake.client.workflow.execute<(input: MaintainInput, before: readonly Upkept[]) => Promise<MaintainResult>>(
    'maintain',
    {
      workflowId: `maintain-${randomUUID()}`,
      taskQueue: lake.config.CHATLAKE_TASK_QUEUE,
      args: [input, before],
    },
  );

async function keys(): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { key } of lake.ports.store.list('')) found.push(key);
  return found;
}

/** Windows of some messages each, `first` and the ones after, run to their end. */
async function fill(windows: number, first = 0): Promise<void> {
  const store = openStore(lake.config);
  for (let n = first; n < first + windows; n += 1)
    await writeDesk(store, windowAfter(n), [`a${n}`, `b${n}`, `c${n}`, `d${n}`]);
  await lake.etl({ source: 'desk' });
}

/** The same by this process: no run follows the ledger, so nothing merges files but what is asked for. */
async function fillAlone(windows: number): Promise<void> {
  const { ports, close } = await openPorts(lake.config, { info: () => undefined, warn: () => undefined });
  try {
    for (let n = 0; n < windows; n += 1) {
      await writeDesk(ports.store, windowAfter(n), [`a${n}`, `b${n}`, `c${n}`, `d${n}`]);
      await runWindow(ports, { source: 'desk', window: windowAfter(n) });
    }
  } finally {
    await close();
  }
}

describe('a round of upkeep', () => {
  test('shows first what it would do, then does it; the next has nothing to do; nobody reads anything else', async () => {
    lake = await openLake();
    let aheadMs = 0;
    await lake.startWorker({ overrides: { now: () => Date.now() + aheadMs } });
    await fillAlone(9);
    aheadMs = 73 * 3_600_000;
    const before = await checkLake(lake.ports);
    const stored = await keys();
    const dry = await maintain({ source: 'desk', dryRun: true, steps: ['compact', 'merge', 'sweep'] });
    expect(await keys()).toEqual(stored);
    expect(dry.done.map(({ step, outcome }) => [step, outcome])).toEqual([
      ['compact', 'done'],
      ['merge', 'done'],
      ['sweep', 'done'],
    ]);
    const { done } = await maintain(ALL);
    expect(done.map(({ step, outcome }) => [step, outcome])).toEqual(UPKEEP_STEPS.map((step) => [step, 'done']));
    const factsOf = (wanted: UpkeepStep) => done.find(({ step }) => step === wanted)?.facts;
    const [compacted, merged, vacuumed, swept] = (['compact', 'merge', 'vacuum', 'sweep'] as const).map(factsOf);
    expect(compacted).toMatchObject({ replaced: dry.done[0]!.facts['replaced'], files: 1, rows: 36 });
    expect(merged).toEqual({ replaced: 9, files: 1, rows: 36 });
    expect(vacuumed).toMatchObject({ files: compacted!['replaced'], spared: 0 });
    expect(swept!['files']).toBe(dry.done[2]!.facts['files']);
    expect(await checkLake(lake.ports)).toEqual(before);
    // An entry that decides nothing leaves nothing behind.
    const { tables, documents, proof, reports } = await readProgress(lake.ports, 'desk', REPORTS.get('desk'));
    expect([tables, documents, proof, reports]).toEqual(
      Array.from({ length: 4 }, () => expect.objectContaining({ behind: 0 })),
    );
    const again = await maintain({ source: 'desk', steps: ['compact', 'merge', 'vacuum', 'sweep'] });
    expect(again.done.map(({ facts }) => facts['files'] ?? 0)).toEqual([0, 0, 0, 0]);
    // A run that goes on with a long round does what is left of it, and adds to what was done.
    const cut = done.map((upkept) => ({ ...upkept, outcome: upkept.step === 'merge' ? 'cut' : upkept.outcome }));
    expect(await maintain(ALL, cut)).toEqual({ done });
  });

  test('may run while windows do: every message is there once', async () => {
    lake = await openLake();
    await Promise.all([lake.startWorker(), lake.startWorker()]);
    await fill(9);
    let isDone = false;
    const rounds = async (): Promise<void> => {
      while (!isDone) await maintain({ source: 'desk', steps: ['compact', 'merge', 'sweep'] });
    };
    await Promise.all([fill(6, 9).finally(() => (isDone = true)), rounds(), rounds()]);
    const facts = await checkLake(lake.ports);
    expect(facts.counts).toEqual({ received: 60, enriched: 60, duplicates: 0, quarantined: 0 });
    const { entries } = await readLedger(lake.ports, 'desk');
    expect([...entries].some((entry) => !isDecision(entry))).toBe(true);
  });

  test('reports the step that failed, after it has done the others', async () => {
    lake = await openLake();
    const store = openStore(lake.config);
    const broken: ObjectStore = {
      ...store,
      put: (key, body, options) =>
        key.includes('/compact-') ? Promise.reject(new RangeError('no room')) : store.put(key, body, options),
    };
    await lake.startWorker({ overrides: { store: broken } });
    await fill(8);
    const failure: unknown = await maintain(ALL).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      cause: {
        type: 'UpkeepFailed',
        message: expect.stringMatching(/^1 of 9 steps failed: compact of desk: .*no room/),
      },
    });
    const { state } = await readLedger(lake.ports, 'desk');
    expect(state.files.size).toBe(1);
    await checkLake(lake.ports);
  });
});
