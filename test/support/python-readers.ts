/** Readers that others wrote: PyPI's deltalake and DuckDB's own Delta extension, kept in the cache of this machine. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SetupError, messageOf } from '../../src/domain/errors.ts';
import { cached } from '../../src/local/parts/cache.ts';
import { findPython } from '../../src/local/parts/python.ts';

const execute = promisify(execFile);

/** The duckdb-ext packages carry DuckDB's extensions as DuckDB has signed them; one that was altered does not load. */
const PACKAGES = [
  'deltalake==1.6.6',
  'pyarrow==26.0.1',
  'duckdb==1.4.4',
  'duckdb-ext-delta==1.4.4.20260205',
  'duckdb-ext-httpfs==1.4.4.20260205',
];
const VERSIONS = PACKAGES.slice(0, 3).map((name) => name.replace(/.*==/, ''));
const INSTALL_LIMIT_MS = 5 * 60_000;

/** Installs the readers once per machine. Returns what runs a script with them: JSON in, JSON out. */
export async function pythonReaders(): Promise<(script: string, input: unknown) => Promise<unknown>> {
  const python = await findPython(process.env);
  if (python === undefined)
    throw new SetupError('This test reads the lake with Python packages: put a Python 3.10 to 3.13 with pip on PATH.');
  const name = `python-readers-${VERSIONS.join('-')}-py3${python.minor}`;
  const fetch = { name, what: 'the Python readers', from: 'PyPI wheels', megabytes: 120 };
  const folder = await cached(fetch, process.env, console.log, async (target) => {
    const quiet = ['--quiet', '--disable-pip-version-check', '--retries', '1', '--only-binary', ':all:'];
    try {
      await execute(python.path, ['-m', 'pip', 'install', ...quiet, '--target', target, ...PACKAGES], {
        timeout: INSTALL_LIMIT_MS,
      });
    } catch (error) {
      throw new SetupError(
        `This test reads the lake with ${PACKAGES.join(', ')}, which pip could not install: ${messageOf(error).slice(-160)}; connect this machine to PyPI, or to a mirror, once.`,
      );
    }
  });
  return async (script, input) => {
    const env = { ...process.env, PYTHONPATH: folder, PYTHONNOUSERSITE: '1' };
    const { stdout } = await execute(python.path, [script, JSON.stringify(input)], { env, maxBuffer: 64 << 20 });
    return JSON.parse(stdout) as unknown;
  };
}
