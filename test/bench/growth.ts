/**
 * `npm run bench -- growth [--millions 1,4,16] [--objects 10000] [--claims 100000000] [--threads 2] [--parts lines,objects,claims]`: what a
 * line costs in windows of so many million lines and in one of so many raw objects, and what a window of 10,000 messages takes to be deduped
 * against so many claims. Real activities from sealWindow to publish, in a process each, on a directory store.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DESK } from '../../src/domain/sources/desk/contract.ts';
import { type Window, windowAt, windowStart } from '../../src/domain/window.ts';
import { publishWindow } from '../integration/run-window.ts';
import { type DeskTraffic, deskMessages } from '../support/desk-lines.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { landMessages, landTraffic } from '../support/desk-traffic.ts';
import { openDirectoryLake } from '../support/directory-lake.ts';
import { median } from '../support/measured.ts';
import { inOwnProcess } from '../support/own-process.ts';
import { addClaims } from './growth-claims.ts';
import type { Decided, Deduped, GrowthQuestion } from './growth-run.ts';

const PROGRAM = new URL('./growth-run.js', import.meta.url);
const TRAFFIC = { seed: 7, repeats: 0.05, strange: 0.01, days: 60 };
const OBJECT_LINES = 50_000;
/** Of the window of many objects. */
const FEW_LINES = 100;
/** CPU a line beside that of the first size, and the memory of the process; wall seconds of the dedupe. */
const AIMS = { within: 0.1, rssMb: 1_024, dedupeS: 2 };
/** Messages that are deduped, how many of them the ledger claims already, and over how many event days they spread. */
const NEW_LINES = 10_000;
const AGAIN = 1_000;
const SPREADS = [2, 60] as const;
const CLAIM_DAYS = { days: 1_096, lastDay: '2021-08-29' };

interface Options {
  readonly millions: readonly number[];
  readonly objects: number;
  readonly claims: number;
  readonly threads: number;
}

/** Entry. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      millions: { type: 'string', default: '1,4,16' },
      objects: { type: 'string', default: '10000' },
      claims: { type: 'string', default: '100000000' },
      threads: { type: 'string', default: '2' },
      parts: { type: 'string', default: 'lines,objects,claims' },
    },
  });
  const options: Options = {
    millions: values.millions.split(',').map(Number),
    objects: Number(values.objects),
    claims: Number(values.claims),
    threads: Number(values.threads),
  };
  const parts = values.parts.split(',');
  const windows: Row[] = [];
  const sizes = parts.includes('lines') ? options.millions : [];
  for (const million of sizes) windows.push(await decided(million * 1_000_000, OBJECT_LINES, options.threads));
  if (parts.includes('objects')) windows.push(await decided(options.objects * FEW_LINES, FEW_LINES, options.threads));
  if (windows.length > 0) reportWindows(windows);
  const claims = parts.includes('claims') ? await deduped(options) : [];
  if (claims.length > 0) reportClaims(claims);
  const machine = { cores: availableParallelism(), node: process.version, load: loadavg() };
  console.log(JSON.stringify({ bench: 'growth', ...options, windows, claims, machine }));
}

/** Runs `work` in a folder that is removed. */
async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-growth-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Row extends Decided {
  readonly objects: number;
  /** Its objects are large. */
  readonly isLarge: boolean;
  /** CPU microseconds. */
  readonly usPerLine: number;
}

/** One window of so many lines, from seal to decision. */
const decided = (lines: number, objectLines: number, threads: number): Promise<Row> =>
  inFolder(async (folder) => {
    console.log(`generating ${lines} lines, ${objectLines} an object …`);
    const startMs = windowStart(windowAfter(0));
    const { ports, close } = await openDirectoryLake(folder, threads);
    const landed = await landTraffic(ports.store, { ...TRAFFIC, count: lines, startMs }, objectLines);
    close();
    const question: GrowthQuestion = { kind: 'decide', folder, window: windowAt(startMs), threads };
    const result = await inOwnProcess<GrowthQuestion, Decided>(PROGRAM)(question);
    const row = {
      ...result,
      objects: landed.length,
      isLarge: objectLines === OBJECT_LINES,
      usPerLine: (1_000 * result.cpuMs) / lines,
    };
    console.log(
      `${row.usPerLine.toFixed(1)} CPU µs a line, ${Math.round(row.rssMb)} MB, load ${loadavg()[0]?.toFixed(1)}`,
    );
    return row;
  });

