/**
 * `npm run bench -- etl [--lines n] [--rounds n] [--chunk n] [--node-lines n] [--peers]`: raw objects to published files, by the default
 * engine, by one hand-written DuckDB statement that does the same, and by the node engine on fewer lines. All must make the same rows.
 * `--peers`: also by what a person writes in Python, which does less.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { version as duckdbVersion } from '@duckdb/node-api';
import type { LocalRaw } from '../../src/adapters/engine/engine.ts';
import { createDirectoryStore } from '../../src/adapters/object-store/directory.ts';
import { landTraffic } from '../support/desk-traffic.ts';
import { median } from '../support/measured.ts';
import { inOwnProcess } from '../support/own-process.ts';
import { type Peer, reportPeers, runPeers } from './etl-peers.ts';
import type { RunPlan, RunResult, Way } from './etl-runs.ts';

const START_MS = 1_762_000_000_000;
const OBJECT_LINES = 50_000;
/** The engine is bounded as in production; the statement may have what it likes. */
const ENGINE_MB = 512;
const STATEMENT_MB = 8_192;
/** Of a million lines; bytes of the table a row and of the ledger a line. */
const AIMS = { cpuS: 25, rssMb: 1_024, tableBytesPerRow: 50, ledgerBytesPerLine: 28 };

/** Entry. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      lines: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '3' },
      chunk: { type: 'string', default: '250000' },
      'node-lines': { type: 'string', default: '50000' },
      peers: { type: 'boolean', default: false },
    },
  });
  const root = await mkdtemp(join(tmpdir(), 'bench-etl-'));
  try {
    const sizes = {
      lines: Number(values.lines),
      rounds: Number(values.rounds),
      chunkLines: Number(values.chunk),
      nodeLines: Number(values['node-lines']),
    };
    console.log(`generating ${sizes.lines} lines (5 % repeats, 1 % strange) …`);
    const raw = await generate(root, sizes.lines);
    const results = await rounds(root, sizes, raw);
    const peers = values.peers ? await runPeers(root, raw.objects) : [];
    report(sizes, { results, peers, rawBytes: raw.bytes });
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

interface Raw {
  readonly objects: readonly LocalRaw[];
  /** As they are kept, so compressed. */
  readonly bytes: number;
}

async function generate(root: string, count: number): Promise<Raw> {
  const folder = join(root, `raw-${count}`);
  const traffic = { count, seed: 7, repeats: 0.05, strange: 0.01, days: 60, startMs: START_MS };
  const landed = await landTraffic(createDirectoryStore(folder), traffic, OBJECT_LINES);
  return {
    objects: landed.map(({ key, count: lines }) => ({ key, path: join(folder, key), lines })),
    bytes: landed.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** Alternates the ways, so that a noisy minute meets both. */
async function rounds(root: string, sizes: Sizes, { objects }: Raw): Promise<Results> {
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
    const { objects: few } = await generate(root, sizes.nodeLines);
    results.node.push(await run(root, 'node', few, sizes));
    const same = await run(root, 'engine', few, sizes);
    if (!isDeepStrictEqual(results.node[0]?.made, same.made)) throw new Error('the engines made different rows');
  }
  return results;
}

/** One run in a process of its own, so that its peak memory is its own. */
async function run(root: string, way: Way, objects: readonly LocalRaw[], sizes: Sizes): Promise<RunResult> {
  const folder = join(root, 'run');
  mkdirSync(folder);
  const plan: RunPlan = {
    way,
    objects,
    chunkLines: sizes.chunkLines,
    folder,
    memoryMb: way === 'statement' ? STATEMENT_MB : ENGINE_MB,
    threads: availableParallelism(),
  };
  const result = await measureApart(plan);
  rmSync(folder, { recursive: true });
  return result;
}

interface Seen {
  readonly results: Results;
  readonly peers: readonly Peer[];
  readonly rawBytes: number;
}

function report(sizes: Sizes, { results, peers, rawBytes }: Seen): void {
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
  const steps = Object.keys(results.engine[0]?.steps ?? {}).map((step): [string, number] => {
    const cpuS = median(results.engine.map((r) => r.steps[step] ?? NaN));
    return [step, round((1e6 * cpuS) / sizes.lines)];
  });
  console.log(`CPU µs a line of the engine: ${steps.map(([step, us]) => `${step} ${us}`).join(', ')}`);
  const { cpuS = NaN, peakRssMb = NaN } = table.engine;
  const kept = reportSizes(sizes, results, rawBytes);
  const cost = cpuS <= (AIMS.cpuS * sizes.lines) / 1_000_000 && peakRssMb <= AIMS.rssMb;
  console.log(`aims of processor (${AIMS.cpuS} s a million) and memory (${AIMS.rssMb} MB): ${word(cost)}`);
  if (peers.length > 0) reportPeers(peers, sizes.lines, cpuS);
  const machine = { cores: availableParallelism(), node: process.version, duckdb: duckdbVersion(), load: loadavg() };
  const made = results.engine[0]?.made;
  console.log(
    JSON.stringify({
      bench: 'etl',
      ...sizes,
      table,
      ratios,
      stepsUs: Object.fromEntries(steps),
      kept,
      peers,
      made,
      machine,
    }),
  );
}

/** What is kept of the lines, beside what raw takes. */
function reportSizes({ lines }: Sizes, { engine, statement }: Results, rawBytes: number) {
  const [kept] = engine;
  const { rows = NaN, tableBytes = NaN, ledgerBytes = NaN } = kept ?? {};
  const sizes = {
    rawBytes,
    tableBytes,
    ledgerBytes,
    rawBytesPerLine: round(rawBytes / lines),
    tableBytesPerRow: round(tableBytes / rows),
    ledgerBytesPerLine: round(ledgerBytes / lines),
    statementTableBytesPerRow: round((statement[0]?.tableBytes ?? NaN) / rows),
  };
  console.table(sizes);
  const met =
    sizes.tableBytesPerRow <= AIMS.tableBytesPerRow &&
    sizes.ledgerBytesPerLine <= AIMS.ledgerBytesPerLine &&
    tableBytes < rawBytes;
  console.log(
    `aims of size (table ${AIMS.tableBytesPerRow} bytes a row, ledger ${AIMS.ledgerBytesPerLine} a line, table below gzipped raw): ${word(met)}`,
  );
  return sizes;
}

const word = (met: boolean): string => (met ? 'met' : 'not met');
const measureApart = inOwnProcess<RunPlan, RunResult>(new URL('./etl-runs.js', import.meta.url));
const round = (n: number): number => Math.round(n * 100) / 100;
