import { SetupError } from '../../domain/errors.ts';
import type { PartContext, ReadyPart } from './context.ts';
import { MONGODB_FETCH, MONGODB_VERSION, downloadedMongod } from './mongodb-download.ts';
import { onPath, printed, versionIn } from './programs.ts';
import { type Python, installWheel, mendOf, wheelFetch } from './python.ts';
import { DATABASE, type Entry } from './mongodb-place.ts';
import type { MongodbProgram } from './mongodb-server.ts';
import { poll } from './ready.ts';
import type { Plan, Way } from './ways.ts';
import { SECANTUS_WHEEL } from './wheels.ts';

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
  return { part: 'MongoDB', ways, missing, mend: mendOf(env, python, 'MONGODB_URI') };
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

/** A server of somebody else's. */
export async function mongodbByAddress(env: NodeJS.ProcessEnv, uri: string): Promise<ReadyPart<Entry>> {
  const database = env['MONGODB_DATABASE'] || DATABASE;
  let version = 'unknown';
  const { versionOf } = await import('./mongodb-client.ts');
  const failure = await poll(async () => {
    version = versionIn(await versionOf(uri, database));
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
