/**
 * `npm run bench -- backfill [--windows n] [--lines n] [--concurrency n]`: windows per second through the whole walk on the real parts, and
 * what the recorded histories hold: events per window and the largest payload. The lake is proved whole afterwards.
 */
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { backfillId } from '../../src/domain/plans/backfill.ts';
import { readBackfillInput } from '../../src/domain/inputs/backfill.ts';
import { openStore } from '../../src/wiring/store.ts';
import type { BackfillResult } from '../../src/workflows/backfill.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { sizeOfRun, sizesFrom } from '../support/history.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { withParts } from '../support/with-parts.ts';

const AIMS = { eventsPerWindow: 80, largestPayload: 10_000 };

/** Entry. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      windows: { type: 'string', default: '500' },
      lines: { type: 'string', default: '100' },
      concurrency: { type: 'string', default: '2' },
    },
  });
  const sizes = {
    windows: Number(values.windows),
    lines: Number(values.lines),
    concurrency: Number(values.concurrency),
  };
  await withParts('backfill', async () => {
    const lake = await openLake();
    try {
      await measure(lake, sizes);
    } finally {
      await lake.close();
    }
  });
}

interface Sizes {
  readonly windows: number;
  readonly lines: number;
  readonly concurrency: number;
}

async function measure(lake: Lake, sizes: Sizes): Promise<void> {
  for (let n = 0; n < sizes.windows; n += 1) {
    const ids = Array.from({ length: sizes.lines }, (_, i) => `${n}-${i}`);
    await writeDesk(lake.ports.store, windowAfter(n), ids);
  }
  const requests = { put: 0, get: 0, head: 0, list: 0, folders: 0, remove: 0 };
  await lake.startWorker({ overrides: { store: counted(openStore(lake.config), requests) } });
  for (const name of Object.keys(requests) as (keyof typeof requests)[]) requests[name] = 0;
  const asked = readBackfillInput({ source: 'desk', receivedFrom: windowAfter(0), concurrency: sizes.concurrency });
  const cpu = process.cpuUsage();
  const started = performance.now();
  const handle = await lake.client.workflow.start<(input: unknown) => Promise<BackfillResult>>('backfill', {
    workflowId: backfillId(asked),
    taskQueue: lake.config.CHATLAKE_TASK_QUEUE,
    args: [asked],
  });
  const result = await handle.result();
  const seconds = (performance.now() - started) / 1_000;
  const used = process.cpuUsage(cpu);
  const { received, enriched } = result.counts;
  if (result.done !== sizes.windows || received !== sizes.windows * sizes.lines || enriched !== received)
    throw new Error(`not everything arrived: ${JSON.stringify(result)}`);

  const children = { events: 0, most: 0, payload: 0 };
  for (let n = 0; n < sizes.windows; n += 1) {
    const { events, payload } = await sizeOfRun(lake.client, `etl/desk/${windowAfter(n)}`);
    children.events += events;
    children.most = Math.max(children.most, events);
    children.payload = Math.max(children.payload, payload);
  }
  const runs = await sizesFrom(lake.client, handle.workflowId, handle.firstExecutionRunId);
  const own = {
    events: runs.reduce((sum, { events }) => sum + events, 0),
    runs: runs.length,
    payload: Math.max(...runs.map(({ payload }) => payload)),
  };
  const per = (n: number): number => Math.round((100 * n) / sizes.windows) / 100;
  const table = {
    'windows/s': Math.round((100 * sizes.windows) / seconds) / 100,
    'messages/s': Math.round(received / seconds),
    'seconds planned': result.plan.estimate.seconds,
    'seconds taken': Math.round(seconds * 10) / 10,
    'CPU s of the worker per window': per((used.user + used.system) / 1e6),
    'events of a window': per(children.events),
    'events of a window, at most': children.most,
    'events of the backfill per window': per(own.events),
    'events per window, in all': per(children.events + own.events),
    'runs of the backfill': own.runs,
    'largest payload, bytes': Math.max(children.payload, own.payload),
    ...Object.fromEntries(Object.entries(requests).map(([name, n]) => [`${name} per window`, per(n)])),
  };
  console.table(table);
  const machine = { cores: availableParallelism(), node: process.version, load: loadavg() };
  console.log(JSON.stringify({ bench: 'backfill', ...sizes, table, aims: AIMS, machine }));
}

/** The same store; every request is counted by its name. */
function counted(store: ObjectStore, requests: Record<string, number>): ObjectStore {
  return new Proxy(store, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        requests[String(name)] = (requests[String(name)] ?? 0) + 1;
        return Reflect.apply(value, target, args);
      };
    },
  });
}
