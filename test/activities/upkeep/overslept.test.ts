/** Who writes files and sleeps for days before it names them, while a vacuum removes what nobody names: no live file is ever gone. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Ports } from '../../../src/activities/ports.ts';
import { createMemoryStore } from '../../../src/adapters/object-store/memory.ts';
import type { ObjectStore } from '../../../src/adapters/object-store/object-store.ts';
import { tableRoot } from '../../../src/domain/formats/layout.ts';
import { FANOUT } from '../../../src/domain/plans/merge.ts';
import { windowStart } from '../../../src/domain/window.ts';
import { tableLog } from '../../../src/lake/tables.ts';
import { attempted, compactAll, rebuild, runWindow } from '../../integration/run-window.ts';
import { type Clock, clocked, openClock } from '../../support/clocked-store.ts';
import { decorateStore } from '../../support/decorate-store.ts';
import { windowAfter } from '../../support/desk-raw.ts';
import { type MemoryLake, openMemoryLake } from '../../support/memory-lake.ts';
import { notes, writeNotes } from '../../support/notes.ts';

const SOURCE = 'desk';
const HOUR_MS = 3_600_000;
const ROOT = tableRoot('notes');
const CONTRACTS = new Map([[SOURCE, notes({ name: 'plain' })]]);

let clock: Clock;
let store: ObjectStore;
let lake: MemoryLake;
beforeEach(async () => {
  clock = openClock(windowStart(windowAfter(FANOUT)));
  store = clocked(createMemoryStore(), clock);
  lake = openMemoryLake(undefined, store);
  const ports = await born();
  for (let n = 0; n < FANOUT; n += 1) {
    await writeNotes(store, windowAfter(n), [`e${n} 1 fine`]);
    await runWindow(ports, { source: SOURCE, window: windowAfter(n) });
  }
});
afterEach(() => lake.close());

const born = (wrap?: (own: ObjectStore) => ObjectStore): Promise<Ports> =>
  lake.process({ contracts: CONTRACTS, now: clock.now }, wrap);

/** A process that sleeps for days once it has put a file of the table; a vacuum looks at it meanwhile. */
const sleeper = (told: { sleeps: number }): Promise<Ports> =>
  born((own) =>
    decorateStore(own, {
      put: async (key, perform) => {
        const outcome = await perform();
        if (told.sleeps > 0 || !key.startsWith(ROOT) || !key.endsWith('.parquet')) return outcome;
        told.sleeps += 1;
        clock.ahead(73 * HOUR_MS);
        const { planVacuum, vacuum } = attempted(await born());
        const { ref } = await planVacuum({ source: SOURCE });
        if (ref !== undefined) await vacuum({ source: SOURCE, ref });
        return outcome;
      },
    }),
  );

/** Rows of the live files, each of which is there. */
async function liveRows(): Promise<number> {
  const { files } = await tableLog(await born(), 'notes').refresh();
  let rows = 0;
  for (const { path, stats } of files.values()) {
    expect([path, await store.head(`${ROOT}${path}`)]).not.toEqual([path, undefined]);
    rows += (JSON.parse(stats) as { numRecords: number }).numRecords;
  }
  return rows;
}

test('a compaction that sleeps does not name what it wrote; the next one does', async () => {
  const told = { sleeps: 0 };
  const { compact } = attempted(await sleeper(told));
  expect(await compact({ source: SOURCE, dryRun: false })).toMatchObject({ replaced: 0 });
  expect([told.sleeps, await liveRows()]).toEqual([1, FANOUT]);
  expect(await compactAll(await born(), SOURCE)).toBe(FANOUT);
  expect(await liveRows()).toBe(FANOUT);
});

test('a projection that sleeps puts again what it has written of a file without replaced rows', async () => {
  const ports = await born();
  await compactAll(ports, SOURCE);
  expect(await rebuild(ports, { source: SOURCE, window: windowAfter(0) })).toMatchObject({ kind: 'published' });
  const told = { sleeps: 0 };
  expect(await attempted(await sleeper(told)).project({ source: SOURCE })).toMatchObject({ behind: 0 });
  expect([told.sleeps, await liveRows()]).toEqual([1, FANOUT]);
});