interface ClaimRow extends Deduped {
  readonly spread: number;
}

/** For each spread a published window, and a later one that has some of its messages again; between them, the claims. */
const deduped = ({ claims, threads }: Options): Promise<readonly ClaimRow[]> =>
  inFolder(async (folder) => {
    const { ports, close } = await openDirectoryLake(folder, threads);
    const land = async (hours: number, days: number, count: number): Promise<Window> => {
      const startMs = windowStart(windowAfter(hours));
      const traffic: DeskTraffic = { ...TRAFFIC, repeats: 0, days, startMs, seed: days, count };
      await landMessages(ports.store, deskMessages(traffic), startMs, NEW_LINES);
      return windowAt(startMs);
    };
    for (const [hours, days] of SPREADS.entries()) {
      const window = await land(hours, days, AGAIN);
      await publishWindow(ports, { source: DESK.source, window });
    }
    const started = performance.now();
    const bytes = await addClaims(ports, { ...CLAIM_DAYS, count: claims }, 1_000);
    const s = ((performance.now() - started) / 1_000).toFixed(0);
    console.log(`${claims} claims in ${s} s, ${(bytes / claims).toFixed(1)} bytes each`);
    const rows: ClaimRow[] = [];
    for (const [i, spread] of SPREADS.entries()) {
      const window = await land(SPREADS.length + i, spread, NEW_LINES);
      const question: GrowthQuestion = { kind: 'dedupe', folder, window, threads };
      const result = await inOwnProcess<GrowthQuestion, Deduped>(PROGRAM)(question);
      if (result.duplicates !== AGAIN)
        throw new Error(`${result.duplicates} duplicates were found, ${AGAIN} there are`);
      rows.push({ ...result, spread });
    }
    close();
    return rows;
  });

function reportWindows(rows: readonly Row[]): void {
  const first = rows[0]?.usPerLine ?? NaN;
  console.log(
    '\n| lines | raw objects | wall | CPU µs a line | ÷ first | peak RSS | CPU µs a line, and the peak after it, by step |',
  );
  console.log('| ---: | ---: | ---: | ---: | ---: | ---: | --- |');
  for (const { lines, objects, wallMs, usPerLine, rssMb, steps, peaks } of rows) {
    const each = Object.entries(steps).map(
      ([step, ms]) => `${step} ${((1_000 * ms) / lines).toFixed(1)} (${peaks[step] ?? NaN} MB)`,
    );
    console.log(
      `| ${lines} | ${objects} | ${(wallMs / 1_000).toFixed(1)} s | ${usPerLine.toFixed(1)} | ${(usPerLine / first).toFixed(2)} | ${Math.round(rssMb)} MB | ${each.join(', ')} |`,
    );
  }
  // The window of many small objects is read object by object: it is shown, not held to be even.
  const even = rows.every(({ usPerLine, isLarge }) => !isLarge || Math.abs(usPerLine / first - 1) <= AIMS.within);
  const bounded = rows.every(({ rssMb }) => rssMb <= AIMS.rssMb);
  console.log(
    `\naim of even cost (±${100 * AIMS.within} %): ${word(even)}; of memory (${AIMS.rssMb} MB): ${word(bounded)}`,
  );
}

function reportClaims(rows: readonly ClaimRow[]): void {
  console.log(
    `\n| event days of ${NEW_LINES} messages | ledger files | first dedupe | later ones | their CPU | peak RSS |`,
  );
  console.log('| ---: | ---: | ---: | ---: | ---: | ---: |');
  const s = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;
  const later = ({ turns }: ClaimRow) => turns.slice(1);
  for (const row of rows)
    console.log(
      `| ${row.spread} | ${row.ledgerFiles} | ${s(row.turns[0]?.wallMs ?? NaN)} | ${s(median(later(row).map(({ wallMs }) => wallMs)))} | ${s(median(later(row).map(({ cpuMs }) => cpuMs)))} | ${Math.round(row.rssMb)} MB |`,
    );
  const met = rows.every((row) => median(later(row).map(({ wallMs }) => wallMs)) <= 1_000 * AIMS.dedupeS);
  console.log(`\naim of the dedupe (${AIMS.dedupeS} s, its ledger files on this machine): ${word(met)}`);
}

const word = (met: boolean): string => (met ? 'met' : 'not met');
