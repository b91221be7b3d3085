/** `chatlake telegram import`: starts the import of an export, shows how far it is, and says what became of it. */
import { randomUUID } from 'node:crypto';
import { relative, resolve, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type WorkflowHandle, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, defaultPayloadConverter } from '@temporalio/common';
import type { Command } from 'commander';
import type { ImportProgress } from '../activities/types.ts';
import { PermanentError, TransientError, messageOf } from '../domain/errors.ts';
import { readImportInput } from '../domain/inputs/telegram.ts';
import type { Config } from '../wiring/config.ts';
import { openClient } from '../wiring/temporal.ts';
import type { ImportResult, importExport } from '../workflows/import-export.ts';
import type { Terminal } from './follow-backfill.ts';
import { printable } from './printable.ts';

export interface ImportOptions {
  readonly zone?: string;
  readonly bot?: string;
  readonly account?: string;
  readonly json?: boolean;
}

type Shown = Pick<Terminal, 'print' | 'screen'>;

const LOOK_MS = 1_000;
/** Without a terminal, a line at most this often. */
const LINE_MS = 5_000;
const BAR = 24;

/** Adds `import` to the group of Telegram's verbs. `config` is read when it runs. */
export function addTelegramImport(telegram: Command, config: () => Config, shown: Shown): void {
  telegram
    .command('import')
    .description('import the result.json of a Telegram Desktop export; importing it again adds nothing twice')
    .argument('<file>', 'result.json in the folder of imports (IMPORT_DIR; with npm start .chatlake/imports)')
    .option('--zone <zone>', 'time zone of the computer that exported, such as America/Sao_Paulo; for old exports')
    .option('--bot <id>', 'numeric id of the bot the chats belong to; absent: the one the worker is configured for')
    .option(
      '--account <name>',
      'a word for the account that made it, the same for all its exports; needed for one private chat or basic group',
    )
    .option('--json', 'one JSON object')
    .action((file: string, options: ImportOptions) => telegramImport(config(), file, options, shown));
}

/** Runs the import as a workflow and waits for its end. Throws PermanentError in one sentence when the file cannot be used. */
export async function telegramImport(
  config: Config,
  file: string,
  { zone, bot, account, json }: ImportOptions,
  { print, screen }: Shown,
): Promise<void> {
  const input = readImportInput({ file: nameIn(config.IMPORT_DIR, file, process.cwd()), zone, bot, account });
  const { client, close } = await openClient(config);
  try {
    const handle = await client.workflow.start<typeof importExport>('importExport', {
      workflowId: `import-${randomUUID()}`,
      taskQueue: config.CHATLAKE_TASK_QUEUE,
      args: [input],
      staticSummary: 'a Telegram Desktop export into raw, asked by chatlake telegram import',
    });
    const over = new AbortController();
    const watching = watch(handle, over.signal, screen);
    const result = await handle
      .result()
      .catch((error: unknown) => {
        throw reasonOf(error, handle.workflowId);
      })
      .finally(() => {
        over.abort();
        return watching;
      });
    print(json === true ? JSON.stringify({ workflow: handle.workflowId, ...result }) : sentence(result));
  } finally {
    await close();
  }
}

/** The name in the folder of a path as a person gives it, seen from `cwd`. Throws PermanentError where it lies elsewhere. */
function nameIn(folder: string, path: string, cwd: string): string {
  for (const whole of [resolve(cwd, path), resolve(folder, path)]) {
    const name = relative(resolve(folder), whole);
    if (name !== '' && !name.startsWith('..') && resolve(folder, name) === whole) return name.split(sep).join('/');
  }
  throw new PermanentError(`Exports are imported from the folder ${folder} (IMPORT_DIR): put it there, then name it.`);
}

/** The failure at the bottom of the workflow's own, which says what is wrong and what to do. */
function reasonOf(error: unknown, workflowId: string): unknown {
  if (!(error instanceof WorkflowFailedError)) return error;
  let cause: Error | undefined = error.cause;
  while (cause?.cause instanceof Error) cause = cause.cause;
  if (cause instanceof ApplicationFailure && cause.type === 'Permanent') return new PermanentError(cause.message);
  return new TransientError(
    `The import ended early: ${messageOf(cause)}; what is in raw is kept: look at workflow ${workflowId} in the Temporal UI, then import again.`,
  );
}

function sentence({ messages, chats, objects, ofUnknownChats }: ImportResult): string {
  const unknown =
    ofUnknownChats === 0
      ? ''
      : `\n${ofUnknownChats} of them are of chats whose type or id this version does not know; they will be quarantined, and a later version can use them.`;
  return [
    `${messages} message(s) of ${chats} chat(s) are in raw, in ${objects} object(s); a live run brings them into the tables within seconds, else the hourly etl.${unknown}`,
    ...LOOK_THEN,
  ].join('\n');
}

/** How to see what became of them. */
const LOOK_THEN = [
  'to see them: chatlake query "SELECT chat, count(*) AS messages, min(event_date) AS first, max(event_date) AS last FROM telegram_messages_current WHERE origin = \'import\' GROUP BY ALL"',
  'to see what could not be used: chatlake quarantine list --source telegram',
];

/** Redraws one line on a terminal, else prints one now and then. */
async function watch(handle: WorkflowHandle, over: AbortSignal, screen: Shown['screen']): Promise<void> {
  const clear = '\r\u001b[K';
  let shown = '';
  let shownAt = Date.now();
  const goesOn = (): boolean => !over.aborted;
  while (goesOn()) {
    await sleep(LOOK_MS, undefined, { signal: over }).catch(() => undefined);
    const text = goesOn() ? printable(await look(handle)) : shown;
    if (text === shown) continue;
    if (screen.isTTY) screen.write(`${clear}${text}`);
    else if (Date.now() - shownAt < LINE_MS) continue;
    else screen.write(`${text}\n`);
    shown = text;
    shownAt = Date.now();
  }
  if (screen.isTTY) screen.write(clear);
}

/** What the server knows of the run. It asks no worker, so that a missing one is seen. */
async function look(handle: WorkflowHandle): Promise<string> {
  try {
    const { raw, historyLength, taskQueue } = await handle.describe();
    const [slice] = raw.pendingActivities ?? [];
    if (slice?.lastFailure?.message) return `waiting: ${slice.lastFailure.message}`;
    const [beat] = slice?.heartbeatDetails?.payloads ?? [];
    if (beat !== undefined) return bar(defaultPayloadConverter.fromPayload<ImportProgress>(beat));
    return historyLength > 2 ? 'reading' : `waiting for a worker on the task queue ${taskQueue}`;
  } catch (error) {
    return `Temporal does not answer just now: ${messageOf(error)}`;
  }
}

function bar({ position, fileBytes, messages }: ImportProgress): string {
  const share = (position?.at ?? 0) / Math.max(1, fileBytes);
  const drawn = '█'.repeat(Math.floor(share * BAR)).padEnd(BAR, '░');
  return `${drawn} ${Math.floor(100 * share)} %  ${messages} messages`;
}
