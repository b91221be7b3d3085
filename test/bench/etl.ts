/**
 * `npm run bench -- etl [--lines n] [--rounds n] [--chunk n] [--node-lines n]`: raw objects to published files, by the default engine, by
 * one hand-written DuckDB statement that does the same, and by the node engine on fewer lines. All must make the same rows.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { version as duckdbVersion } from '@duckdb/node-api';
import type { LocalRaw } from '../../src/adapters/engine/engine.ts';
import { rawKey } from '../../src/domain/formats/layout.ts';
import { encodeRawLine } from '../../src/domain/formats/raw.ts';
import { windowAt } from '../../src/domain/window.ts';
import { deskMessages } from '../support/desk-lines.ts';
import { type RunPlan, type RunResult, type Way, child } from './etl-runs.ts';
import { median } from '../support/measured.ts';

const START_MS = 1_762_000_000_000;
const OBJECT_LINES = 50_000;
/** The engine is bounded as in production; the statement may have what it likes. */
const ENGINE_MB = 512;
const STATEMENT_MB = 8_192;

/** Entry. `--child <file>` is the benchmark calling itself. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      lines: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '3' },
      chunk: { type: 'string', default: '250000' },
      'node-lines': { type: 'string', default: '50000' },
      child: { type: 'string' },
    },
  });
  if (values.child !== undefined) return child(values.child);
  const root = await mkdtemp(join(tmpdir(), 'bench-etl-'));
  try {
    const sizes = {
      lines: Number(values.lines),
      rounds: Number(values.rounds),
      chunkLines: Number(values.chunk),
      nodeLines: Number(values['node-lines']),
    };
    report(sizes, await rounds(root, sizes));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

interface Sizes {
  readonly lines: number;
  readonly rounds: number;
  readonly chunkLines: number;
  readonly nodeLines: number;
}

type Results = Readonly<Record<Way, readonly RunResult[]>>;

/** Alternates the ways, so that a noisy minute meets both. */
async function rounds(root: string, sizes: Sizes): Promise<Results> {
  console.log(`generating ${sizes.lines} lines (5 % repeats, 1 % strange) …`);
  const objects = generate(root, sizes.lines);
  const results: Record<Way, RunResult[]> = { engine: [], statement: [], node: [] };
  for (let round = 0; round < sizes.rounds; round += 1) {
    for (const way of round % 2 === 0 ? (['engine', 'statement'] as const) : (['statement', 'engine'] as const)) {
      results[way].push(await run(root, way, objects, sizes));
      const { wallS, cpuS } = results[way].at(-1)!;
      console.log(
        `round ${round + 1} ${way}: ${wallS.toFixed(1)} s, ${cpuS.toFixed(1)} CPU s, load ${loadavg()[0]?.toFixed(1)}`,
      );
    }
  }
  const made = [...results.engine, ...results.statement].map((result) => result.made);
  if (!made.every((one) => isDeepStrictEqual(one, made[0])))
    throw new Error(`the ways made different rows: ${JSON.stringify(made)}`);
  if (sizes.nodeLines > 0) {
    const few = generate(root, sizes.nodeLines);
    results.node.push(await run(root, 'node', few, sizes));
    const same = await run(root, 'engine', few, sizes);
    if (!isDeepStrictEqual(results.node[0]?.made, same.made)) throw new Error('the engines made different rows');
  }
  return results;
}

function generate(root: string, count: number): LocalRaw[] {
  const objects: LocalRaw[] = [];
  let lines: string[] = [];
  const flush = (): void => {
    if (lines.length === 0) return;
    const bytes = gzipSync(`${lines.join('\n')}\n`, { level: 1 });
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const openedAtMs = START_MS + objects.length;
    const key = rawKey({
      source: 'desk',
      window: windowAt(START_MS),
      openedAtMs,
      count: lines.length,
      size: lines.join('\n').length,
      sha256,
    });
    const path = join(root, `raw-${count}-${objects.length}.ndjson.gz`);
    writeFileSync(path, bytes);
    objects.push({ key, path, lines: lines.length });
    lines = [];
  };
  for (const message of deskMessages({ count, seed: 7, repeats: 0.05, strange: 0.01, days: 60, startMs: START_MS })) {
    lines.push(encodeRawLine(message, lines.length, (bytes) => Buffer.from(bytes).toString('base64')));
    if (lines.length === OBJECT_LINES) flush();
  }
  flush();
  return objects;
}

/** One run in a process of its own, so that its peak memory is its own. */
async function run(root: string, way: Way, objects: readonly LocalRaw[], sizes: Sizes): Promise<RunResult> {
  const folder = join(root, 'run');
  mkdirSync(folder);
  const memoryMb = way === 'statement' ? STATEMENT_MB : ENGINE_MB;
  const plan: RunPlan = {
    way,
    objects,
    chunkLines: sizes.chunkLines,
    folder,
    memoryMb,
    threads: availableParallelism(),
  };
  const file = join(root, 'plan.json');
  writeFileSync(file, JSON.stringify(plan));
  const code = `import { main } from ${JSON.stringify(import.meta.url)}; await main(['--child', ${JSON.stringify(file)}]);`;
  const running = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'inherit' });
  const [exit] = (await once(running, 'exit')) as [number | null];
  if (exit !== 0) throw new Error(`the ${way} run failed`);
  rmSync(folder, { recursive: true });
  return JSON.parse(readFileSync(`${file}.result`, 'utf8')) as RunResult;
}

function report(sizes: Sizes, results: Results): void {
  const row = (way: Way, lines: number): Record<string, number> => ({
    lines,
    wallS: round(median(results[way].map((r) => r.wallS))),
    cpuS: round(median(results[way].map((r) => r.cpuS))),
    linesPerS: Math.round(lines / median(results[way].map((r) => r.wallS))),
    peakRssMb: Math.round(Math.max(...results[way].map((r) => r.rssMb))),
  });
  const table = {
    engine: row('engine', sizes.lines),
    statement: row('statement', sizes.lines),
    ...(results.node.length > 0 ? { 'node engine': row('node', sizes.nodeLines) } : {}),
  };
  console.table(table);
  const ratio = (of: (result: RunResult) => number): number =>
    round(median(results.statement.map(of)) / median(results.engine.map(of)));
  const ratios = { wall: ratio((r) => r.wallS), cpu: ratio((r) => r.cpuS) };
  console.log(
    `speed of the engine against the statement (1 is equal, more is faster): wall ${ratios.wall}, CPU ${ratios.cpu}`,
  );
  const steps = results.engine.map((r) => r.steps);
  const machine = { cores: availableParallelism(), node: process.version, duckdb: duckdbVersion(), load: loadavg() };
  console.log(JSON.stringify({ bench: 'etl', ...sizes, table, ratios, steps, made: results.engine[0]?.made, machine }));
}

const round = (n: number): number => Math.round(n * 100) / 100;
