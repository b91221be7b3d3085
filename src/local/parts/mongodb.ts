import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { MongoClient, MongoServerError, type Document } from 'mongodb';
import { SetupError } from '../../domain/errors.ts';
import type { PartContext, Program, ReadyPart } from './context.ts';
import { MONGODB_FETCH, MONGODB_VERSION, downloadedMongod } from './mongodb-download.ts';
import { onPath, printed, versionIn } from './programs.ts';
import { type Python, installWheel, pythonMend, wheelFetch } from './python.ts';
import { poll, untilReady } from './ready.ts';
import type { StackFile } from './types.ts';
import type { Plan, Way } from './ways.ts';
import { SECANTUS_WHEEL } from './wheels.ts';

type Entry = StackFile['mongodb'];

const DATABASE = 'chatlake';
const REPLICA_SET = 'chatlake';
const NOT_YET_INITIALIZED = 94;

export type MongodbProgram = Program & { readonly kind: 'mongod' | 'secantus' };

/** `mongod` on PATH, else MongoDB's own build, else SecantusDB, which speaks its protocol. */
export function planMongodb(context: PartContext, python: Python | undefined): Plan<MongodbProgram> {
  const { env } = context;
  const found = onPath('mongod', env);
  const ways: Way<MongodbProgram>[] = [];
  const mongod = async (command: string, origin: string): Promise<MongodbProgram> => {
    const version = versionIn(await printed(command, ['--version'], env));
    return { kind: 'mongod', command, version, origin };
  };
  if (found !== undefined)
    ways.push({ what: 'mongod on PATH', fetches: [], program: () => mongod(found, `${found} (PATH)`) });
  else {
    ways.push({
      what: `${MONGODB_FETCH.what}, official build`,
      fetches: [MONGODB_FETCH],
      program: async () => mongod(await downloadedMongod(context), `official build ${MONGODB_VERSION}`),
    });
  }
  if (found === undefined && python !== undefined && python.minor >= 10 && python.minor <= 13)
    ways.push(bySecantus(context, python));
  const missing = found === undefined ? ['no `mongod` on PATH'] : [];
  return { part: 'MongoDB', ways, missing, mend: `${pythonMend(env)}; or set MONGODB_URI` };
}

function bySecantus(context: PartContext, python: Python): Way<MongodbProgram> {
  const fetch = wheelFetch(SECANTUS_WHEEL, python);
  return {
    what: `${fetch.what}, PyPI wheel, a beta stand-in`,
    ...{ fetches: [fetch], standIn: true },
    program: async () => ({
      ...{ kind: 'secantus', command: python.path, version: SECANTUS_WHEEL.version },
      origin: await installWheel(context, python, SECANTUS_WHEEL),
    }),
  };
}

/** Ready when it answers and takes writes. */
export function startMongodb(context: PartContext, program: MongodbProgram, why: string): Promise<ReadyPart<Entry>> {
  return program.kind === 'mongod' ? real(context, program, why) : secantus(context, program, why);
}

async function real(
  context: PartContext,
  { command, version, origin }: Program,
  why: string,
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
  return ready(place, { chosen: 'MongoDB', version, origin, licence: 'SSPL-1.0', why });
}

async function secantus(
  context: PartContext,
  { command, version, origin: folder }: Program,
  why: string,
): Promise<ReadyPart<Entry>> {
  const place = await makePlace(context, 'secantusdb');
  const options = ['--host', '127.0.0.1', '--port', String(place.port), '--storage-path', place.folder];
  const child = context.children.start({
    name: 'mongodb',
    what: 'SecantusDB',
    command,
    // Without --sync-on-commit acknowledged documents are lost when it is killed.
    args: [join(folder, 'bin', 'secantusd-py'), ...options, '--sync-on-commit'],
    env: context.env,
    give: { PYTHONPATH: folder },
  });
  await untilReady(child, () => withClient(place.uri, (client) => client.db(DATABASE).command({ ping: 1 })));
  return ready(place, {
    ...{ chosen: 'SecantusDB, not MongoDB', version, licence: 'GPL-2.0' },
    origin: `PyPI wheel ${SECANTUS_WHEEL.project}, SHA-256 pinned`,
    why: `${why}; a beta stand-in for development and tests`,
  });
}

interface Place {
  readonly port: number;
  readonly folder: string;
  readonly uri: string;
}

/** The two servers' files are not alike, so each has a folder of its own. */
async function makePlace(context: PartContext, name: string): Promise<Place> {
  const port = await context.ports.claim('mongodb', 27017, 'MongoDB');
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

/** A server of somebody else's. */
export async function mongodbByAddress(env: NodeJS.ProcessEnv, uri: string): Promise<ReadyPart<Entry>> {
  const database = env['MONGODB_DATABASE'] || DATABASE;
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
