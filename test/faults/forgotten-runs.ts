/**
 * A run fails for good after one of its steps, or what follows the ledger does, and Temporal forgets everything (its database is
 * deleted, or another namespace is used): the next `etl {}` finds in the store what is not done, finishes it, and publishes once.
 */
import { expect } from '@jest/globals';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { PermanentError } from '../../src/domain/errors.ts';
import { REPORTS } from '../../src/domain/kpi/index.ts';
import { lastReported } from '../../src/lake/reports.ts';
import type { Reached } from '../../src/projections/progress.ts';
import type { Environment } from '../../src/wiring/config.ts';
import { openStore } from '../../src/wiring/store.ts';
import type { LaneProgress } from '../../src/workflows/forward.ts';
import { checkLake } from '../support/check-lake.ts';
import { decorateStore } from '../support/decorate-store.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { until } from '../support/until.ts';
import { openTemporal } from './own-temporal.ts';

/** The request that fails, and from its `nth` on every one like it. `late`: it is done, but the run is told it failed. */
export interface Failure {
  /** `mongodb`: nobody answers at its address. */
  readonly request: 'put' | 'mongodb';
  readonly key?: RegExp;
  readonly nth?: number;
  readonly late?: boolean;
  /** What of `forward` cannot go on; absent: the window's own run fails. */
  readonly waits?: Reached;
}

