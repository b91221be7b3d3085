/** MongoDB, or its stand-in, started on this machine: it listens on loopback, and takes nobody without the password of the data folder. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PartContext, Program, ReadyPart } from './context.ts';
import { DATABASE, type Entry, type Place, REPLICA_SET, USER, addressOf, makePlace } from './mongodb-place.ts';
import { untilReady } from './ready.ts';
import { SECANTUS_WHEEL } from './wheels.ts';

export type MongodbProgram = Program & { readonly kind: 'mongod' | 'secantus' };

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
  await untilReady(child, async () => (await import('./mongodb-client.ts')).comeUp(place));
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
  await untilReady(child, async () => (await import('./mongodb-client.ts')).versionOf(place.uri, DATABASE));
  return ready(place, {
    ...{ chosen: 'SecantusDB, not MongoDB', version, licence: 'GPL-2.0' },
    origin: `PyPI wheel ${SECANTUS_WHEEL.project}, SHA-256 pinned`,
    why: `${why}; a beta stand-in for development and tests; wants a password`,
  });
}

function ready(place: Place, choice: Omit<ReadyPart<Entry>['choice'], 'part' | 'address'>): ReadyPart<Entry> {
  return {
    entry: { uri: place.uri, database: DATABASE },
    choice: { part: 'MongoDB', ...choice, address: addressOf(place.port) },
  };
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
