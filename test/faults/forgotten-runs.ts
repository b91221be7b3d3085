/**
 * A run fails for good after one of its steps, and Temporal forgets everything (its database is deleted, or another namespace is
 * used): the next `etl {}` finds in the store what is not done, finishes it, and publishes once.
 */
import { expect } from '@jest/globals';
import { lastReported } from '../../src/activities/report.ts';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { PermanentError } from '../../src/domain/errors.ts';
import { REPORTS } from '../../src/domain/kpi/index.ts';
import type { Environment } from '../../src/wiring/config.ts';
import { openStore } from '../../src/wiring/store.ts';
import { checkLake } from '../support/check-lake.ts';
import { decorateStore } from '../support/decorate-store.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { openTemporal } from './own-temporal.ts';

/** The request that fails, and from its `nth` on every one like it. `late`: it is done, but the run is told it failed. */
export interface Failure {
  readonly request: 'put' | 'get';
  readonly key: RegExp;
  readonly nth?: number;
  readonly late?: boolean;
}

/** By the last step that ended well. */
export const FAILURES: Readonly<Record<string, Failure>> = {
  sealWindow: { request: 'put', key: /^staging\/.*\/cleanse-/ },
  cleanse: { request: 'put', key: /^ledger\/desk\/[^/]*\.parquet$/ },
  'half of dedupe': { request: 'put', key: /^staging\/.*\/dedupe-/ },
  dedupe: { request: 'put', key: /^tables\/.*\.parquet$/ },
  'half of compress': { request: 'put', key: /^tables\/.*\.parquet$/, nth: 2 },
  compress: { request: 'put', key: /^manifests\// },
  'half of publish': { request: 'put', key: /^ledger\/.*\/_delta_log\// },
  'publish, its answer lost': { request: 'put', key: /^ledger\/.*\/_delta_log\//, late: true },
  publish: { request: 'put', key: /^tables\/.*\/_delta_log\// },
  'project, its answer lost': { request: 'put', key: /^tables\/.*\/_delta_log\//, late: true },
  // project reads the manifest first, then load does: only MongoDB is behind.
  project: { request: 'get', key: /^manifests\//, nth: 2 },
  load: { request: 'put', key: /^verified\// },
  reconcile: { request: 'put', key: /^reports\// },
};

const SENTENCE = 'the disk of the test is full';

/** Fails one way at a time; `forget` says how Temporal forgets. Resolves when the lake is whole again. */
export async function forgottenRun(failure: Failure, seed: number, forget: 'namespace' | 'database'): Promise<void> {
  const temporal = forget === 'database' ? await openTemporal() : undefined;
  const address = (): Environment => (temporal === undefined ? {} : { TEMPORAL_ADDRESS: temporal.address() });
  const failed = await openLake(address());
  try {
    const store = openStore(failed.config);
    await writeDesk(store, windowAfter(0), ['a', 'b', 'c', 'd', 'e', 'f'], { seed });
    await writeDesk(store, windowAfter(0), ['b', 'g'], { seed, minute: 1 });
    await failForGood(failed, failing(store, failure));
    await temporal?.forget();
    const { S3_BUCKET, MONGODB_DATABASE } = failed.config;
    const next = await openLake({ S3_BUCKET, MONGODB_DATABASE, ...address() });
    try {
      await finish(next);
    } finally {
      await next.close();
    }
  } finally {
    await failed.close();
    await temporal?.close();
  }
}

async function failForGood(lake: Lake, store: ObjectStore): Promise<void> {
  const worker = await lake.startWorker({ overrides: { store } });
  const error = await lake.etl().then(
    () => undefined,
    (thrown: unknown) => (thrown as Error).cause as Error,
  );
  await worker.stop();
  expect(error?.message).toBe(
    `1 of 1 windows failed: desk ${windowAfter(0)}: ${SENTENCE}. What they hold is safe in raw; mend the cause and start etl again.`,
  );
}

async function finish(lake: Lake): Promise<void> {
  const worker = await lake.startWorker();
  // A fault that trying again cannot help has parked the window, unless everything was published: it is asked for.
  expect(await lake.etl({ parked: true })).toMatchObject({ windows: 1 });
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

function failing(store: ObjectStore, { request, key: pattern, nth = 1, late = false }: Failure): ObjectStore {
  let seen = 0;
  const step = async <T>(key: string, perform: () => Promise<T>): Promise<T> => {
    if (!pattern.test(key)) return perform();
    seen += 1;
    if (seen < nth) return perform();
    if (late) await perform();
    throw new PermanentError(SENTENCE);
  };
  return decorateStore(store, { [request]: step });
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
