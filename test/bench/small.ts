/**
 * `npm run bench -- small [--windows n]`: what the activities of one window cost, with 1, 100 and 10,000 messages: processor time, step by
 * step, and calls of the store. Real activities, engine and rules; store and documents are in memory, so neither's server is in it.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { invariant } from '../../src/domain/errors.ts';
import { FANOUT } from '../../src/domain/plans/merge.ts';
import { attempted, runWindow } from '../integration/run-window.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { openMemoryLake } from '../support/memory-lake.ts';

/** Messages a window, and the aim of CPU milliseconds. */
const SIZES: readonly (readonly [messages: number, aimMs: number])[] = [
  [1, 60],
  [100, 100],
  [10_000, 700],
];
const MOST_CALLS = { list: 8, put: 10, get: 8 } as const;
type Calls = Record<keyof typeof MOST_CALLS, number>;
/** Windows that are not measured: what is compiled, opened and read for the first time. */
const WARM = 8;

interface Cost {
  readonly messages: number;
  readonly aimMs: number;
  /** CPU milliseconds of a window, merges of files included: of the first and of the last FANOUT windows, and of all. */
  readonly first: number;
  readonly last: number;
  readonly mean: number;
  readonly calls: Calls;
  readonly steps: Readonly<Record<string, number>>;
}

/** Entry. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { windows: { type: 'string', default: '80' } } });
  const costs: Cost[] = [];
  for (const [messages, aimMs] of SIZES) {
    const windows = messages > 1_000 ? Math.min(16, Number(values.windows)) : Number(values.windows);
    costs.push(await measure(messages, aimMs, windows));
  }
  report(costs);
}

async function measure(messages: number, aimMs: number, windows: number): Promise<Cost> {
  const lake = openMemoryLake();
  const calls: Calls = { list: 0, put: 0, get: 0 };
  const ports = await lake.process({}, (store) => counted(store, calls));
  const { mergeLedger, compact } = attempted(ports);
  const costs: number[] = [];
  const steps: Record<string, number> = {};
  try {
    for (let n = -WARM; n < windows; n += 1) {
      if (n === 0) for (const sum of [steps, calls] as Record<string, number>[]) for (const key in sum) sum[key] = 0;
      const window = windowAfter(WARM + n);
      await writeDesk(
        lake.store,
        window,
        Array.from({ length: messages }, (_, i) => `${n}-${i}`),
      );
      let before = process.cpuUsage();
      const started = before;
      const told = (step: string): void => {
        const { user, system } = process.cpuUsage(before);
        steps[step] = (steps[step] ?? 0) + (user + system) / 1_000;
        before = process.cpuUsage();
      };
      const [outcome] = await runWindow(ports, { source: 'desk', window }, told);
      invariant(outcome?.kind === 'published', `a window of ${messages} was not published`);
      if ((n + WARM) % FANOUT === FANOUT - 1) {
        await mergeLedger({ source: 'desk', dryRun: false });
        told('mergeLedger');
        await compact({ source: 'desk', dryRun: false });
        told('compact');
      }
      const { user, system } = process.cpuUsage(started);
      if (n >= 0) costs.push((user + system) / 1_000);
    }
  } finally {
    lake.close();
  }
  const each = (sum: number): number => Math.round((10 * sum) / windows) / 10;
  return {
    messages,
    aimMs,
    first: mean(costs.slice(0, FANOUT)),
    last: mean(costs.slice(-FANOUT)),
    mean: mean(costs),
    calls: { list: each(calls.list), put: each(calls.put), get: each(calls.get) },
    steps: Object.fromEntries(Object.entries(steps).map(([step, ms]) => [step, each(ms)])),
  };
}

const mean = (of: readonly number[]): number => Math.round(of.reduce((sum, n) => sum + n, 0) / of.length);

const counted = (store: ObjectStore, calls: Calls): ObjectStore => ({
  ...store,
  put: (...given) => ((calls.put += 1), store.put(...given)),
  get: (...given) => ((calls.get += 1), store.get(...given)),
  list: (...given) => ((calls.list += 1), store.list(...given)),
});

function report(costs: readonly Cost[]): void {
  console.log('\n| messages a window | CPU ms a window | first eight | last eight | aim | list | put | get |');
  console.log('| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
  for (const { messages, mean: all, first, last, aimMs, calls } of costs)
    console.log(
      `| ${messages} | ${all} | ${first} | ${last} | ${aimMs} | ${calls.list} | ${calls.put} | ${calls.get} |`,
    );
  const steps = [...new Set(costs.flatMap((cost) => Object.keys(cost.steps)))];
  console.log(`\n| CPU ms of a step | ${costs.map(({ messages }) => `${messages} messages`).join(' | ')} |`);
  console.log(`| --- |${' ---: |'.repeat(costs.length)}`);
  for (const step of steps) console.log(`| ${step} | ${costs.map((cost) => cost.steps[step] ?? 0).join(' | ')} |`);
  const met = costs.every(({ mean: all, aimMs }) => all <= aimMs);
  const fewCalls = costs.every(({ calls }) =>
    Object.entries(MOST_CALLS).every(([call, most]) => calls[call as keyof Calls] <= most),
  );
  console.log(
    `\naim of processor time: ${met ? 'met' : 'not met'}; of calls of the store: ${fewCalls ? 'met' : 'not met'}`,
  );
  const machine = { cores: availableParallelism(), node: process.version };
  console.log(JSON.stringify({ bench: 'small', machine, costs }));
}
