/**
 * Writing the rows of several Parquet files into fewer, unchanged. One implementation serves both engines: nothing is judged here, and
 * DuckDB, which reads for both, proves the result by reading it back.
 */
import { join } from 'node:path';
import { invariant } from '../../domain/errors.ts';
import { ROW_GROUP_ROWS } from '../../domain/sql.ts';
import { type Limits, type Session, countRows, identifier, list, literal, withSessionOver } from './duckdb/session.ts';

export interface RewriteJob {
  /** What is rewritten, as errors name it. */
  readonly what: string;
  readonly paths: readonly string[];
  /** Seals whose rows are left out; absent: none. */
  readonly without?: readonly string[];
  /** Columns that order the rows; together they tell every row apart, so the same rows give the same bytes. */
  readonly order: readonly [string, ...string[]];
  /** A column by whose values rows are counted before and after. */
  readonly countedBy: string;
  /** Rows after which another file begins, at the next value of the first column of `order`; absent: one file. */
  readonly rowsPerFile?: number;
  /** An empty folder that receives the files. */
  readonly outFolder: string;
}

export interface RewrittenFile {
  readonly path: string;
  readonly rows: number;
  /** First and last value of the first column of `order`. */
  readonly first: string;
  readonly last: string;
}

export interface Rewriter {
  /** Writes the files, in order. Throws InvariantViolation unless they hold exactly the rows they came from: every column, any order. */
  rewrite(job: RewriteJob): Promise<readonly RewrittenFile[]>;
}

/** The rewriter, bounded by `limits`. */
export const createRewriter = (limits: Limits): Rewriter => ({
  rewrite: (job) => withSessionOver(job.paths, limits, job.outFolder, (session) => rewrite(session, job)),
});

async function rewrite(session: Session, job: RewriteJob): Promise<readonly RewrittenFile[]> {
  await session.run(`CREATE TEMP VIEW before AS ${relation(job.paths)} ${withoutSeals(job)}`);
  const files: RewrittenFile[] = [];
  const key = identifier(job.order[0]);
  for (const part of await partsOf(session, job)) {
    const path = join(job.outFolder, `part-${files.length}.parquet`);
    await session.run(
      `COPY (SELECT * FROM before WHERE ${key} BETWEEN ${literal(part.first)} AND ${literal(part.last)} ORDER BY ${job.order.map(identifier).join(', ')})
       TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_ROWS})`,
    );
    files.push({ path, ...part, rows: await countRows(session, path) });
  }
  await session.run(`CREATE TEMP VIEW after AS ${relation(files.map(({ path }) => path))}`);
  await proveSame(session, job);
  return files;
}

const relation = (paths: readonly string[]): string =>
  `SELECT * FROM read_parquet(${list(paths)}, union_by_name = true, hive_partitioning = false)`;

const withoutSeals = ({ without = [] }: RewriteJob): string =>
  without.length === 0 ? '' : `WHERE _seal NOT IN (${without.map(literal).join(', ')})`;

/** Ranges of the first ordering column, cut after `rowsPerFile` rows; a value is never in two of them. */
async function partsOf(session: Session, { order: [first], rowsPerFile }: RewriteJob) {
  const key = identifier(first);
  const part = rowsPerFile === undefined ? '0' : `(sum(n) OVER (ORDER BY key) - n) // ${rowsPerFile}`;
  const rows = await session.rows(`
    SELECT min(key)::VARCHAR AS first, max(key)::VARCHAR AS last FROM (
      SELECT key, ${part} AS part FROM (SELECT ${key} AS key, count(*) AS n FROM before GROUP BY ALL))
    GROUP BY part ORDER BY first`);
  return rows.map((row) => ({ first: String(row['first']), last: String(row['last']) }));
}

/** Types, counts per value of `countedBy`, and a sum of hashes over all columns, which no order of rows changes. */
async function proveSame(session: Session, { what, countedBy }: RewriteJob): Promise<void> {
  const [columns, written] = [await describe(session, 'before'), await describe(session, 'after')];
  invariant(columns.join() === written.join(), `${what}: columns ${columns.join()} became ${written.join()}`);
  const all = columns.map((column) => identifier(column.slice(0, column.indexOf(' ')))).join(', ');
  const sums = (view: string): string =>
    `(SELECT ${identifier(countedBy)} AS value, count(*) AS n, sum(hash(${all})) AS sum FROM ${view} GROUP BY ALL)`;
  const [different] = await session.rows(`
    SELECT coalesce(b.value, a.value) AS value, b.n::VARCHAR AS before, a.n::VARCHAR AS after
    FROM ${sums('before')} b FULL JOIN ${sums('after')} a ON b.value IS NOT DISTINCT FROM a.value
    WHERE b.n IS DISTINCT FROM a.n OR b.sum IS DISTINCT FROM a.sum LIMIT 1`);
  invariant(
    different === undefined,
    `${what}: the rows of ${String(different?.['value'])} changed on the way (${String(different?.['before'])} before, ${String(different?.['after'])} after); nothing was replaced`,
  );
}

async function describe(session: Session, view: string): Promise<readonly string[]> {
  const rows = await session.rows(`DESCRIBE SELECT * FROM ${view}`);
  return rows.map((row) => `${String(row['column_name'])} ${String(row['column_type'])}`);
}
