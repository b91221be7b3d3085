/** Programs that others wrote: PyPI's deltalake, DuckDB's own Delta extension, Polars, Spark, a notebook's kernel, a bench's peers; kept in the cache of this machine. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { delimiter } from 'node:path';
import { promisify } from 'node:util';
import { SetupError, messageOf } from '../../src/domain/errors.ts';
import { cached } from '../../src/local/parts/cache.ts';
import { findPython } from '../../src/local/parts/python.ts';

const execute = promisify(execFile);

/** Packages that are installed together, once per machine. */
interface PackageSet {
  readonly name: string;
  readonly megabytes: number;
  readonly packages: readonly string[];
  /** Those of them that PyPI has no wheel of. */
  readonly fromSource?: string;
}

/** The duckdb-ext packages carry DuckDB's extensions as DuckDB has signed them; one that was altered does not load. */
export const READERS: PackageSet = {
  name: 'readers',
  megabytes: 120,
  packages: [
    'deltalake==1.6.6',
    'pyarrow==26.0.1',
    'duckdb==1.4.4',
    'duckdb-ext-delta==1.4.4.20260205',
    'duckdb-ext-httpfs==1.4.4.20260205',
  ],
};
/** What docs/query.md and docs/analysis.ipynb need besides, and what runs a notebook. */
export const ANALYSIS: PackageSet = {
  name: 'analysis',
  megabytes: 130,
  packages: ['polars==2.1.0', 'pandas==3.1.1', 'matplotlib==3.11.2', 'nbclient==0.11.0', 'ipykernel==7.4.0'],
};
/** What `npm run bench -- etl --peers` runs beside chatlake. */
export const PEERS: PackageSet = { name: 'peers', megabytes: 90, packages: ['dlt==1.31.0', 'pyarrow==26.0.1'] };
export const SPARK: PackageSet = {
  name: 'spark',
  megabytes: 450,
  packages: ['pyspark==4.1.1', 'delta-spark==4.3.1'],
  fromSource: 'pyspark',
};
const INSTALL_LIMIT_MS = 10 * 60_000;

/** The version that a set pins. */
export const pinned = ({ packages }: PackageSet, name: string): string =>
  packages.find((one) => one.startsWith(`${name}==`))!.slice(name.length + 2);

/** Runs a Python script over sets of packages: JSON in, JSON out. */
export type PythonScript = (script: string, input: unknown, env?: NodeJS.ProcessEnv) => Promise<unknown>;

/** Installs the sets once per machine and returns what runs scripts with them. Throws SetupError where Python or PyPI cannot be had. */
export async function pythonWith(...sets: readonly PackageSet[]): Promise<PythonScript> {
  const python = await findPython(process.env);
  if (python === undefined)
    throw new SetupError('This runs with Python packages: put a Python 3.10 to 3.13 with pip on PATH.');
  const folders: string[] = [];
  for (const set of sets) folders.push(await installed(set, python));
  return async (script, input, more = {}) => {
    const env = { ...process.env, PYTHONPATH: folders.join(delimiter), PYTHONNOUSERSITE: '1', ...more };
    const { stdout } = await execute(python.path, [script, JSON.stringify(input)], { env, maxBuffer: 64 << 20 });
    return JSON.parse(stdout) as unknown;
  };
}

/** What reads Delta tables. */
export const pythonReaders = (): Promise<PythonScript> => pythonWith(READERS);

function installed(set: PackageSet, python: { readonly path: string; readonly minor: number }): Promise<string> {
  const { packages, megabytes, fromSource } = set;
  const pins = createHash('sha256').update(packages.join()).digest('hex').slice(0, 12);
  const name = `python-${set.name}-${pins}-py3${python.minor}`;
  const fetch = { name, what: `the Python packages of ${set.name}`, from: 'PyPI', megabytes };
  return cached(fetch, process.env, console.log, async (target) => {
    const quiet = ['--quiet', '--disable-pip-version-check', '--no-compile', '--retries', '1'];
    const from = ['--only-binary', ':all:', ...(fromSource === undefined ? [] : ['--no-binary', fromSource])];
    try {
      await execute(python.path, ['-m', 'pip', 'install', ...quiet, ...from, '--target', target, ...packages], {
        timeout: INSTALL_LIMIT_MS,
      });
    } catch (error) {
      throw new SetupError(
        `This runs with ${packages.join(', ')}, which pip could not install: ${messageOf(error).slice(-160)}; connect this machine to PyPI, or to a mirror, once.`,
      );
    }
  });
}
