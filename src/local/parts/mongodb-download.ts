/** The official build of MongoDB for this machine. mongodb-memory-server-core knows which archive fits which system, and checks it. */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { TransientError } from '../../domain/errors.ts';
import { type Fetch, cached } from './cache.ts';
import type { PartContext } from './context.ts';
import { reachable } from './reachable.ts';

export const MONGODB_VERSION = '8.0.15';

const HOST = 'https://fastdl.mongodb.org';
/** In the cache, and about its size. */
export const MONGODB_FETCH: Fetch = {
  ...{ name: `mongod-${MONGODB_VERSION}`, what: `MongoDB ${MONGODB_VERSION}`, from: HOST, megabytes: 90 },
};

const DOWNLOAD_LIMIT_MS = 180_000;

/** In a process of its own, so that a download which takes too long ends, and ends with us. */
const SCRIPT = `const [library, version, downloadDir] = process.argv.slice(1);
const { MongoBinary } = require(library);
MongoBinary.getPath({ version, downloadDir, checkMD5: true }).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});`;

/**
 * The path of a `mongod`, fetched once per machine. Throws TransientError, with the reason, where the download host cannot be reached
 * within seconds or the archive within minutes.
 */
export async function downloadedMongod(context: PartContext): Promise<string> {
  const library = createRequire(import.meta.url).resolve('mongodb-memory-server-core');
  const folder = await cached(MONGODB_FETCH, context.env, context.log, async (target) => {
    await reach(context.env);
    await context.children.run(
      {
        name: 'mongodb-download',
        what: `the download of MongoDB ${MONGODB_VERSION}`,
        command: process.execPath,
        args: ['--eval', SCRIPT, '--', library, MONGODB_VERSION, target],
        env: context.env,
        passes: /^MONGOMS_/,
      },
      DOWNLOAD_LIMIT_MS,
    );
  });
  const program = readdirSync(folder).find((name) => name.startsWith('mongod-'));
  if (program === undefined) throw new TransientError(`${folder} holds no mongod; remove it and start again`);
  return join(folder, program);
}

/** Behind a proxy, or with a mirror, only the download itself can tell. */
async function reach(env: NodeJS.ProcessEnv): Promise<void> {
  if (env['MONGOMS_DOWNLOAD_MIRROR']) return;
  await reachable(HOST, env);
}
