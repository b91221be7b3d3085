/** Raw objects on the local disk, both engines over them, and comparisons of what they wrote. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createDuckDbEngine } from '../../../src/adapters/engine/duckdb/index.ts';
import { literal, withSession } from '../../../src/adapters/engine/duckdb/session.ts';
import type {
  CompressedFile,
  DayRange,
  DedupeResult,
  Engine,
  JudgedSeal,
  LocalRaw,
} from '../../../src/adapters/engine/engine.ts';
import { createNodeEngine } from '../../../src/adapters/engine/node/index.ts';
import { NO_MOVES } from '../../../src/domain/judge/cleanse.ts';
import type { Contract } from '../../../src/domain/sources/contract.ts';
import { DESK } from '../../../src/domain/sources/desk/contract.ts';
import { rawKey } from '../../../src/domain/formats/layout.ts';
import { type ReceivedMessage, encodeRawLine } from '../../../src/domain/formats/raw.ts';
import { windowAt } from '../../../src/domain/window.ts';

export const KEY = { id: 'k1', secret: new Uint8Array(32).fill(7) };
export const SEAL = 'desk-2025-11-01T12-g0001';
/** 2025-11-01T12:26:40Z */
export const START_MS = 1_762_000_000_000;
/** Event days, all of them. */
export const ALL_DAYS = { from: '0000-01-01', to: '9999-12-31' };

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export const engines = (key = KEY): readonly [Engine, Engine] => [
  createDuckDbEngine({ memoryMb: 512, threads: 2 }, key),
  createNodeEngine(key),
];

/** A folder for one test; the system's temporary folder outlives it. */
export const folder = async (): Promise<string> => mkdtemp(join(tmpdir(), 'engine-'));

/** A received message of a body. */
export const message = (
  id: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): ReceivedMessage => ({
  id,
  receivedAt: START_MS,
  headers,
  body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
});

/** Writes messages as raw objects of `perObject` lines. */
export function writeRaw(into: string, messages: Iterable<ReceivedMessage>, perObject: number): LocalRaw[] {
  const objects: LocalRaw[] = [];
  let lines: string[] = [];
  const flush = (): void => {
    if (lines.length === 0) return;
    const bytes = gzipSync(`${lines.join('\n')}\n`, { level: 1 });
    const key = rawKey({
      source: 'desk',
      window: windowAt(START_MS),
      openedAtMs: START_MS + objects.length,
      count: lines.length,
      size: lines.join('\n').length + 1,
      sha256: sha256(bytes),
    });
    const path = join(into, `${objects.length}-${randomBytes(3).toString('hex')}.ndjson.gz`);
    writeFileSync(path, bytes);
    objects.push({ key, path, lines: lines.length });
    lines = [];
  };
  for (const received of messages) {
    lines.push(encodeRawLine(received, lines.length, (bytes) => Buffer.from(bytes).toString('base64')));
    if (lines.length === perObject) flush();
  }
  flush();
  return objects;
}

export interface Run {
  readonly staged: readonly string[];
  readonly ledger: string;
  readonly decided: DedupeResult;
  readonly files: readonly CompressedFile[];
}

export interface RunOptions {
  readonly contract?: Contract;
  readonly chunks?: number;
  readonly claims?: readonly string[];
  /** One seal of this name holds all objects, unless several are given. */
  readonly seal?: string;
  readonly seals?: readonly JudgedSeal[];
  readonly revision?: number;
  /** Event days that compress takes; all unless given. */
  readonly days?: DayRange;
}

/** Cleanses objects chunk by chunk; returns the staged files. */
export async function stage(engine: Engine, objects: readonly LocalRaw[], options: RunOptions = {}): Promise<string[]> {
  const { contract = DESK, chunks = 1 } = options;
  const root = await folder();
  const size = Math.ceil(objects.length / chunks);
  const staged: string[] = [];
  for (let i = 0; i < objects.length; i += size) {
    const scratch = join(root, `scratch-${i}`);
    mkdirSync(scratch);
    const out = join(root, `staged-${i}.parquet`);
    await engine.cleanse({ contract, moves: NO_MOVES, objects: objects.slice(i, i + size), out, scratch });
    staged.push(out);
  }
  return staged;
}

/** Dedupes and compresses staged files. */
export async function decide(engine: Engine, staged: readonly string[], options: RunOptions = {}): Promise<Run> {
  const { contract = DESK, claims = [], seal = SEAL, revision = 0 } = options;
  const root = await folder();
  const outFolder = join(root, 'tables');
  mkdirSync(outFolder);
  const ledger = join(root, 'ledger.parquet');
  const seals = options.seals ?? [{ name: seal, objects: await rawKeysOf(staged) }];
  const decided = await engine.dedupe({
    run: seal,
    seals,
    revision,
    staged,
    claims,
    out: ledger,
    scratch: root,
  });
  const files = await engine.compress({
    contract,
    run: seal,
    staged,
    ledger,
    days: options.days ?? ALL_DAYS,
    outFolder,
  });
  return { staged, ledger, decided, files };
}

/** The raw objects whose lines are staged. */
export async function rawKeysOf(staged: readonly string[]): Promise<readonly string[]> {
  const rows = await query(`SELECT DISTINCT raw_key FROM ${parquet(staged)} ORDER BY ALL`);
  return rows.map((row) => String(row['raw_key']));
}

/** From raw objects to table files. */
export const run = async (engine: Engine, objects: readonly LocalRaw[], options: RunOptions = {}): Promise<Run> =>
  decide(engine, await stage(engine, objects, options), options);

/** Answers one query in a session of its own. */
export async function query(sql: string): Promise<readonly Record<string, unknown>[]> {
  return withSession({ memoryMb: 512, threads: 2 }, tmpdir(), (session) => session.rows(sql));
}

/** A Parquet file, or several, as a relation in their order. */
export const parquet = (paths: string | readonly string[]): string =>
  `read_parquet([${[paths].flat().map(literal).join(', ')}])`;

/** The first rows, place by place, in which two relations differ; empty when they hold the same rows in the same order. */
export async function differences(a: string, b: string): Promise<readonly Record<string, unknown>[]> {
  return query(
    `SELECT a, b FROM (SELECT * FROM ${a}) a POSITIONAL JOIN (SELECT * FROM ${b}) b WHERE a IS DISTINCT FROM b LIMIT 5`,
  );
}

/** Name and type of a relation's columns. */
export async function columnsOf(relation: string): Promise<readonly string[]> {
  const rows = await query(`DESCRIBE SELECT * FROM ${relation}`);
  return rows.map((row) => `${String(row['column_name'])} ${String(row['column_type'])}`);
}

/** What files are said to hold, wherever they lie. */
export const factsOf = (files: readonly CompressedFile[]) =>
  files.map(({ table, rows, seals, stats }) => ({ table, rows, seals, stats }));
