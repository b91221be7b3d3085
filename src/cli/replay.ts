/** `chatlake replay`: starts replayFailed and follows it to its end, a line per window. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Command } from 'commander';
import { PermanentError } from '../domain/errors.ts';
import { present } from '../domain/inputs/given.ts';
import { REPLAY_WINDOWS, readWindowName } from '../domain/inputs/replay-failed.ts';
import type { Config } from '../wiring/config.ts';
import { withClient } from '../wiring/temporal.ts';
import type { ReplayLine, ReplayResult } from '../workflows/replay-failed.ts';

export interface ReplayOptions {
  readonly all?: boolean;
  readonly source?: string;
  readonly json?: boolean;
}

const LOOK_MS = 500;
/** Of the workflow replayFailed, which cannot be imported here without its sandbox. */
const LINES_QUERY = 'lines';

/** Adds the verb. */
export function addReplay(
  program: Command,
  { config, print }: { readonly config: () => Config; readonly print: (text: string) => void },
): void {
  program
    .command('replay')
    .description('run windows again that failed or are not done; nothing that is done is done twice')
    .argument('[windows...]', 'such as desk/2026-11-22T03')
    .option('--all', 'everything the store says is not done')
    .option('--source <source>', 'with --all: of one source')
    .option('--json', 'one JSON object per window, then the sum')
    .action(async (windows: readonly string[], options: ReplayOptions) => {
      if ((await replay(config(), windows, options, print)) > 0) process.exitCode = 1;
    });
}

/** Replays, and returns how many windows failed. Throws PermanentError for wrong use. */
export async function replay(
  config: Config,
  windows: readonly string[],
  { all, source, json }: ReplayOptions,
  print: (text: string) => void,
): Promise<number> {
  if ((windows.length === 0) !== (all === true))
    throw new PermanentError('Name windows, such as desk/2026-11-22T03 (chatlake status lists them), or give --all.');
  for (const name of windows)
    if (readWindowName(name) === undefined)
      throw new PermanentError(`"${name}" is no window of a source; one looks like desk/2026-11-22T03.`);
  const show = (line: ReplayLine): void => print(json === true ? JSON.stringify(line) : lineText(line));
  return withClient(config, async (client) => {
    let failed = 0;
    const sum = { windows: 0, received: 0, running: 0 };
    const rest = [...windows];
    let after: string | undefined;
    for (let more = true; more;) {
      const named = all === true ? present({ source, after }) : { windows: rest.splice(0, REPLAY_WINDOWS) };
      const result = await follow(await start(client, config.CHATLAKE_TASK_QUEUE, named), show);
      failed += result.failed;
      sum.windows += result.windows;
      sum.received += result.counts.received;
      sum.running += result.running;
      // What failed stays; it stands in nobody's way.
      after = result.last;
      more = all === true ? result.more && after !== undefined : rest.length > 0;
    }
    print(
      json === true
        ? JSON.stringify({ ...sum, failed })
        : `${sum.windows} windows replayed, ${sum.received} messages published, ${sum.running} at work in other runs, ${failed} failed`,
    );
    return failed;
  });
}

const lineText = ({ window, outcome, why }: ReplayLine): string =>
  `${window}  ${outcome}${why === undefined ? '' : `: ${why}`}`;

type Handle = WorkflowHandle<() => Promise<ReplayResult>>;

const start = (client: Client, taskQueue: string, input: object): Promise<Handle> =>
  client.workflow.start('replayFailed', {
    workflowId: `replay/${randomUUID()}`,
    taskQueue,
    args: [input],
    staticSummary: 'chatlake replay',
  });

/** Shows lines as they come; a run that ended still answers. */
async function follow(handle: Handle, show: (line: ReplayLine) => void): Promise<ReplayResult> {
  let shown = 0;
  const showNew = async (): Promise<number> => {
    const lines = await handle.query<readonly ReplayLine[], [number]>(LINES_QUERY, shown);
    lines.forEach(show);
    shown += lines.length;
    return lines.length;
  };
  const end = { over: false };
  const result = handle.result().finally(() => (end.over = true));
  // Its failure is thrown below, where it is awaited.
  result.catch(() => undefined);
  while (!end.over) if ((await showNew()) === 0) await Promise.race([result.catch(() => undefined), sleep(LOOK_MS)]);
  const done = await result;
  while ((await showNew()) > 0);
  return done;
}
