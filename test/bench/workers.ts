/**
 * `npm run bench -- workers [--lines 2000000] [--rounds 3]`: one large window judged by one worker process and by two, each with one thread:
 * they share the chunks of `cleanse` and the ranges of `compress`, one dedupes. The same bytes must come out.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import type { Compressed } from '../../src/activities/window/compress.ts';
import type { Decided, SealRef, Staged } from '../../src/activities/types.ts';
import { invariant } from '../../src/domain/errors.ts';
import { DESK } from '../../src/domain/sources/desk/contract.ts';
import { windowAt, windowStart } from '../../src/domain/window.ts';
import { attempted } from '../integration/run-window.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { landTraffic } from '../support/desk-traffic.ts';
import { openDirectoryLake } from '../support/directory-lake.ts';
import { median } from '../support/measured.ts';
import { type OwnProcess, startProcess } from '../support/own-process.ts';
import type { WorkerAnswer, WorkerQuestion } from './workers-child.ts';

type Worker = OwnProcess<WorkerQuestion, WorkerAnswer>;

const OBJECT_LINES = 50_000;
/** Wall time of one worker beside two. */
const AIM = 1.7;

interface Round {
  readonly wallMs: number;
  readonly cleanseMs: number;
  /** Of all workers. */
  readonly cpuMs: number;
  /** Of the one that took most: what the round takes at least, however many cores there are. */
  readonly busiestMs: number;
  /** Keys of everything that was written; each holds the SHA-256 of its bytes. */
  readonly made: readonly string[];
}

/** Entry. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { lines: { type: 'string', default: '2000000' }, rounds: { type: 'string', default: '3' } },
  });
  const [lines, rounds] = [Number(values.lines), Number(values.rounds)];
  const folder = mkdtempSync(join(tmpdir(), 'bench-workers-'));
  try {
    const seal = await sealed(folder, lines);
    console.log(`${lines} lines in ${seal.chunks} chunks`);
    const one: Round[] = [];
    const two: Round[] = [];
    for (let round = 0; round < rounds; round += 1)
      for (const [workers, own] of [
        [1, one],
        [2, two],
      ] as const)
        own.push(await judged(folder, seal, workers));
    report(lines, one, two);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function sealed(folder: string, lines: number): Promise<SealRef> {
  const { ports, close } = await openDirectoryLake(folder, 1);
  const startMs = windowStart(windowAfter(0));
  await landTraffic(
    ports.store,
    { count: lines, seed: 7, repeats: 0.05, strange: 0.01, days: 60, startMs },
    OBJECT_LINES,
  );
  const window = windowAt(startMs);
  const { sealWindow } = attempted(ports);
  const found = await sealWindow({ source: DESK.source, window, parked: true });
  close();
  invariant(found.kind === 'seals' && found.seals.length === 1, 'the window has one seal');
  return found.seals[0]!;
}

/** Nothing of an earlier round is there: neither on the store, but raw and the seal, nor on a worker's disk. */
async function judged(folder: string, seal: SealRef, count: number): Promise<Round> {
  for (const made of ['staging', 'ledger', 'tables'])
    rmSync(join(folder, 'store', made), { recursive: true, force: true });
  const workers: Worker[] = Array.from({ length: count }, () =>
    startProcess(new URL('./workers-child.js', import.meta.url)),
  );
  try {
    for (const [n, worker] of workers.entries()) await worker.ask({ step: 'open', folder, work: `work-${n}` });
    const started = performance.now();
    const staged = (await shared(workers, seal.chunks, (chunk) => ({ step: 'cleanse', seal, chunk }))) as Staged[];
    const cleanseMs = performance.now() - started;
    const decided = (await workers[0]!.ask({ step: 'dedupe', seal, staged })).output as Decided;
    invariant(decided.kind === 'decided', `the window was not deduped but ${decided.kind}`);
    const compressed = (await shared(workers, decided.ranges, (range) => ({
      step: 'compress',
      decided: decided.ref,
      staged,
      range,
    }))) as Compressed[];
    const wallMs = performance.now() - started;
    const costs: number[] = [];
    for (const worker of workers) costs.push((await worker.ask({ step: 'cost' })).cpuMs);
    const cpuMs = costs.reduce((sum, ms) => sum + ms, 0);
    const made = [...staged, decided, ...compressed].map(({ ref }) => ref);
    console.log(
      `${count} of them: ${(wallMs / 1_000).toFixed(1)} s, ${(cpuMs / 1_000).toFixed(1)} CPU s, load ${loadavg()[0]?.toFixed(1)}`,
    );
    return { wallMs, cleanseMs, cpuMs, busiestMs: Math.max(...costs), made };
  } finally {
    for (const worker of workers) await worker.close();
    for (const n of workers.keys()) rmSync(join(folder, `work-${n}`), { recursive: true, force: true });
  }
}

/** Each worker takes the next as soon as it is free; the answers in their order. */
async function shared(
  workers: readonly Worker[],
  count: number,
  question: (n: number) => WorkerQuestion,
): Promise<readonly unknown[]> {
  const outputs: unknown[] = [];
  let next = 0;
  await Promise.all(
    workers.map(async (worker) => {
      while (next < count) {
        const n = next;
        next += 1;
        outputs[n] = (await worker.ask(question(n))).output;
      }
    }),
  );
  return outputs;
}

function report(lines: number, one: readonly Round[], two: readonly Round[]): void {
  const s = (rounds: readonly Round[], of: (round: Round) => number): number => median(rounds.map(of)) / 1_000;
  const row = (rounds: readonly Round[]) => ({
    wallS: s(rounds, ({ wallMs }) => wallMs),
    cleanseS: s(rounds, ({ cleanseMs }) => cleanseMs),
    cpuS: s(rounds, ({ cpuMs }) => cpuMs),
    busiestS: s(rounds, ({ busiestMs }) => busiestMs),
  });
  const [alone, both] = [row(one), row(two)];
  console.log('\n| worker processes | wall | of it cleanse | CPU of all | of the busiest |');
  console.log('| ---: | ---: | ---: | ---: | ---: |');
  for (const [n, { wallS, cleanseS, cpuS, busiestS }] of [alone, both].entries())
    console.log(
      `| ${n + 1} | ${wallS.toFixed(1)} s | ${cleanseS.toFixed(1)} s | ${cpuS.toFixed(1)} s | ${busiestS.toFixed(1)} s |`,
    );
  const ratios = {
    wall: alone.wallS / both.wallS,
    cleanse: alone.cleanseS / both.cleanseS,
    processor: alone.busiestS / both.busiestS,
  };
  const same = [...one, ...two].every(({ made }) => isDeepStrictEqual(made, one[0]?.made));
  console.log(
    `\ntwo beside one: ${ratios.wall.toFixed(2)} times as fast, cleanse alone ${ratios.cleanse.toFixed(2)}, by the busiest one’s processor time ${ratios.processor.toFixed(2)}; aim (${AIM}): ${ratios.wall >= AIM ? 'met' : 'not met'}; bytes: ${same ? 'the same' : 'not the same'}`,
  );
  const machine = { cores: availableParallelism(), node: process.version, load: loadavg() };
  console.log(JSON.stringify({ bench: 'workers', lines, rounds: one.length, alone, both, ratios, same, machine }));
  if (!same) throw new Error('one worker and two made different bytes');
}
