/**
 * `npm run bench -- beside [--messages n] [--rounds n]`: how long a large window takes to be published while another worker publishes a
 * small one every second, beside its time alone. Real activities, engine and rules; the store is in memory and both workers share this
 * process, so whatever the small ones need is taken from the large one.
 */
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Ports } from '../../src/activities/ports.ts';
import { invariant } from '../../src/domain/errors.ts';
import type { Window } from '../../src/domain/window.ts';
import { readLedger, readManifest } from '../../src/lake/ledger.ts';
import { publishWindow } from '../integration/run-window.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { median } from '../support/measured.ts';
import { openMemoryLake } from '../support/memory-lake.ts';

const AIM = 1.5;
const EVERY_MS = 1_000;
const SOURCE = 'desk';
const PER_OBJECT = 5_000;
/** The first windows are small ones that nobody measures: what is compiled, opened and read for the first time. */
const WARM = 3;

interface Turn {
  readonly seconds: number;
  /** Decisions that others published between the large one's base, where it was judged, and its own entry. */
  readonly between: number;
  readonly decisions: number;
}

/** Entry. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { messages: { type: 'string', default: '300000' }, rounds: { type: 'string', default: '3' } },
  });
  const messages = Number(values.messages);
  const turns: { readonly alone: Turn; readonly beside: Turn }[] = [];
  for (let round = 0; round < Number(values.rounds); round += 1)
    turns.push({ alone: await measure(messages, false), beside: await measure(messages, true) });
  report(messages, turns);
}

/** One large window in a lake of its own. */
async function measure(messages: number, isBeside: boolean): Promise<Turn> {
  const lake = openMemoryLake();
  try {
    const limits = { chunk: { maxLines: 100_000, maxBytes: 512 * 1_048_576 }, rowsPerRange: 1_000_000 };
    const large = await lake.process({ limits });
    const small = await lake.process();
    let n = 0;
    const publishSmall = async (): Promise<void> => {
      const window = windowAfter((n += 1));
      await writeDesk(lake.store, window, [`small-${n}`]);
      await publish(small, window);
    };
    while (n < WARM) await publishSmall();
    const window = windowAfter(0);
    for (let first = 0; first < messages; first += PER_OBJECT)
      await writeDesk(
        lake.store,
        window,
        Array.from({ length: Math.min(PER_OBJECT, messages - first) }, (_, i) => `large-${first + i}`),
        { minute: first / PER_OBJECT / 100 },
      );
    const done = new AbortController();
    const others = (async () => {
      for (let due = Date.now(); isBeside && !done.signal.aborted; due += EVERY_MS) {
        await sleep(Math.max(0, due - Date.now()));
        await publishSmall();
      }
    })();
    const started = performance.now();
    const version = await publish(large, window);
    const seconds = (performance.now() - started) / 1_000;
    done.abort();
    await others;
    const { entries } = await readLedger(large, SOURCE);
    const entry = entries.at(version);
    invariant(entry?.counts.received === messages, `entry ${version} is not that of the large window`);
    return { seconds, between: version - 1 - (await readManifest(large, entry)).base, decisions: version - WARM };
  } finally {
    lake.close();
  }
}

async function publish(ports: Ports, window: Window): Promise<number> {
  const [outcome] = await publishWindow(ports, { source: SOURCE, window });
  invariant(outcome?.kind === 'published', `${window} was not published: ${outcome?.kind ?? 'nothing was there'}`);
  return outcome.version;
}

function report(messages: number, turns: readonly { readonly alone: Turn; readonly beside: Turn }[]): void {
  const ratio = median(turns.map(({ alone, beside }) => beside.seconds / alone.seconds));
  console.log(`\n| ${messages} messages in one window | published after | decisions meanwhile | behind its base |`);
  console.log('| --- | ---: | ---: | ---: |');
  for (const [name, which] of Object.entries({ alone: 'alone', 'beside a decision a second': 'beside' } as const)) {
    const of = (value: (turn: Turn) => number): number => median(turns.map((turn) => value(turn[which])));
    const seconds = of((turn) => turn.seconds).toFixed(1);
    console.log(`| ${name} | ${seconds} s | ${of((turn) => turn.decisions)} | ${of((turn) => turn.between)} |`);
  }
  console.log(`\nratio ${ratio.toFixed(2)}, aim ${AIM}: ${ratio <= AIM ? 'met' : 'not met'}`);
  const machine = { cores: availableParallelism(), node: process.version };
  console.log(JSON.stringify({ bench: 'beside', machine, messages, ratio, turns }));
}