/** By the last step that ended well. */
export const FAILURES: Readonly<Record<string, Failure>> = {
  sealWindow: { request: 'put', key: /^staging\/.*\/cleanse-/ },
  cleanse: { request: 'put', key: /^ledger\/desk\/[^/]*\.parquet$/ },
  'half of dedupe': { request: 'put', key: /^staging\/.*\/dedupe-/ },
  dedupe: { request: 'put', key: /^tables\/.*\.parquet$/ },
  'half of compress': { request: 'put', key: /^staging\/.*\/compress-/ },
  compress: { request: 'put', key: /^manifests\// },
  'half of publish': { request: 'put', key: /^ledger\/.*\/_delta_log\// },
  'publish, its answer lost': { request: 'put', key: /^ledger\/.*\/_delta_log\//, late: true },
  publish: { request: 'put', key: /^tables\/.*\/_delta_log\//, waits: 'tables' },
  project: { request: 'mongodb', waits: 'documents' },
  load: { request: 'put', key: /^verified\//, waits: 'proof' },
  'load, with no report': { request: 'put', key: /^reports\//, waits: 'reports' },
};

const SENTENCE = 'the disk of the test is full';
/** Of the port that nobody listens on. */
const NO_MONGODB = { MONGODB_URI: 'mongodb://127.0.0.1:9/?directConnection=true', MONGODB_DATABASE: 'away' };

/** Fails one way at a time; `forget` says how Temporal forgets. Resolves when the lake is whole again. */
export async function forgottenRun(failure: Failure, seed: number, forget: 'namespace' | 'database'): Promise<void> {
  const temporal = forget === 'database' ? await openTemporal() : undefined;
  const address = (): Environment => (temporal === undefined ? {} : { TEMPORAL_ADDRESS: temporal.address() });
  const away = failure.request === 'mongodb' ? NO_MONGODB : {};
  const failed = await openLake({ ...address(), ...away });
  try {
    const store = openStore(failed.config);
    await writeDesk(store, windowAfter(0), ['a', 'b', 'c', 'd', 'e', 'f'], { seed });
    await writeDesk(store, windowAfter(0), ['b', 'g'], { seed, minute: 1 });
    await failForGood(failed, failing(store, failure), failure.waits);
    await temporal?.forget();
    const { S3_BUCKET, MONGODB_DATABASE } = failed.config;
    const database = failure.request === 'mongodb' ? {} : { MONGODB_DATABASE };
    const next = await openLake({ S3_BUCKET, ...database, ...address() });
    try {
      await finish(next, failure.waits === undefined ? 1 : 0);
    } finally {
      await next.close();
    }
  } finally {
    await failed.close();
    await temporal?.close();
  }
}

async function failForGood(lake: Lake, store: ObjectStore, waits?: Reached): Promise<void> {
  const worker = await lake.startWorker({ overrides: { store } });
  await (waits === undefined ? failingRun(lake) : untilWaiting(lake, waits));
  await worker.stop();
}

async function failingRun(lake: Lake): Promise<void> {
  const error = await lake.etl().then(
    () => undefined,
    (thrown: unknown) => (thrown as Error).cause as Error,
  );
  expect(error?.message).toBe(
    `1 of 1 windows failed: desk/${windowAfter(0)}: ${SENTENCE}. What they hold is safe in raw; mend the cause and start etl again.`,
  );
}

/** The window is published, and its run ends well; what cannot follow says why. */
async function untilWaiting({ client, config }: Lake, lane: Reached): Promise<void> {
  const window = windowAfter(0);
  const published: unknown = await client.workflow.execute('etlWindow', {
    workflowId: `etl/desk/${window}`,
    taskQueue: config.CHATLAKE_TASK_QUEUE,
    args: [{ source: 'desk', window }],
  });
  expect(published).toMatchObject({ outcome: 'published', ledgerVersion: 0 });
  const why = lane === 'documents' ? /MongoDB failed/ : new RegExp(SENTENCE);
  await until(async () => {
    const lanes = await client.workflow.getHandle('forward/desk').query<readonly LaneProgress[]>('progress');
    return lanes.some(({ name, waiting }) => name === lane && waiting !== null && why.test(waiting.why));
  });
}

/** Runs what Temporal forgot; `windows` of it had not been published, or their runs were told so. */
async function finish(lake: Lake, windows: number): Promise<void> {
  const worker = await lake.startWorker();
  // A fault that trying again cannot help has parked the window, so it is asked for.
  const done = await lake.etl({ parked: true });
  expect(done).toMatchObject({ windows });
  expect(done.behind).toBeUndefined();
  expect(await checkLake(lake.ports)).toMatchObject({
    counts: { received: 8, enriched: 7, duplicates: 1, quarantined: 0 },
    entries: 1,
    seals: 1,
    documents: 7,
  });
  expect(await lastReported(lake.ports, 'desk', REPORTS.get('desk')!)).toBe(0);
  expect(await lake.etl()).toMatchObject({ windows: 0 });
  await worker.stop();
}

function failing(store: ObjectStore, { key: pattern, nth = 1, late = false }: Failure): ObjectStore {
  let seen = 0;
  return decorateStore(store, {
    async put(key, perform) {
      if (pattern?.test(key) !== true) return perform();
      seen += 1;
      if (seen < nth) return perform();
      if (late) await perform();
      throw new PermanentError(SENTENCE);
    },
  });
}

/**
 * The wait of `etl` for tables that cannot be written: it ends well, and names what it did not wait for.
 */
export async function etlDoesNotWait(seed: number): Promise<void> {
  const lake = await openLake();
  try {
    const store = openStore(lake.config);
    await writeDesk(store, windowAfter(0), ['a', 'b'], { seed });
    const worker = await lake.startWorker({ overrides: { store: failing(store, FAILURES['publish']!) } });
    const { windows, behind } = await lake.etl();
    expect(windows).toBe(1);
    const [tables, proof, reports] = ['tables', 'proof', 'reports'].map(
      (name) => behind?.['desk']?.[name as Reached] ?? '',
    );
    for (const why of [tables, proof, reports]) expect(why).toContain('at ledger version -1 of 0');
    await worker.stop();
    await lake.startWorker();
    expect((await lake.etl()).behind).toBeUndefined();
    expect(await checkLake(lake.ports)).toMatchObject({ entries: 1, documents: 2 });
  } finally {
    await lake.close();
  }
}

/**
 * The files of a failed run were written a day before the run that publishes them. They are named by their content, so they are
 * there already; but only young ones may be published.
 */
export async function publishADayLater(seed: number): Promise<void> {
  const lake = await openLake();
  try {
    const store = openStore(lake.config);
    await writeDesk(store, windowAfter(0), ['a', 'b', 'c', 'd', 'e', 'f'], { seed });
    await writeDesk(store, windowAfter(0), ['b', 'g'], { seed, minute: 1 });
    await failForGood(lake, failing(store, FAILURES['compress']!));
    const worker = await lake.startWorker({ overrides: { store: aged(store, 25 * 3_600_000) } });
    await lake.etl({ parked: true });
    await worker.stop();
    expect(await checkLake(lake.ports)).toMatchObject({ entries: 1, documents: 7 });
  } finally {
    await lake.close();
  }
}

/** What lies there already looks this much older; what is put from now on does not. */
function aged(store: ObjectStore, ms: number): ObjectStore {
  const young = new Set<string>();
  return {
    ...store,
    async put(key, body, options) {
      const outcome = await store.put(key, body, options);
      if (outcome === 'stored') young.add(key);
      return outcome;
    },
    async head(key) {
      const found = await store.head(key);
      return found === undefined || young.has(key) ? found : { ...found, modifiedMs: found.modifiedMs - ms };
    },
  };
}
