/** `chatlake backfill`: shows the plan of a range, runs it or joins the run of it, and follows it. */
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowHandleWithStartDetails,
  type WorkflowHandle,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { Command } from 'commander';
import { backfillId } from '../domain/plans/backfill.ts';
import { planText } from '../domain/plans/backfill-text.ts';
import { PermanentError } from '../domain/errors.ts';
import { type BackfillInput, type BackfillSettings, readBackfillInput } from '../domain/inputs/backfill.ts';
import type { Config } from '../wiring/config.ts';
import { openClient } from '../wiring/temporal.ts';
import type { BackfillResult } from '../workflows/backfill.ts';
import { type Terminal, endOf, follow } from './follow-backfill.ts';
import { oneSource } from './source-option.ts';

/** What a running backfill can be told. */
const TOLD = ['pause', 'resume', 'cancel', 'publish', 'discard'] as const;

export interface BackfillOptions extends Partial<Record<(typeof TOLD)[number], boolean>> {
  readonly source: string;
  readonly receivedFrom?: string;
  readonly receivedTo?: string;
  readonly eventFrom?: string;
  readonly eventTo?: string;
  readonly rebuild?: boolean;
  readonly diff?: boolean;
  readonly dryRun?: boolean;
  readonly concurrency?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Adds the verb. `config` is read when it runs. */
export function addBackfill(
  program: Command,
  { config, print }: { readonly config: () => Config; readonly print: (text: string) => void },
): void {
  program
    .command('backfill')
    .description('run what is pending in a range of hours or days, or with --rebuild judge it again with today’s code')
    .addOption(oneSource())
    .option('--received-from <when>', 'first day or UTC hour of receipt, such as 2026-11-01 or 2026-11-01T05')
    .option('--received-to <when>', 'last day or hour of receipt')
    .option('--event-from <day>', 'first event day')
    .option('--event-to <day>', 'last event day')
    .option('--rebuild', 'judge published windows again; those that today’s code judged are left out')
    .option('--diff', 'with --rebuild: compare first; --publish or --discard then decide')
    .option('--dry-run', 'show the plan and change nothing')
    .option('--concurrency <n>', 'windows at the same time, at most 16; 2 unless given')
    .option('--yes', 'do not ask')
    .option('--pause', 'the running backfill of this range starts no more windows')
    .option('--resume', 'it goes on')
    .option('--cancel', 'it ends; windows at work end by themselves')
    .option('--publish', 'publish the compared rebuild as its diff shows')
    .option('--discard', 'end without publishing it')
    .option('--json', 'one JSON object')
    .action(async (options: BackfillOptions) => {
      const detach = new AbortController();
      const onInterrupt = (): void => detach.abort();
      process.once('SIGINT', onInterrupt);
      const terminal = {
        print,
        screen: process.stderr,
        detach: detach.signal,
        ...(process.stdin.isTTY && process.stderr.isTTY ? { confirm } : {}),
      };
      try {
        process.exitCode = await backfill(config(), options, terminal);
      } finally {
        process.off('SIGINT', onInterrupt);
      }
    });
}

async function confirm(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const interrupted = new AbortController();
  lines.once('SIGINT', () => interrupted.abort());
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `, interrupted)).trim());
  } catch (error) {
    if (interrupted.signal.aborted) return false;
    throw error;
  } finally {
    lines.close();
  }
}

/** Runs the verb; answers the exit code: 0 when nothing failed. Throws PermanentError for wrong use. */
export async function backfill(config: Config, options: BackfillOptions, terminal: Terminal): Promise<0 | 1> {
  const { source, receivedFrom, receivedTo, eventFrom, eventTo, rebuild, diff, concurrency } = options;
  const range = { source, receivedFrom, receivedTo, eventFrom, eventTo, rebuild, diff };
  const [byReceipt, byEvent] = [receivedFrom ?? receivedTo, eventFrom ?? eventTo];
  if ((byReceipt === undefined) === (byEvent === undefined))
    throw new PermanentError(
      'Give a range: --received-from and --received-to, or --event-from and --event-to; one end may be left open.',
    );
  const asked = readBackfillInput({
    ...range,
    concurrency: concurrency === undefined ? undefined : Number(concurrency),
    dryRun: options.dryRun,
  });
  const told = TOLD.filter((word) => options[word] === true);
  if (told.length > 1) throw new PermanentError(`--${told.join(' and --')} cannot be told at once; choose one`);
  const { client, close } = await openClient(config);
  try {
    const running = client.workflow.getHandle<BackfillWorkflow>(backfillId(asked));
    if (told[0] !== undefined) return await tell(running, told[0], terminal);
    if (asked.dryRun || !(await isRunning(running))) {
      const { plan } = await startAs(
        client,
        config,
        { ...asked, dryRun: true },
        `${backfillId(asked)}/plan-${randomUUID()}`,
      ).then((handle) => endOf(handle, terminal));
      if (asked.dryRun || plan.windows === 0) {
        terminal.print(options.json === true ? JSON.stringify(plan) : planText(plan));
        return 0;
      }
      if (options.json !== true) terminal.print(planText(plan));
      const isWanted = options.yes === true || ((await terminal.confirm?.('Start it?')) ?? true);
      if (!isWanted || terminal.detach.aborted) return 0;
    }
    const handle = await startAs(client, config, asked, running.workflowId).catch((error: unknown) => {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return running;
      throw error;
    });
    return await follow(handle, terminal, { json: options.json === true, howTo: commandOf(options) });
  } finally {
    await close();
  }
}

type BackfillWorkflow = (input: BackfillInput) => Promise<BackfillResult>;

const startAs = (
  client: Client,
  config: Config,
  asked: BackfillSettings,
  workflowId: string,
): Promise<WorkflowHandleWithStartDetails<BackfillWorkflow>> =>
  client.workflow.start<BackfillWorkflow>('backfill', {
    workflowId,
    taskQueue: config.CHATLAKE_TASK_QUEUE,
    args: [asked],
    staticSummary: `${asked.dryRun ? 'plans ' : ''}${workflowId.replace(/\/plan-.*/, '')}, asked by chatlake backfill`,
  });

async function isRunning(handle: WorkflowHandle): Promise<boolean> {
  try {
    return (await handle.describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

async function tell(handle: WorkflowHandle, word: (typeof TOLD)[number], { print }: Terminal): Promise<0> {
  if (!(await isRunning(handle)))
    throw new PermanentError(
      `${handle.workflowId} does not run, so it cannot be told to ${word}; give the options it was started with`,
    );
  await (word === 'cancel' ? handle.cancel() : handle.signal(word));
  print(`${handle.workflowId} was told to ${word}.`);
  return 0;
}

/** The options that name this backfill, as a person types them. */
function commandOf(options: BackfillOptions): string {
  const named = (['source', 'receivedFrom', 'receivedTo', 'eventFrom', 'eventTo'] as const).flatMap((name) => {
    const value = options[name];
    return value === undefined ? [] : [`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} ${value}`];
  });
  const flags = (['rebuild', 'diff'] as const).filter((name) => options[name] === true).map((name) => `--${name}`);
  return ['chatlake backfill', ...named, ...flags].join(' ');
}
