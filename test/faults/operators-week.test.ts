/**
 * An operator's week in one lake, on the real parts: three days hour by hour, two hours without a worker, Temporal away, late data, a
 * fault, changed rules, years of history run while workers are killed, and upkeep in between. Whatever happened, what was sent is
 * what is published.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ScheduleHandle, ScheduleOverlapPolicy } from '@temporalio/client';
import { query } from '../../src/cli/query.ts';
import { replay } from '../../src/cli/replay.ts';
import { status } from '../../src/inspect/status.ts';
import type { BackfillProgress } from '../../src/domain/plans/backfill.ts';
import type { Contract, FieldRules } from '../../src/domain/sources/contract.ts';
import { DESK } from '../../src/domain/sources/desk/contract.ts';
import { PermanentError } from '../../src/domain/errors.ts';
import type { BackfillInput } from '../../src/domain/inputs/backfill.ts';
import { windowAt, windowOf } from '../../src/domain/window.ts';
import { SCHEDULES } from '../../src/wiring/schedules.ts';
import { openStore } from '../../src/wiring/store.ts';
import type { Overrides } from '../../src/wiring/ports.ts';
import type { BackfillResult } from '../../src/workflows/backfill.ts';
import type { CloseDayResult } from '../../src/workflows/close-day.ts';
import type { EtlResult } from '../../src/workflows/etl.ts';
import type { MaintainResult } from '../../src/workflows/maintain.ts';
import { openTemporal } from './own-temporal.ts';
import { startProcess } from './worker-process.ts';
import { decorateStore } from '../support/decorate-store.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { sizeOfRun, sizesFrom } from '../support/history.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { type Sent, conversation, cutOff, openSent } from '../support/sent.ts';
import { until } from '../support/until.ts';

const DAYS = ['2026-03-02', '2026-03-03', '2026-03-04'] as const;
const [MONDAY] = DAYS;
/** UTC hours in which the desk is open. */
const HOURS = ['12', '13', '14', '17', '18', '19'];
const HISTORY = 500;
const quiet = (): void => undefined;
const { source } = DESK;
const [TABLE] = DESK.tables;

let lake: Lake;
let sent: Sent;
let worker: { stop(): Promise<void> };
const fault: { error?: Error } = {};
let aheadMs = 0;

beforeAll(async () => {
  lake = await openLake();
  sent = openSent(lake.ports);
  await startWorker();
});
afterAll(() => lake.close());

async function startWorker(overrides: Overrides = {}): Promise<void> {
  const store = decorateStore(openStore(lake.config), {
    put: (key, perform) => {
      if (fault.error !== undefined && key.startsWith('staging/')) throw fault.error;
      return perform();
    },
  });
  worker = await lake.startWorker({ overrides: { store, now: () => Date.now() + aheadMs, ...overrides } });
}

/** What the newest runs of a schedule gave, once they were started by `act` and have ended. */
async function bySchedule<T>(id: string, act: (handle: ScheduleHandle) => Promise<void>, runs = 1): Promise<T[]> {
  const handle = lake.client.schedule.getHandle(id);
  const info = async () => (await handle.describe()).info;
  await until(async () => (await info()).runningActions.length === 0);
  const { numActionsTaken } = await info();
  await act(handle);
  await until(async () => (await info()).numActionsTaken >= numActionsTaken + runs);
  const { recentActions } = await info();
  const started = recentActions.slice(-runs).map(({ action }) => action.workflow);
  return Promise.all(
    started.map(({ workflowId, firstExecutionRunId }) =>
      lake.client.workflow.getHandle<() => Promise<T>>(workflowId, firstExecutionRunId).result(),
    ),
  );
}
const hourly = (): Promise<EtlResult[]> => bySchedule<EtlResult>('etl-desk', (handle) => handle.trigger());

const start = <T>(workflow: string, input: object) =>
  lake.client.workflow.start<(input: object) => Promise<T>>(workflow, {
    workflowId: `${workflow}-${randomUUID()}`,
    taskQueue: lake.config.CHATLAKE_TASK_QUEUE,
    args: [input],
  });
const startBackfill = (input: Omit<BackfillInput, 'source'>) => start<BackfillResult>('backfill', { source, ...input });

