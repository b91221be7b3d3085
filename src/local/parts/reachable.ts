import { TransientError, messageOf } from '../../domain/errors.ts';

const ANSWER_MS = 3_000;

/** Throws TransientError within seconds where nothing answers at `host`; behind a proxy only the download itself can tell. */
export async function reachable(host: string, env: NodeJS.ProcessEnv): Promise<void> {
  if (['HTTPS_PROXY', 'https_proxy'].some((name) => Boolean(env[name]))) return;
  try {
    await fetch(host, { method: 'HEAD', signal: AbortSignal.timeout(ANSWER_MS) });
  } catch (error) {
    throw new TransientError(`${host} cannot be reached: ${messageOf((error as Error).cause ?? error)}`, {
      cause: error,
    });
  }
}
