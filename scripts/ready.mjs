// Makes a clone ready to run: installs packages and builds, each only when it has to.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const modified = (path) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Runs a command in the clone; ends this process with its exit code when it fails. */
export function run(command, args, env = {}) {
  const { status, signal } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (status !== 0) process.exit(status ?? (signal === null ? 1 : 130));
}

/** As run, but what it prints goes to stderr, so that stdout stays the caller's. */
function prepare(what, command, args) {
  process.stderr.write(`chatlake: ${what} …\n`);
  const started = Date.now();
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
  process.stderr.write(`chatlake: ${what} took ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}

const newest = (folder) =>
  Math.max(
    ...readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((e) => e.isFile())
      .map((e) => statSync(join(e.parentPath, e.name)).mtimeMs),
  );

/** Installs when the lock file is not the one that was installed. */
export function install() {
  const mark = join(root, 'node_modules/.chatlake-installed');
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === lock) return;
  // No package's script is run: all that is native comes ready-made, as packages of its own.
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  prepare('installing packages (about 500 MB on disk)', 'npm', ['ci', '--ignore-scripts', ...quiet]);
  writeFileSync(mark, lock);
}

/** Builds when a source is newer than the last build. */
export function build() {
  const sources = Math.max(
    newest('src'),
    modified('tsconfig.json'),
    modified('tsconfig.build.json'),
    modified('package-lock.json'),
  );
  if (modified('dist/workflow-bundle.js') > sources) return;
  prepare('building', 'npm', ['run', '--silent', 'build']);
}

/** Compiles the tests, for what is no jest test, and returns the address of one of the files made. */
export function compiledTests(file) {
  const out = 'dist-test';
  run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--outDir', out]);
  // The compiler leaves them behind.
  const left = [
    'src/local/activemq',
    'src/local/python',
    'docker/activemq',
    'queries',
    'test/readers',
    'test/bench/python',
  ];
  for (const folder of left) cpSync(join(root, folder), join(root, out, folder), { recursive: true });
  return pathToFileURL(join(root, out, file)).href;
}