/** The desk's closing of a day: by hand, or in the night after by its schedule. */
const deskOf = ({ days }: CloseDayResult) => days.find((day) => day.source === source);
const closeDay = async (day: string) =>
  deskOf(await (await start<CloseDayResult>('closeDay', { source, day })).result());
async function closeByNight(day: string) {
  const midnight = Date.parse(`${day}T00:00:00Z`) + 24 * 3_600_000;
  const night = { start: new Date(midnight), end: new Date(midnight + 12 * 3_600_000) };
  const [result] = await bySchedule<CloseDayResult>('close-day', (handle) => handle.backfill(night));
  return result === undefined ? undefined : deskOf(result);
}

async function maintain(): Promise<void> {
  const { done } = await (await start<MaintainResult>('maintain', { scope: 'all' })).result();
  expect(done.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
}

test('Monday to Wednesday: every hour is run by its schedule, every day is closed in the night', async () => {
  for (const [d, day] of DAYS.entries()) {
    for (const [h, hour] of HOURS.entries()) {
      const some = Array.from({ length: 4 }, (_, i) => conversation(`${day}-${hour}-${i}`, day));
      const late = d > 0 && h === 2 ? [conversation(`late-${day}`, DAYS[d - 1]!)] : [];
      const bad = h % 2 === 0 ? [cutOff(conversation(`bad-${day}-${hour}`, day))] : [];
      // One of the hour before comes again, and once an id comes again with something else in it.
      const again = sent.messages.slice(-5, -4);
      const reused = h === 3 ? [{ ...conversation(`other-${day}`, day), id: some[0]!.id }] : [];
      const messages = [...some, ...late, ...bad, ...reused, ...again];
      await sent.receive(windowOf(`${day}T${hour}`), messages);
      expect(await hourly()).toMatchObject([{ windows: 1, counts: { received: messages.length } }]);
    }
    const closed = await closeByNight(day);
    expect(closed).toMatchObject({ day, n: 1, outcome: 'closed', counts: { quarantined: HOURS.length / 2 } });
  }
  await sent.expectAll();
});

test('two hours without a worker: what the backfill dialog asks for waits, and is run when one is back', async () => {
  await worker.stop();
  for (const hour of ['12', '13'])
    await sent.receive(windowOf(`2026-03-05T${hour}`), [
      conversation(`thursday-${hour}`, '2026-03-05'),
      sent.messages[0]!,
    ]);
  const range = { start: new Date('2026-03-05T13:00:00Z'), end: new Date('2026-03-05T15:00:00Z') };
  const runs = await bySchedule<EtlResult>(
    'etl-desk',
    async (handle) => {
      await handle.backfill({ ...range, overlap: ScheduleOverlapPolicy.BUFFER_ALL });
      await until(async () => (await handle.describe()).info.runningActions.length > 0);
      await startWorker();
    },
    2,
  );
  expect(runs.map(({ windows }) => windows)).toEqual([2, 0]);
  await sent.expectAll();
});

test('Temporal is away while runs come due: back again it catches up', async () => {
  const { S3_BUCKET, MONGODB_DATABASE } = lake.config;
  const temporal = await openTemporal();
  const reach = (names = {}) =>
    openLake({ S3_BUCKET, MONGODB_DATABASE, TEMPORAL_ADDRESS: temporal.address(), ...names });
  const first = await reach();
  const { TEMPORAL_NAMESPACE, CHATLAKE_TASK_QUEUE: taskQueue } = first.config;
  // As etl-desk in all but how often it comes due; the first time when the server is surely gone.
  const { overlap, catchupMs } = SCHEDULES.find(({ id }) => id === 'etl-desk')!;
  const startAt = new Date(Date.now() + 20_000);
  await first.client.schedule.create({
    scheduleId: 'often',
    spec: { intervals: [{ every: '2s' }], startAt },
    action: { type: 'startWorkflow', workflowType: 'etl', taskQueue, args: [{ source }] },
    policies: { overlap, catchupWindow: catchupMs },
  });
  // Answered once it has looked at the time: what comes due before that is not missed but unknown.
  await first.client.schedule.getHandle('often').describe();
  await first.close();
  await temporal.stop();
  const goneAt = Date.now();
  await sent.receive(windowOf('2026-03-05T17'), [conversation('thursday-17', '2026-03-05'), sent.messages[1]!]);
  await until(() => Date.now() > Math.max(startAt.getTime(), goneAt) + 4_000);
  const backAt = Date.now();
  await temporal.start();
  const again = await reach({ TEMPORAL_NAMESPACE, CHATLAKE_TASK_QUEUE: taskQueue });
  try {
    const often = again.client.schedule.getHandle('often');
    await until(async () => (await often.describe()).info.numActionsTaken > 0);
    await often.pause();
    const { recentActions, numActionsMissedCatchupWindow } = (await often.describe()).info;
    const { scheduledAt, action } = recentActions[0]!;
    expect([scheduledAt.getTime() > goneAt, scheduledAt.getTime() < backAt]).toEqual([true, true]);
    expect(numActionsMissedCatchupWindow).toBe(0);
    await again.startWorker();
    const { workflowId } = action.workflow;
    expect(await again.client.workflow.getHandle(workflowId).result()).toMatchObject({
      windows: 1,
      counts: { received: 2 },
    });
  } finally {
    await again.close();
    await temporal.close();
  }
  await sent.expectAll();
});

test('messages of a closed day come late: the day is closed again, and says what came', async () => {
  // One came on Tuesday already, after Monday was closed.
  await sent.receive(windowAt(Date.now()), [
    conversation('late-1', MONDAY),
    conversation('late-2', MONDAY),
    sent.messages[2]!,
  ]);
  await hourly();
  expect(await closeDay(MONDAY)).toMatchObject({
    n: 2,
    outcome: 'reopened',
    note: expect.stringMatching(/^re-opened: 0 more messages received that day and 3 more rows dated that day since /),
  });
  expect(await closeDay(MONDAY)).toMatchObject({ n: 2, outcome: 'unchanged' });
  await maintain();
  await sent.expectAll();
});

test('a window fails for good: status says so, and after the mend a replay ends it', async () => {
  const name = `${source}/2026-03-06T12`;
  await sent.receive(windowOf('2026-03-06T12'), [conversation('friday', '2026-03-06'), sent.messages[3]!]);
  fault.error = new PermanentError('the rule file names a column that does not exist');
  await expect(hourly()).rejects.toMatchObject({
    cause: { message: expect.stringContaining('1 of 1 windows failed') },
  });
  const problem = { en: expect.stringMatching(`^${name} needs a person since .*: cleanse failed: the rule`) };
  expect(await status(lake.config, Date.now())).toMatchObject({ well: false, problems: [problem] });
  expect(await hourly()).toMatchObject([{ windows: 0, leftOut: 1 }]);
  delete fault.error;
  const lines: string[] = [];
  expect(await replay(lake.config, [], { all: true }, (line) => lines.push(line))).toBe(0);
  expect(lines[0]).toBe(`${name}  published`);
  expect(await status(lake.config, Date.now())).toMatchObject({ well: true, problems: [] });
  await sent.expectAll();
});

/** The desk's rules with the scale of scores turned round. */
const TURNED: Contract<FieldRules> = {
  ...DESK,
  variant: 'turned',
  rules: {
    ...DESK.rules,
    fields: DESK.rules.fields.map((field) => ({
      ...field,
      apply: (value, context) => {
        const ruled = field.apply(value, context);
        if (field.path !== 'serviceScore') return ruled;
        return { ...ruled, cells: ruled.cells.map((score) => (score === null ? null : 10 - Number(score))) };
      },
    })),
  },
};

test('changed rules: a rebuild of the week is compared, then published; tables and documents follow, and no row comes or goes', async () => {
  await worker.stop();
  await startWorker({ contracts: new Map([...lake.ports.contracts, [source, TURNED]]) });
  const { length: rows } = sent.expected().rows;
  const { length: received } = sent.messages;
  const handle = await startBackfill({
    receivedFrom: windowOf(`${MONDAY}T00`),
    rebuild: true,
    diff: true,
    concurrency: 4,
  });
  const progress = () => handle.query<BackfillProgress>('progress');
  await until(async () => (await progress()).phase === 'deciding');
  const totals = { before: rows, after: rows, onlyBefore: 0, onlyAfter: 0, changed: rows };
  expect((await progress()).diff?.totals).toEqual({ lines: 0, tables: { [TABLE.name]: totals } });
  await sent.expectAll();
  await handle.signal('publish');
  expect(await handle.result()).toMatchObject({ outcome: 'done', failed: 0, counts: { received } });
  sent.judgedAgain((score) => 10 - score);
  const grid = await query(lake.ports, { sql: `SELECT entity, service_score FROM ${TABLE.name}_current` }, quiet);
  for (const [entity, score] of grid.rows)
    expect((await lake.ports.documents.find(TABLE, String(entity)))?.['serviceScore']).toBe(Number(score));
  await maintain();
  await sent.expectAll();
});

test(`a backfill of ${HISTORY} windows whose workers are killed: small runs, small payloads, every message once`, async () => {
  // From here on with the rules as they are.
  await worker.stop();
  const dayBefore = (n: number): string => windowAfter(n - 24).slice(0, 10);
  const land = async (n: number): Promise<void> => {
    const day = dayBefore(n);
    const own = [0, 1, 2].map((i) => conversation(`history-${n}-${i}`, day));
    const bad = n % 10 === 0 ? [cutOff(conversation(`history-bad-${n}`, day))] : [];
    // Redelivered: what the window before had, or, long before it, what a day of the week has.
    const again = n % 25 === 0 ? sent.messages[n / 25]! : conversation(`history-${n - 1}-0`, dayBefore(n - 1));
    await sent.receive(windowAfter(n), [...own, ...bad, ...(n % 5 === 0 ? [again] : [])]);
  };
  for (let n = 0; n < HISTORY; n += 20) await Promise.all(Array.from({ length: 20 }, (_, i) => land(n + i)));
  const started = performance.now();
  const handle = await startBackfill({
    receivedFrom: windowAfter(0),
    receivedTo: windowAfter(HISTORY - 1),
    concurrency: 4,
  });
  const work = mkdtempSync(join(tmpdir(), 'chatlake-week-'));
  try {
    for (const strike of [
      { key: '^ledger/.*/_delta_log/', nth: 40, when: 'after' },
      { key: '^tables/.*/_delta_log/', nth: 20, when: 'before' },
    ] as const) {
      const killed = await startProcess(lake, { ...strike, signal: 'SIGKILL', consume: false }, work);
      expect(await killed.ended).toBe('SIGKILL');
    }
    await startWorker();
    expect(await handle.result()).toMatchObject({ outcome: 'done', done: HISTORY, failed: 0 });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  const seconds = (performance.now() - started) / 1_000;
  const windows = Array.from({ length: HISTORY / 10 }, (_, n) => `etl/${source}/${windowAfter(10 * n)}`);
  const children = await Promise.all(windows.map((id) => sizeOfRun(lake.client, id)));
  const own = await sizesFrom(lake.client, handle.workflowId, handle.firstExecutionRunId);
  const sum = (sizes: typeof own) => sizes.reduce((total, { events }) => total + events, 0);
  const mean = (sum(children) / children.length + sum(own) / HISTORY).toFixed(1);
  // A kill, or another window that was published meanwhile, costs a window more.
  const undisturbed = Math.min(...children.map(({ events }) => events)) + sum(own) / HISTORY;
  const payload = Math.max(...[...children, ...own].map((size) => size.payload));
  process.stdout.write(
    `\noperator's week: ${HISTORY} windows in ${seconds.toFixed(0)} s, two workers killed: ${(HISTORY / seconds).toFixed(1)} windows/s, ${mean} events per window, undisturbed ${undisturbed.toFixed(1)}, largest payload ${payload} bytes\n`,
  );
  expect(undisturbed).toBeLessThanOrEqual(80);
  expect(payload).toBeLessThanOrEqual(10_000);
}, 1_800_000);

test('at the end, days later: upkeep, everything verified, and exactly what was sent', async () => {
  // What nobody needs any more is deleted, before everything is looked at again.
  aheadMs = 73 * 3_600_000;
  await maintain();
  await sent.expectAll();
  expect(await status(lake.config, Date.now())).toMatchObject({ well: true, problems: [] });
});
