/** The same raw objects in two fresh lakes give the same bytes; a run that is started twice, or reset between any two of its steps, publishes once. */
import { createHash, randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { rawSourcePrefix } from '../../src/domain/formats/layout.ts';
import { type Window, windowStart } from '../../src/domain/window.ts';
import { openStore } from '../../src/wiring/store.ts';
import { writeRaw } from '../../src/lake/raw.ts';
import { type LakeFacts, checkLake } from '../support/check-lake.ts';
import { deskMessages } from '../support/desk-lines.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { untilForward } from '../support/until-forward.ts';

const SOURCE = 'desk';
/** What a run decides and writes; what is below staging/ only leads there. */
const DECIDED = ['seals/', 'ledger/', 'manifests/', 'tables/', 'verified/', 'reports/'];

export interface BytesFigures {
  readonly messages: number;
  readonly seed: number;
  readonly windows: number;
  readonly objects: number;
  readonly bytes: number;
}

/** Runs mixed traffic (redelivered, strange) through two lakes, with other threads in the second, and compares every object. */
export async function sameBytes(messages: number, seed: number): Promise<BytesFigures> {
  const windows = [windowAfter(0), windowAfter(1)];
  // Several chunks, which are a part of the run's configuration: the same in both.
  const chunks = { ETL_CHUNK_LINES: String(Math.ceil(messages / 5)) };
  const one = await openLake(chunks);
  const other = await openLake({ ...chunks, ENGINE_THREADS: '1' });
  try {
    await writeTraffic(openStore(one.config), windows, messages, seed);
    await copyRaw(openStore(one.config), openStore(other.config));
    const [first, second] = [await outcome(one, windows), await outcome(other, windows)];
    expect(first.objects.size).toBeGreaterThan(0);
    expect([...second.objects]).toEqual([...first.objects]);
    expect(first.facts.counts).toEqual(second.facts.counts);
    expect(first.facts.counts.received).toBe(messages);
    return { messages, seed, windows: windows.length, objects: first.objects.size, bytes: first.bytes };
  } finally {
    await other.close();
    await one.close();
  }
}

async function writeTraffic(
  store: ObjectStore,
  windows: readonly Window[],
  messages: number,
  seed: number,
): Promise<void> {
  const share = Math.ceil(messages / (2 * windows.length));
  const traffic = { count: messages, seed, repeats: 0.1, strange: 0.05, days: 6, startMs: windowStart(windows[0]!) };
  const all = [...deskMessages(traffic)];
  for (const [i, window] of windows.entries()) {
    for (const half of [0, 1]) {
      const from = (2 * i + half) * share;
      await writeRaw(store, SOURCE, windowStart(window) + half, all.slice(from, from + share));
    }
  }
}

/** The bytes themselves: two raw objects of the same messages differ, for each carries a salt. */
async function copyRaw(from: ObjectStore, to: ObjectStore): Promise<void> {
  for await (const { key } of from.list(rawSourcePrefix(SOURCE)))
    await to.put(key, (await from.get(key)) ?? new Uint8Array(), { ifAbsent: true });
}

async function outcome(lake: Lake, windows: readonly Window[]) {
  const store = openStore(lake.config);
  const worker = await lake.startWorker();
  // One after the other, each all the way: an entry's base is part of what is decided, and a commit may take several entries.
  for (const window of windows) await lake.etl({ source: SOURCE, window });
  await worker.stop();
  const objects = new Map<string, string>();
  let bytes = 0;
  for (const prefix of DECIDED) {
    for await (const { key } of store.list(prefix)) {
      const body = (await store.get(key)) ?? new Uint8Array();
      bytes += body.byteLength;
      objects.set(key, createHash('sha256').update(body).digest('hex'));
    }
  }
  return { objects, bytes, facts: await checkLake(lake.ports) };
}

export interface ResetFigures {
  readonly resets: number;
  readonly entries: number;
}

/** Runs a window, then resets its workflow to every point between two steps, each time to its end. */
export async function resetEverywhere(seed: number): Promise<ResetFigures> {
  const lake = await openLake();
  try {
    const window = windowAfter(0);
    const store = openStore(lake.config);
    await writeDesk(store, window, ['a', 'b', 'c'], { seed });
    await writeDesk(store, window, ['b', 'd'], { seed, minute: 1 });
    await lake.startWorker();
    const workflowId = `etl/${SOURCE}/${window}`;
    const { runId } = await start(lake, workflowId, window);
    await untilForward(lake, SOURCE);
    const before = await checkLake(lake.ports);
    const points = await completedTasks(lake, workflowId, runId);
    for (const point of points) {
      await resetTo(lake, workflowId, runId, point);
      await lake.client.workflow.getHandle(workflowId).result();
      expect(await checkLake(lake.ports)).toEqual(before);
    }
    // Once more from the start, and twice at the same time, the second under the operator's own id.
    await start(lake, workflowId, window);
    await Promise.all([start(lake, workflowId, window), start(lake, `again-${randomUUID()}`, window)]);
    const after: LakeFacts = await checkLake(lake.ports);
    expect(after).toEqual(before);
    expect(after).toMatchObject({ entries: 1, seals: 1, documents: 4, counts: { received: 5, duplicates: 1 } });
    return { resets: points.length, entries: after.entries };
  } finally {
    await lake.close();
  }
}

async function start(lake: Lake, workflowId: string, window: Window): Promise<{ readonly runId: string }> {
  const handle = await lake.client.workflow.start('etlWindow', {
    workflowId,
    taskQueue: lake.config.CHATLAKE_TASK_QUEUE,
    args: [{ source: SOURCE, window }],
  });
  await handle.result();
  return { runId: handle.firstExecutionRunId };
}

/** The events a run can be reset to: one before the first activity, and one after each. */
async function completedTasks(lake: Lake, workflowId: string, runId: string): Promise<readonly number[]> {
  const { events } = await lake.client.workflow.getHandle(workflowId, runId).fetchHistory();
  const tasks = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes);
  return tasks.map((event) => Number(event.eventId));
}

/** As an operator does in the Temporal UI. */
export async function resetTo(lake: Lake, workflowId: string, runId: string, eventId: number): Promise<void> {
  await lake.client.connection.workflowService.resetWorkflowExecution({
    namespace: lake.config.TEMPORAL_NAMESPACE,
    workflowExecution: { workflowId, runId },
    reason: 'test',
    workflowTaskFinishEventId: eventId as never,
    requestId: randomUUID(),
  });
}
