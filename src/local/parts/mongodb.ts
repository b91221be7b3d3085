import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { MongoClient, MongoServerError, type Document } from 'mongodb';
import { SetupError, messageOf } from '../../domain/errors.ts';
import type { PartContext, ReadyPart } from './context.ts';
import { MONGODB_VERSION, downloadedMongod } from './mongodb-download.ts';
import { onPath, printed, versionIn } from './programs.ts';
import { findPython, installWheel } from './python.ts';
import { poll, untilReady } from './ready.ts';
import type { StackFile } from './types.ts';
import { SECANTUS_WHEEL } from './wheels.ts';

type Entry = StackFile['mongodb'];

const DATABASE = 'chatlake';
const REPLICA_SET = 'chatlake';
const NOT_YET_INITIALIZED = 94;

/** MongoDB by address, `mongod` from PATH or as downloaded, else the SecantusDB stand-in; ready when it answers and takes writes. */
export async function startMongodb(context: PartContext): Promise<ReadyPart<Entry>> {
  const { env } = context;
  if (env['MONGODB_URI']) return byAddress(env['MONGODB_URI'], env['MONGODB_DATABASE'] || DATABASE);
  const mongod = onPath('mongod', env);
  if (mongod !== undefined) return real(context, { command: mongod, origin: `${mongod} (PATH)`, why: 'found on PATH' });
  try {
    const command = await downloadedMongod(context);
    return await real(context, { command, origin: `official build ${MONGODB_VERSION}`, why: 'no `mongod` on PATH' });
  } catch (error) {
    return secantus(context, firstLine(messageOf(error)));
  }
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

async function real(
  context: PartContext,
  { command, origin, why }: { readonly command: string; readonly origin: string; readonly why: string },
): Promise<ReadyPart<Entry>> {
  const place = await makePlace(context, 'mongodb');
  const child = context.children.start({
    name: 'mongodb',
    what: 'MongoDB',
    command,
    args: ['--dbpath', place.folder, '--port', String(place.port), '--bind_ip', '127.0.0.1', '--replSet', REPLICA_SET],
    env: context.env,
  });
  await untilReady(child, () => withClient(place.uri, (client) => becomePrimary(client, `127.0.0.1:${place.port}`)));
  const version = versionIn(await printed(command, ['--version'], context.env));
  return ready(place, { chosen: 'MongoDB', version, origin, licence: 'SSPL-1.0', why });
}

async function secantus(context: PartContext, noMongod: string): Promise<ReadyPart<Entry>> {
  const mend = 'put `mongod` on PATH, or install Python 3.10 to 3.13 with pip, or set MONGODB_URI';
  const python = await findPython(context.env, 10, 13);
  if (!python) throw new SetupError(`MongoDB cannot be had here: ${mend}`);
  const folder = await installWheel(context, python, SECANTUS_WHEEL).catch((cause: unknown) => {
    throw new SetupError(`MongoDB cannot be had here: ${mend} (${messageOf(cause)})`, { cause });
  });
  const place = await makePlace(context, 'secantusdb');
  const program = join(folder, 'bin', 'secantusd-py');
  // Without --sync-on-commit acknowledged documents are lost when it is killed.
  const child = context.children.start({
    name: 'mongodb',
    what: 'SecantusDB',
    command: python.path,
    args: [
      program,
      '--host',
      '127.0.0.1',
      '--port',
      String(place.port),
      '--storage-path',
      place.folder,
      '--sync-on-commit',
    ],
    env: { ...context.env, PYTHONPATH: folder },
  });
  await untilReady(child, () => withClient(place.uri, (client) => client.db(DATABASE).command({ ping: 1 })));
  const origin = `PyPI wheel ${SECANTUS_WHEEL.project}`;
  const why = `no \`mongod\` on PATH; ${noMongod}; a beta stand-in for development and tests`;
  return ready(place, {
    chosen: 'SecantusDB, not MongoDB',
    version: SECANTUS_WHEEL.version,
    origin,
    licence: 'GPL-2.0',
    why,
  });
}

interface Place {
  readonly port: number;
  readonly folder: string;
  readonly uri: string;
}

/** The two servers' files are not alike, so each has a folder of its own. */
async function makePlace(context: PartContext, name: string): Promise<Place> {
  const port = await context.ports.claim(27017, 'MongoDB');
  const folder = join(context.dir, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return { port, folder, uri: `mongodb://127.0.0.1:${port}/?directConnection=true` };
}

function ready(place: Place, choice: Omit<ReadyPart<Entry>['choice'], 'part' | 'address'>): ReadyPart<Entry> {
  return {
    entry: { uri: place.uri, database: DATABASE },
    choice: { part: 'MongoDB', ...choice, address: `127.0.0.1:${place.port}` },
  };
}

/** One step towards a one-node replica set (transactions and change streams need one); throws until it takes writes. */
async function becomePrimary(client: MongoClient, host: string): Promise<void> {
  const admin = client.db('admin');
  const members = [{ _id: 0, host }];
  try {
    const { config } = (await admin.command({ replSetGetConfig: 1 })) as {
      config: Document & { version: number; members: { host: string }[] };
    };
    // An earlier start may have listened on another port.
    if (config.members[0]?.host !== host) {
      await admin.command({ replSetReconfig: { ...config, members, version: config.version + 1 }, force: true });
    }
  } catch (error) {
    if (!(error instanceof MongoServerError && error.code === NOT_YET_INITIALIZED)) throw error;
    await admin.command({ replSetInitiate: { _id: REPLICA_SET, members } });
  }
  const hello = await admin.command({ hello: 1 });
  if (hello['isWritablePrimary'] !== true) throw new Error('it is not the primary yet');
}

async function byAddress(uri: string, database: string): Promise<ReadyPart<Entry>> {
  let version = 'unknown';
  const failure = await poll(async () => {
    const info = await withClient(uri, (client) => client.db(database).command({ buildInfo: 1 }));
    version = versionIn(String(info['version']));
  }, 10_000);
  const address = withoutPassword(uri);
  if (failure !== undefined) {
    throw new SetupError(
      `MongoDB at ${address} (MONGODB_URI) cannot be used: ${failure}; correct the address, or unset it to start one here`,
    );
  }
  const choice = { chosen: 'given server', version, origin: 'MONGODB_URI', licence: '', why: 'an address always wins' };
  return { entry: { uri, database }, choice: { part: 'MongoDB', ...choice, address } };
}

function withoutPassword(uri: string): string {
  return uri.replace(/\/\/[^@/]*@/, '//');
}

async function withClient<T>(uri: string, use: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 2_000, connectTimeoutMS: 2_000 });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}
