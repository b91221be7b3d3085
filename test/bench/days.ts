/**
 * `npm run bench -- days [--rounds n]`: what a window costs whose messages are of 1, 30, 336 and 3,650 event days, with 500 and 5,000
 * messages: processor and wall time of all its activities, and objects written. Store and documents are in memory.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { DESK } from '../../src/domain/sources/desk/contract.ts';
import { invariant } from '../../src/domain/errors.ts';
import { type Window, windowStart } from '../../src/domain/window.ts';
import { writeRaw } from '../../src/lake/raw.ts';
import { runWindow } from '../integration/run-window.ts';
import { interaction, random } from '../support/desk-lines.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { openMemoryLake } from '../support/memory-lake.ts';
import { type Turn, measured, median } from '../support/measured.ts';

const MESSAGES = [500, 5_000] as const;
/** Event days, and how many times the cost of one day is aimed at. */
const DAYS: readonly (readonly [days: number, most: number])[] = [
  [1, 1],
  [30, 1.5],
  [336, 1.5],
  [3_650, 3],
];
const DAY_MS = 86_400_000;
const FIRST_DAY_MS = Date.UTC(2012, 0, 1);

interface Cost extends Turn {
  readonly puts: number;
}

interface Line extends Cost {
  readonly messages: number;
  readonly days: number;
  readonly most: number;
  /** Beside one day in the same round; the median of the rounds. */
  readonly cpuRatio: number;
  readonly wallRatio: number;
}

/** Entry. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { rounds: { type: 'string', default: '5' } } });
  const rounds = Number(values.rounds);
  const lines: Line[] = [];
  for (const messages of MESSAGES) {
    // What is compiled, opened and read for the first time is not measured.
    await measure(messages, 30);
    const costs: Cost[][] = [];
    for (let round = 0; round < rounds; round += 1) {
      const turn: Cost[] = [];
      for (const [days] of DAYS) turn.push(await measure(messages, days));
      costs.push(turn);
    }
    for (const [i, [days, most]] of DAYS.entries()) {
      const of = (value: (cost: Cost, one: Cost) => number): number =>
        median(costs.map((turn) => value(turn[i] as Cost, turn[0] as Cost)));
      lines.push({
        ...{ messages, days, most },
        cpuMs: Math.round(of(({ cpuMs }) => cpuMs)),
        wallMs: Math.round(of(({ wallMs }) => wallMs)),
        puts: of(({ puts }) => puts),
        cpuRatio: of((cost, one) => cost.cpuMs / one.cpuMs),
        wallRatio: of((cost, one) => cost.wallMs / one.wallMs),
      });
    }
  }
  report(lines, rounds);
}

/** One window in a lake of its own. */
async function measure(messages: number, days: number): Promise<Cost> {
  const lake = openMemoryLake();
  try {
    let puts = 0;
    const ports = await lake.process({}, (store) => ({
      ...store,
      put: (...given) => ((puts += 1), store.put(...given)),
    }));
    const window = windowAfter(0);
    await write(lake.store, window, messages, days);
    const turn = await measured(async () => {
      const [outcome] = await runWindow(ports, { source: 'desk', window });
      invariant(outcome?.kind === 'published', `${messages} messages of ${days} days were not published`);
      const { enriched } = outcome.counts;
      invariant(enriched === messages, `${enriched} of ${messages} messages were enriched`);
    });
    return { ...turn, puts };
  } finally {
    lake.close();
  }
}

/** Messages whose event days follow each other evenly. */
async function write(store: ObjectStore, window: Window, messages: number, days: number): Promise<void> {
  const openedAt = windowStart(window);
  const next = random(days);
  await writeRaw(
    store,
    DESK.source,
    openedAt,
    Array.from({ length: messages }, (_, i) => ({
      id: `days:${i}`,
      receivedAt: openedAt,
      headers: {},
      body: new TextEncoder().encode(
        JSON.stringify({ ...interaction(next, 1), date: dateOf(Math.floor((i * days) / messages)) }),
      ),
    })),
  );
}

function dateOf(day: number): string {
  const [year, month, date] = new Date(FIRST_DAY_MS + day * DAY_MS).toISOString().slice(0, 10).split('-');
  return `${date}/${month}/${year} 12:00:00`;
}

function report(lines: readonly Line[], rounds: number): void {
  console.log('\n| messages | event days | CPU | wall | puts | CPU ÷ one day | wall ÷ one day | aim |');
  console.log('| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
  for (const { messages, days, cpuMs, wallMs, puts, cpuRatio, wallRatio, most } of lines)
    console.log(
      `| ${messages} | ${days} | ${cpuMs} ms | ${wallMs} ms | ${puts} | ${cpuRatio.toFixed(2)} | ${wallRatio.toFixed(2)} | ≤ ${most} |`,
    );
  const met = lines.every(({ cpuRatio, wallRatio, most }) => Math.max(cpuRatio, wallRatio) <= most);
  const evenPuts = new Set(lines.map(({ puts }) => puts)).size === 1;
  console.log(`\naim of times: ${met ? 'met' : 'not met'}; puts ${evenPuts ? 'do not grow' : 'grow'} with the days`);
  const machine = { cores: availableParallelism(), node: process.version };
  console.log(JSON.stringify({ bench: 'days', machine, rounds, lines }));
}
