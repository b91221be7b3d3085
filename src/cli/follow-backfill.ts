/** Follows a running backfill: a bar on a terminal, else a line now and then; then says what became of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type WorkflowHandle, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { BackfillProgress } from '../domain/plans/backfill.ts';
import { diffText, planText, progressLine } from '../domain/plans/backfill-text.ts';
import { PermanentError, TransientError, messageOf } from '../domain/errors.ts';
import type { BackfillResult } from '../workflows/backfill.ts';

export interface Terminal {
  readonly print: (text: string) => void;
  /** Where progress goes. */
  readonly screen: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>;
  /** Whether to go on; absent where nobody can be asked. */
  readonly confirm?: (question: string) => Promise<boolean>;
  /** Aborted when the person wants their terminal back. */
  readonly detach: AbortSignal;
}

type Backfill = () => Promise<BackfillResult>;

const LOOK_MS = 1_000;
/** Without a terminal, a line this often. */
const LINE_MS = 5_000;

/** Looks on until it ends, or waits to be told `publish` or `discard`, or the person has seen enough. Answers the exit code. */
export async function follow(
  handle: WorkflowHandle<Backfill>,
  terminal: Terminal,
  { json, howTo }: { readonly json: boolean; readonly howTo: string },
): Promise<0 | 1> {
  const { print, detach } = terminal;
  const over = new AbortController();
  const stop = (): void => over.abort();
  detach.addEventListener('abort', stop, { once: true });
  if (detach.aborted) stop();
  const ended = handle.result().then(
    (result) => ({ result, error: undefined }),
    (error: unknown) => ({ result: undefined, error }),
  );
  void ended.then(stop);
  const last = await watch(handle, over.signal, terminal);
  if (detach.aborted) {
    print(`It goes on without you as ${handle.workflowId}. To follow it: ${howTo}; to end it: the same with --cancel.`);
    return 0;
  }
  if (last?.phase === 'deciding') {
    print(json ? JSON.stringify({ workflow: handle.workflowId, ...last }) : decideText(last, howTo));
    return 0;
  }
  const { result, error } = await ended;
  const final = result ?? resultIn(error);
  if (final === undefined) throw reasonOf(error, handle.workflowId);
  print(json ? JSON.stringify({ workflow: handle.workflowId, ...final }) : endText(final));
  return final.failed > 0 ? 1 : 0;
}

/** The result of a plan; a person who wants their terminal back ends it. */
export async function endOf(handle: WorkflowHandle<Backfill>, terminal: Terminal): Promise<BackfillResult> {
  const over = new AbortController();
  const watching = watch(handle, over.signal, terminal);
  const end = (): void => void handle.terminate('nobody waits for this plan').catch(() => undefined);
  terminal.detach.addEventListener('abort', end, { once: true });
  return handle
    .result()
    .catch((error: unknown) => {
      throw reasonOf(error, handle.workflowId);
    })
    .finally(() => {
      over.abort();
      return watching;
    });
}

/** Shows the progress until `over`, or until a person has to decide; answers what it saw last. */
async function watch(
  handle: WorkflowHandle<Backfill>,
  over: AbortSignal,
  { screen }: Terminal,
): Promise<BackfillProgress | undefined> {
  const clear = '\r\u001b[K';
  let seen: BackfillProgress | undefined;
  const goesOn = (): boolean => !over.aborted && seen?.phase !== 'deciding';
  while (goesOn()) {
    await sleep(screen.isTTY ? LOOK_MS : LINE_MS, undefined, { signal: over }).catch(() => undefined);
    if (over.aborted) break;
    let line: string;
    try {
      seen = await handle.query<BackfillProgress>('progress');
      line = progressLine(seen);
    } catch (error) {
      line = `no worker answers just now: ${messageOf(error)}`;
    }
    screen.write(screen.isTTY ? `${clear}${line}` : `${line}\n`);
  }
  if (screen.isTTY) screen.write(clear);
  return seen;
}

const endText = ({ outcome, done, failed, failures, counts, plan, behind = {} }: BackfillResult): string => {
  const { received, enriched, duplicates, quarantined } = counts;
  if (outcome === 'discarded') return 'Discarded: nothing was published.';
  if (plan.windows === 0) return planText(plan);
  return [
    `${done} window(s) done, ${failed} failed, ${plan.skipped} were done before; ${received} received = ${enriched} enriched + ${duplicates} duplicates + ${quarantined} quarantined.`,
    ...failures.map(({ window, reason }) => `failed ${window}: ${reason}`),
    ...Object.entries(behind).map(
      ([name, why]) => `${name} come later: ${why}; chatlake status says how far they are.`,
    ),
    ...(failed === 0 ? [] : ['Mend the cause and start the same backfill again: it takes only what is missing.']),
  ].join('\n');
};

const decideText = ({ diff, failed, decideBy }: BackfillProgress, howTo: string): string =>
  [
    ...(diff === null ? [] : diffText(diff)),
    ...(failed === 0 ? [] : [`${failed} window(s) could not be compared`]),
    `Nothing is published. To publish exactly that: ${howTo} --publish; else --discard; discarded by itself at ${decideBy ?? ''}.`,
  ].join('\n');

/** The result that a run with failed windows carries in its failure. */
function resultIn(error: unknown): BackfillResult | undefined {
  const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure) || cause.type !== 'WindowsFailed') return undefined;
  return cause.details?.[0] as BackfillResult | undefined;
}

/** The failure at the bottom of the workflow's own, which says what is wrong and what to do. */
function reasonOf(error: unknown, workflowId: string): unknown {
  if (!(error instanceof WorkflowFailedError)) return error;
  let cause: Error | undefined = error.cause;
  while (cause?.cause instanceof Error) cause = cause.cause;
  if (cause instanceof CancelledFailure)
    return new TransientError(`${workflowId} was cancelled; start it again for what is missing`);
  if (cause instanceof ApplicationFailure && ['Permanent', 'InvalidInput'].includes(cause.type ?? ''))
    return new PermanentError(cause.message);
  return new TransientError(
    `${workflowId} ended early: ${messageOf(cause)}; look at it in the Temporal UI, then start it again`,
  );
}
