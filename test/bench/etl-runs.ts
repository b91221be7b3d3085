/** One measured run, raw objects to published files, in a process of its own; and what it made, as numbers that can be compared. */
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createDuckDbEngine } from '../../src/adapters/engine/duckdb/index.ts';
import { identifier, literal, withSession } from '../../src/adapters/engine/duckdb/session.ts';
import type { Engine, LocalRaw } from '../../src/adapters/engine/engine.ts';
import { createNodeEngine } from '../../src/adapters/engine/node/index.ts';
import { NO_MOVES } from '../../src/domain/judge/cleanse.ts';
import { tableColumns } from '../../src/domain/sources/contract.ts';
import { DESK } from '../../src/domain/sources/desk/contract.ts';
import { LEDGER_COLUMNS } from '../../src/domain/formats/ledger.ts';
import { peakMb } from '../support/measured.ts';
import { answerParent } from '../support/own-process.ts';
import { copyLedger, copyTables, statement } from './etl-statement.ts';

export type Way = 'engine' | 'statement' | 'node';

export interface RunPlan {
  readonly way: Way;
  readonly objects: readonly LocalRaw[];
  /** Lines of one `cleanse` call. */
  readonly chunkLines: number;
  /** An empty folder of this run. */
  readonly folder: string;
  readonly memoryMb: number;
  readonly threads: number;
}

export interface RunResult {
  readonly wallS: number;
  readonly cpuS: number;
  /** Peak of the whole process, Node included. */
  readonly rssMb: number;
  readonly rows: number;
  readonly tableBytes: number;
  readonly ledgerBytes: number;
  /** CPU seconds of each. */
  readonly steps: Readonly<Record<string, number>>;
  /** Counts by verdict and reason, and hashes of all rows that do not depend on their order. */
  readonly made: { readonly rows: { readonly n: number; readonly hash: string } } & Readonly<Record<string, unknown>>;
}

const SEAL = 'desk-2025-11-01T12-g0001';
const KEY = { id: 'k1', secret: new Uint8Array(32).fill(7) };

/** Runs a plan, measures it, then looks at what it made. */
async function measure(plan: RunPlan): Promise<RunResult> {
  const tables = join(plan.folder, 'tables');
  mkdirSync(tables);
  const ledger = join(plan.folder, 'ledger.parquet');
  const steps: Record<string, number> = {};
  const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const before = process.cpuUsage();
    const result = await work();
    const { user, system } = process.cpuUsage(before);
    steps[name] = (steps[name] ?? 0) + (user + system) / 1e6;
    return result;
  };
  const start = performance.now();
  const cpu = process.cpuUsage();
  if (plan.way === 'statement') await runStatement(plan, tables, ledger, timed);
  else await runEngine(plan, tables, ledger, timed);
  const used = process.cpuUsage(cpu);
  const costs = {
    wallS: (performance.now() - start) / 1000,
    cpuS: (used.user + used.system) / 1e6,
    rssMb: peakMb(),
    steps,
  };
  const files = readdirSync(tables).map((name) => statSync(join(tables, name)).size);
  const made = await look(plan.folder, tables, ledger);
  return {
    ...costs,
    rows: made.rows.n,
    tableBytes: files.reduce((sum, size) => sum + size, 0),
    ledgerBytes: statSync(ledger).size,
    made,
  };
}

type Timed = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/** As the activities call it: `cleanse` per chunk of objects, one `dedupe`, one `compress`. */
async function runEngine(plan: RunPlan, tables: string, ledger: string, timed: Timed): Promise<void> {
  const engine: Engine = plan.way === 'node' ? createNodeEngine(KEY) : createDuckDbEngine(plan, KEY);
  const seals = [{ name: SEAL, objects: plan.objects.map(({ key }) => key) }];
  const job = { contract: DESK, moves: NO_MOVES, run: SEAL, seals, revision: 0 };
  const staged: string[] = [];
  for (const [i, objects] of chunksOf(plan).entries()) {
    const scratch = join(plan.folder, `scratch-${i}`);
    mkdirSync(scratch);
    const out = join(plan.folder, `staged-${i}.parquet`);
    await timed('cleanse', () => engine.cleanse({ ...job, objects, out, scratch }));
    staged.push(out);
  }
  const decided = await timed('dedupe', () =>
    engine.dedupe({ ...job, staged, claims: [], out: ledger, scratch: plan.folder }),
  );
  const [first, last] = [decided.days[0], decided.days.at(-1)];
  if (first === undefined || last === undefined) return;
  const days = { from: first.date, to: last.date };
  await timed('compress', () => engine.compress({ ...job, staged, ledger, days, outFolder: tables }));
}

function chunksOf(plan: RunPlan): LocalRaw[][] {
  const chunks: LocalRaw[][] = [];
  let room = 0;
  for (const object of plan.objects) {
    if (object.lines > room) {
      chunks.push([]);
      room = plan.chunkLines;
    }
    chunks.at(-1)?.push(object);
    room -= object.lines;
  }
  return chunks;
}

async function runStatement(plan: RunPlan, tables: string, ledger: string, timed: Timed): Promise<void> {
  const job = {
    paths: plan.objects.map(({ path }) => path),
    keys: plan.objects.map(({ key }) => key),
    seal: SEAL,
    keyId: KEY.id,
    secret: KEY.secret,
    tables,
    ledger,
  };
  await withSession(plan, plan.folder, async (session) => {
    await timed('statement', () => session.run(statement(job)));
    await timed('tables', () => session.run(copyTables(job)));
    await timed('ledger', () => session.run(copyLedger(job)));
  });
}

/** Not measured: reads everything back. */
async function look(folder: string, tables: string, ledger: string): Promise<RunResult['made']> {
  const tally = (columns: readonly string[]): string =>
    `count(*)::INTEGER AS n, sum(hash(concat_ws(chr(31), ${columns.map((name) => `coalesce(${name}::VARCHAR, chr(30))`).join(', ')})))::VARCHAR AS hash`;
  const rows = tally(tableColumns(DESK.tables[0]).map((column) => identifier(column.name)));
  // The statement does not say at which path a body is broken, only why.
  const verdicts = tally(
    LEDGER_COLUMNS.filter((column) => column.name !== 'field').map((column) => identifier(column.name)),
  );
  return withSession({ memoryMb: 2048, threads: 2 }, folder, async (session) => ({
    rows: (
      await session.rows(
        `SELECT ${rows} FROM read_parquet(${literal(`${tables}/**/*.parquet`)}, hive_partitioning = false)`,
      )
    )[0] as RunResult['made']['rows'],
    ledger: (await session.rows(`SELECT ${verdicts} FROM read_parquet(${literal(ledger)})`))[0],
    counts: await session.rows(
      `SELECT verdict, reason, count(*)::INTEGER AS n FROM read_parquet(${literal(ledger)}) GROUP BY ALL ORDER BY ALL`,
    ),
  }));
}

answerParent(measure);
