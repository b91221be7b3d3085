/** `npm run readers`: engines that others wrote read a small lake; what each sees against what chatlake's own log and DuckDB say. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { namedQueries } from '../../src/cli/queries.ts';
import { SetupError, messageOf } from '../../src/domain/errors.ts';
import { cached } from '../../src/local/parts/cache.ts';
import { fetchJars, readJars } from '../../src/local/parts/jars.ts';
import { onPath } from '../../src/local/parts/programs.ts';
import { openWorkbench } from '../support/one-part.ts';
import { ANALYSIS, READERS, SPARK, pinned, pythonWith } from '../support/python-readers.ts';
import { snippet } from '../support/query-doc.ts';
import { writeLake } from './lake.ts';
import { type Answer, type OwnTables, differences } from './verdict.ts';

const SCRIPT = fileURLToPath(new URL('read.py', import.meta.url));
const JARS = fileURLToPath(new URL('jars.txt', import.meta.url));
const POM = fileURLToPath(new URL('pom.xml', import.meta.url));
const ENGINES = ['duckdb', 'deltalake', 'polars', 'spark'];

/** Runs it and prints a table; true where every engine sees the same. Throws SetupError where an engine cannot be had. */
export async function main(): Promise<boolean> {
  const dir = mkdtempSync(join(tmpdir(), 'chatlake-readers-'));
  try {
    const jars = await deltaJars(dir);
    const run = await pythonWith(READERS, ANALYSIS, SPARK);
    const root = join(dir, 'lake');
    const own = await writeLake(root);
    const questions = [...namedQueries()].filter(([name]) => /^(desk|telegram)_/.test(name));
    const asked = {
      root,
      tables: Object.keys(own),
      files: Object.fromEntries(Object.entries(own).map(([name, { files }]) => [name, files])),
      questions: Object.fromEntries(questions.map(([name, { sql }]) => [name, sql])),
      statements: snippet('sql spark', { '/srv/lakes/chatlake/': `${root}/` }),
      settings: settings(dir, jars),
    };
    const see = async (engine: string): Promise<Answer> =>
      (await run(SCRIPT, { ...asked, engine }, { SPARK_LOCAL_DIRS: dir })) as Answer;
    const reference = await see('files');
    const rows: string[][] = [row(`${reference.engine}, chatlake's list of files`, own, reference, [])];
    let isSame = true;
    for (const engine of ENGINES) {
      const answer = await see(engine).catch((error: unknown) => messageOf(error).trim().split('\n').at(-1) ?? '');
      const differs = typeof answer === 'string' ? [`failed: ${answer}`] : differences(answer, reference, own);
      isSame &&= differs.length === 0;
      rows.push(
        typeof answer === 'string'
          ? [engine, '', '', '', '', differs.join()]
          : row(answer.engine, own, answer, differs),
      );
    }
    print([['engine', 'versions', 'rows', 'current', 'questions', 'verdict'], ...rows]);
    return isSame;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function row(engine: string, own: OwnTables, { tables, questions }: Answer, differs: readonly string[]): string[] {
  const seen = Object.keys(own).map((name) => tables[name]);
  const sum = (of: 'live' | 'current'): number => seen.reduce((total, table) => total + (table?.[of].rows ?? 0), 0);
  const versions = seen.map((table) => table?.version ?? '–').join(' ');
  const asked = Object.keys(questions).length;
  const verdict = differs.length === 0 ? 'same' : differs.join('; ');
  return [engine, versions, String(sum('live')), String(sum('current')), asked === 0 ? '–' : String(asked), verdict];
}

function print(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((cells) => cells[i]!.length)));
  for (const cells of rows)
    console.log(
      cells
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    );
}

/** Delta's own jars for Spark, pinned by SHA-256. Throws SetupError where there is no Java. */
async function deltaJars(dir: string): Promise<readonly string[]> {
  if (onPath('java', process.env) === undefined)
    throw new SetupError('Spark needs a Java: put a Java 17 or 21 on PATH.');
  const jars = readJars(JARS);
  const { context, children } = await openWorkbench(dir, process.env, console.log);
  try {
    const fetch = {
      name: `spark-delta-${pinned(SPARK, 'delta-spark')}`,
      what: 'Delta’s jars',
      from: 'Maven',
      megabytes: 9,
    };
    const folder = await cached(fetch, process.env, console.log, (target) => fetchJars(jars, target, context, POM));
    return jars.map(({ path }) => join(folder, basename(path)));
  } finally {
    await children.stopAll();
  }
}

/** What the page sets, and what keeps a run of a few rows small and to this machine. */
function settings(dir: string, jars: readonly string[]): Readonly<Record<string, string>> {
  const page = snippet('sh spark');
  const [artifact] = jars
    .map((jar) => /(delta-spark_[\d._]+)-([\d.]+)\.jar$/.exec(jar))
    .filter((found) => found !== null);
  const [, name, version] = artifact ?? [];
  if (!page.includes(`io.delta:${name}:${version}`)) throw new Error(`docs/query.md names another Delta than ${name}`);
  return {
    ...Object.fromEntries([...page.matchAll(/--conf (\S+?)=(\S+)/g)].map(([, key = '', value = '']) => [key, value])),
    'spark.jars': jars.join(','),
    'spark.sql.warehouse.dir': join(dir, 'warehouse'),
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.driver.host': '127.0.0.1',
    'spark.ui.enabled': 'false',
    'spark.ui.showConsoleProgress': 'false',
    'spark.sql.shuffle.partitions': '2',
    'spark.databricks.delta.snapshotPartitions': '2',
  };
}
