/** Temporal's CLI as the SDK itself downloads it: where there is no Python for the pinned wheel. */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { TransientError } from '../../domain/errors.ts';
import { type Fetch, cached } from './cache.ts';
import type { PartContext } from './context.ts';
import { reachable } from './reachable.ts';

const HOST = 'https://temporal.download';
const DOWNLOAD_LIMIT_MS = 180_000;

/** Which version it is, the SDK knows. */
export const downloadFetch: Fetch = {
  ...{ name: 'temporal-cli-of-sdk-1.24.0', what: "Temporal's CLI", from: HOST, megabytes: 45 },
};

/** In a process of its own, so that a download which takes too long ends, and ends with us. It starts what it has fetched, and stops it. */
const SCRIPT = `const [library, downloadDir] = process.argv.slice(1);
const { TestWorkflowEnvironment } = require(library);
const executable = { type: 'cached-download', downloadDir };
TestWorkflowEnvironment.createLocal({ server: { executable, ip: '127.0.0.1' } }).then(
  (environment) => environment.teardown(),
  (error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);`;

/** The path of `temporal`, fetched once per machine. Throws TransientError, with the reason, within seconds where the host is out of reach. */
export async function downloadedTemporal(context: PartContext): Promise<string> {
  const library = createRequire(import.meta.url).resolve('@temporalio/testing');
  const folder = await cached(downloadFetch, context.env, context.log, async (target) => {
    await reachable(HOST, context.env);
    await context.children.run(
      {
        name: 'temporal-download',
        what: "the SDK's download of Temporal's CLI",
        command: process.execPath,
        args: ['--eval', SCRIPT, '--', library, target],
        env: context.env,
      },
      DOWNLOAD_LIMIT_MS,
    );
  });
  const program = readdirSync(folder).find((name) => name.startsWith('temporal'));
  if (program === undefined) throw new TransientError(`${folder} holds no program; remove it and start again`);
  return join(folder, program);
}
