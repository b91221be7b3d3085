/** A lake of a test's own that activities work on in this process: real store and documents, no Temporal; and a clock that can be set. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { MongoClient } from 'mongodb';
import { type EtlActivities, createEtlActivities } from '../../src/activities/index.ts';
import type { Ports } from '../../src/activities/ports.ts';
import { createLocalCache } from '../../src/adapters/object-store/local-cache.ts';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { clearPrefixes } from '../../src/domain/formats/clear-text.ts';
import { REPORTS } from '../../src/domain/kpi/index.ts';
import type { Window } from '../../src/domain/window.ts';
import { loadConfig } from '../../src/wiring/config.ts';
import { openPorts } from '../../src/wiring/ports.ts';
import { stackEnvironment } from '../../src/wiring/stack-file.ts';
import { writeDesk } from '../support/desk-raw.ts';
import { TEST_KEY } from '../support/lake.ts';
import { stack, uniqueName } from '../support/stack.ts';
import { openS3Part } from '../support/stores.ts';
import { runWindow } from './run-window.ts';

export interface ActivityLake {
  readonly ports: Ports;
  readonly bucket: string;
  /** Where the lake lies in the bucket. */
  readonly prefix: string;
  /** Added to the time that activities see. */
  aheadMs: number;
  run<N extends keyof EtlActivities>(name: N, input: Parameters<EtlActivities[N]>[0]): ReturnType<EtlActivities[N]>;
  /** Receives the ids in a window, and takes the window all the way. */
  receive(window: Window, ids: readonly string[]): Promise<void>;
  /** MongoDB loses everything, and this machine its copies of objects. */
  loseDocuments(): Promise<void>;
  close(): Promise<void>;
}

/** Opens one; `wrap` puts something between the activities and the store. */
export async function openActivityLake(
  engine = 'duckdb',
  wrap: (store: ObjectStore) => ObjectStore = (store) => store,
): Promise<ActivityLake> {
  const part = openS3Part();
  const work = mkdtempSync(join(tmpdir(), 'chatlake-activities-'));
  const environment = {
    ...stackEnvironment(stack()),
    MONGODB_DATABASE: uniqueName('activities'),
    PSEUDONYM_KEY: TEST_KEY,
    WORK_DIR: work,
    ENGINE: engine,
  };
  const config = loadConfig(environment);
  const silent = { info: () => undefined, warn: () => undefined };
  const { ports, close } = await openPorts(config, silent, {
    store: wrap(part.store),
    now: () => Date.now() + lake.aheadMs,
  });
  const activities = createEtlActivities(ports, REPORTS);
  const lake: ActivityLake = {
    ports,
    bucket: config.S3_BUCKET,
    prefix: part.prefix,
    aheadMs: 0,
    run: (name, input) =>
      new MockActivityEnvironment().run(activities[name] as (input: unknown) => Promise<unknown>, input) as never,
    async receive(window, ids) {
      await writeDesk(ports.store, window, ids);
      expect(await runWindow(ports, { source: 'desk', window })).toMatchObject([{ kind: 'published' }]);
    },
    async loseDocuments() {
      const mongo = await MongoClient.connect(config.MONGODB_URI);
      await mongo.db(config.MONGODB_DATABASE).dropDatabase();
      await mongo.close();
      const clear = clearPrefixes(ports.contracts.values());
      Object.assign(ports, { cache: await createLocalCache(part.store, join(work, 'anew'), 0, clear) });
    },
    async close() {
      await close();
      await lake.loseDocuments();
      await part.close();
      rmSync(work, { recursive: true });
    },
  };
  return lake;
}
