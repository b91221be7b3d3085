/** What is pending or failed, since when, why, and what to do next: facts and sentences for terminal and pages. */
import { messageOf } from '../domain/errors.ts';
import { type Text, text } from '../domain/text.ts';
import type { Source } from '../domain/formats/layout.ts';
import { type Schedules, lookAtSchedules } from '../wiring/apply-schedules.ts';
import type { Config } from '../wiring/config.ts';
import { type Readers, openReaders } from '../wiring/ports.ts';
import { withClient } from '../wiring/temporal.ts';
import { type Problem, lanesUnknown, sourceProblems, temporalProblems } from './problems.ts';
import { type SourceStatus, sourceStatus } from './store-status.ts';
import { type Retrying, type WaitingLane, findRetrying, waitingLanes } from './temporal-status.ts';

export interface Status {
  /** False when something needs a person; `problems` says what, and what to do. */
  readonly well: boolean;
  readonly problems: readonly Problem[];
  readonly sources: Readonly<Record<Source, SourceStatus>>;
  readonly retrying: readonly Retrying[];
  /** What the runs that bring a source forward wait for. */
  readonly waiting: readonly WaitingLane[];
  readonly schedules: Schedules | null;
  /** What could not be found out, and why. */
  readonly missing: readonly Text[];
}

/** Asks the store, then Temporal. What does not answer is named; the rest is answered. `readers`: those of who asks often; absent: its own, once. */
export async function status(config: Config, now: number, readers?: Readers): Promise<Status> {
  const missing: Text[] = [];
  const problems: Problem[] = [];
  const tell = (what: Text) => (error: unknown) => {
    const why = messageOf(error);
    problems.push(text(`${what.en}: ${why}`, `${what.pt}: ${why}`));
    missing.push(what);
  };
  const sources: Record<Source, SourceStatus> = {};
  await readSources(config, readers, { sources, missing }).catch(
    tell(text('what the store holds', 'o que o armazenamento contém')),
  );
  let retrying: readonly Retrying[] = [];
  const waiting: WaitingLane[] = [];
  let schedules: Schedules | null = null;
  await withClient(config, async (client) => {
    retrying = await findRetrying(client, config.CHATLAKE_TASK_QUEUE);
    schedules = await lookAtSchedules(client, config.CHATLAKE_TASK_QUEUE);
    for (const source of Object.keys(sources))
      await waitingLanes(client, source).then(
        (lanes) => void waiting.push(...lanes),
        (error: unknown) => void missing.push(lanesUnknown(source, messageOf(error))),
      );
  }).catch(tell(text('what Temporal is doing', 'o que o Temporal está fazendo')));
  const found = { sources, retrying, waiting, schedules };
  problems.push(...sourceProblems(found, config.LAG_LIMIT_MS, now), ...temporalProblems(found));
  return { well: problems.length === 0, problems, ...found, missing };
}

async function readSources(
  config: Config,
  readers: Readers | undefined,
  { sources, missing }: { readonly sources: Record<Source, SourceStatus>; readonly missing: Text[] },
): Promise<void> {
  const { ports, close } =
    readers === undefined ? await openReaders(config) : { ports: readers, close: () => Promise.resolve() };
  try {
    for (const contract of ports.contracts.values())
      sources[contract.source] = await sourceStatus(ports, contract, missing);
  } finally {
    await close();
  }
}
