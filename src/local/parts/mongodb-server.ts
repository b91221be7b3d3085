/** MongoDB, or its stand-in, started on this machine: it listens on loopback, and takes nobody without the password of the data folder. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Document, MongoClient, MongoServerError } from 'mongodb';
import type { PartContext, Program, ReadyPart } from './context.ts';
import { untilReady } from './ready.ts';
import type { StackFile } from './types.ts';
import { SECANTUS_WHEEL } from './wheels.ts';

export type Entry = StackFile['mongodb'];
export type MongodbProgram = Program & { readonly kind: 'mongod' | 'secantus' };

export const DATABASE = 'chatlake';
const REPLICA_SET = 'chatlake';
const USER = 'chatlake';
/** What chatlake does with its databases, whatever they are called, and with the set; it makes no other user. */
const ROLES = ['readWriteAnyDatabase', 'dbAdminAnyDatabase', 'clusterManager'];
const AUTHENTICATION_FAILED = 18;
const USER_LIMIT_MS = 60_000;

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
  // A replica set wants a key among its members before it asks for passwords; with the key it does.
  const keyFile = join(context.dir, 'mongodb.key');
  writeFileSync(keyFile, context.secrets.mongodbKey, { mode: 0o600 });
  const listen = ['--port', String(place.port), '--bind_ip', '127.0.0.1'];
  const child = context.children.start({
    name: 'mongodb',
    what: 'MongoDB',
    command,
    args: ['--dbpath', place.folder, ...listen, '--replSet', REPLICA_SET, '--keyFile', keyFile],
    env: context.env,
  });
  await untilReady(child, () => comeUp(place));
  return ready(place, { chosen: 'MongoDB', version, origin, licence: 'SSPL-1.0', why: `${why}; wants a password` });
}

async function secantus(
  context: PartContext,
  { command, version, origin: folder }: Program,
  why: string,
): Promise<ReadyPart<Entry>> {
  const place = await makePlace(context, 'secantusdb');
  await giveSecantusItsUser(context, command, folder, place);
  const options = ['--host', '127.0.0.1', '--port', String(place.port), '--storage-path', place.folder];
  const child = context.children.start({
    name: 'mongodb',
    what: 'SecantusDB',
    command,
    // Without --sync-on-commit acknowledged documents are lost when it is killed.
    args: [join(folder, 'bin', 'secantusd-py'), ...options, '--auth', '--sync-on-commit'],
    env: context.env,
    give: { PYTHONPATH: folder },
  });
  await untilReady(child, () => withClient(place.uri, (client) => client.db(DATABASE).command({ ping: 1 })));
  return ready(place, {
    ...{ chosen: 'SecantusDB, not MongoDB', version, licence: 'GPL-2.0' },
    origin: `PyPI wheel ${SECANTUS_WHEEL.project}, SHA-256 pinned`,
    why: `${why}; a beta stand-in for development and tests; wants a password`,
  });
}

interface Place {
  readonly port: number;
  readonly folder: string;
  readonly password: string;
  readonly uri: string;
}

/** The two servers' files are not alike, so each has a folder of its own. */
async function makePlace(context: PartContext, name: string): Promise<Place> {
  const port = await context.ports.claim('mongodb', 27017, 'MongoDB');
  const folder = join(context.dir, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { mongodbPassword: password } = context.secrets;
  return { port, folder, password, uri: `mongodb://${USER}:${password}@${addressOf(port)}/${OPTIONS}` };
}

const OPTIONS = '?authSource=admin&directConnection=true';
const addressOf = (port: number): string => `127.0.0.1:${port}`;

function ready(place: Place, choice: Omit<ReadyPart<Entry>['choice'], 'part' | 'address'>): ReadyPart<Entry> {
  return {
    entry: { uri: place.uri, database: DATABASE },
    choice: { part: 'MongoDB', ...choice, address: addressOf(place.port) },
  };
}

/** One step towards a server that takes writes with its password, and nothing without; throws until it is there. */
async function comeUp(place: Place): Promise<void> {
  try {
    await withClient(place.uri, (client) => becomePrimary(client, addressOf(place.port)));
  } catch (error) {
    if (!(error instanceof MongoServerError && error.code === AUTHENTICATION_FAILED)) throw error;
    await withClient(`mongodb://${addressOf(place.port)}/?directConnection=true`, (client) => begin(client, place));
    throw new Error('it has got its user only now', { cause: error });
  }
}

/** As long as it knows no user, MongoDB lets this machine make a one-node set (transactions and change streams need one) and the first user. */
async function begin(client: MongoClient, { port, password }: Place): Promise<void> {
  const admin = client.db('admin');
  const hello = await admin.command({ hello: 1 });
  if (hello['isreplicaset'] === true)
    await admin.command({ replSetInitiate: { _id: REPLICA_SET, members: [{ _id: 0, host: addressOf(port) }] } });
  else if (hello['isWritablePrimary'] === true)
    await admin.command({ createUser: USER, pwd: password, roles: ROLES, mechanisms: ['SCRAM-SHA-256'] });
}

/** Throws until it takes writes. */
async function becomePrimary(client: MongoClient, host: string): Promise<void> {
  const admin = client.db('admin');
  const { config } = (await admin.command({ replSetGetConfig: 1 })) as {
    config: Document & { version: number; members: { host: string }[] };
  };
  // An earlier start may have listened on another port.
  if (config.members[0]?.host !== host) {
    const moved = { ...config, members: [{ _id: 0, host }], version: config.version + 1 };
    await admin.command({ replSetReconfig: moved, force: true });
  }
  const hello = await admin.command({ hello: 1 });
  if (hello['isWritablePrimary'] !== true) throw new Error('it is not the primary yet');
}

/** Writes the user into SecantusDB's files while it does not run: it lets nobody make the first one over the network once it wants a password. */
const SECANTUS_USER = `import os, sys
from secantus.auth import derive_credentials
from secantus.storage import Storage

folder, user, *roles = sys.argv[1:]
mechanism = "SCRAM-SHA-256"
credentials = derive_credentials(os.environ["MONGODB_PASSWORD"], mechanism=mechanism, username=user).to_doc()
storage = Storage(folder)
record = {"_id": "admin." + user, "user": user, "db": "admin", "credentials": credentials, "mechanisms": [mechanism]}
storage.add_user("admin", user, {**record, "roles": [{"role": role, "db": "admin"} for role in roles]}, replace=True)
storage.close()
`;

async function giveSecantusItsUser(
  context: PartContext,
  python: string,
  installed: string,
  { folder, password }: Place,
): Promise<void> {
  const mark = join(context.dir, 'secantusdb.user');
  const known = createHash('sha256').update(password).digest('hex');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === known) return;
  await context.children.run(
    {
      name: 'mongodb-user',
      what: 'giving SecantusDB its user',
      command: python,
      args: ['-c', SECANTUS_USER, folder, USER, 'readWriteAnyDatabase', 'dbAdminAnyDatabase', 'clusterAdmin'],
      env: context.env,
      give: { PYTHONPATH: installed, MONGODB_PASSWORD: password },
    },
    USER_LIMIT_MS,
  );
  writeFileSync(mark, known, { mode: 0o600 });
}

/** Lends a client that is closed afterwards. */
export async function withClient<T>(uri: string, use: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 2_000, connectTimeoutMS: 2_000 });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}
