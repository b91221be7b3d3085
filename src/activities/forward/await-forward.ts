/** awaitForward: waits until what was decided is in tables, documents, proof and reports, or until nothing moves any more. */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../domain/errors.ts';
import type { ReportDefinition } from '../../domain/kpi/report.ts';
import type { Source } from '../../domain/formats/layout.ts';
import { contractOf } from '../../lake/lake.ts';
import { type ForwardProgress, type Progress, type Reached, readProgress } from '../../projections/progress.ts';
import { throwIfCancelled } from '../heartbeat.ts';
import type { Ports } from '../ports.ts';

export interface AwaitForwardInput {
  readonly source: Source;
  /** How long nothing may move before what is behind is no longer waited for. */
  readonly patienceMs: number;
}

/** What is not forward, in a sentence each; none: everything decided by then is. */
export interface Forwarded {
  readonly head: number;
  readonly behind: Partial<Record<Reached, string>>;
}

const FIRST_LOOK_MS = 100;
const LAST_LOOK_MS = 1_000;
/** One call; whoever waits longer calls again. */
const CALL_MS = 20 * 60_000;

/** Builds the activity. It waits for the head as it is when it is called: what is decided later is not meant. */
export function createAwaitForward(ports: Ports, definitions: ReadonlyMap<Source, ReportDefinition>) {
  return async function awaitForward({ source, patienceMs }: AwaitForwardInput): Promise<Forwarded> {
    contractOf(ports, source);
    const look = () => readProgress(ports, source, definitions.get(source));
    const first = await look();
    const { head } = first;
    const until = ports.now() + CALL_MS;
    let progress = first;
    let movedAt = ports.now();
    for (let pause = FIRST_LOOK_MS; ports.now() < until; pause = Math.min(2 * pause, LAST_LOOK_MS)) {
      const behind = behindOf(progress, head);
      if (Object.keys(behind).length === 0 || ports.now() - movedAt >= patienceMs) return { head, behind };
      throwIfCancelled();
      await sleep(pause);
      const next = await look();
      if (sumOf(next) !== sumOf(progress)) movedAt = ports.now();
      progress = next;
    }
    return { head, behind: behindOf(progress, head) };
  };
}

const applied = (progress: Progress | Error): number => (progress instanceof Error ? -1 : progress.applied);

const sumOf = ({ tables, documents, proof, reports }: ForwardProgress): number =>
  [tables, documents, proof, reports].reduce((sum, progress) => sum + applied(progress), 0);

function behindOf(progress: ForwardProgress, head: number): Forwarded['behind'] {
  const behind: Partial<Record<Reached, string>> = {};
  for (const name of ['tables', 'documents', 'proof', 'reports'] as const) {
    const one = progress[name];
    if (one instanceof Error) behind[name] = messageOf(one);
    else if (one.behind > 0 && one.applied < head) behind[name] = `at ledger version ${one.applied} of ${head}`;
  }
  return behind;
}
