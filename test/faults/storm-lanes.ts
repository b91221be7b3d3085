/** What goes on at the same time in a storm: landing, windows, rebuilds, every loop of forward, upkeep, and what an operator breaks. */
import type { EtlActivities } from '../../src/activities/index.ts';
import { windowStart } from '../../src/domain/window.ts';
import { readLedger } from '../../src/lake/ledger.ts';
import { writeRaw } from '../../src/lake/raw.ts';
import { lastReported } from '../../src/lake/reports.ts';
import { keepSnapshot } from '../../src/lake/snapshot.ts';
import { knownTables, tableLog } from '../../src/lake/tables.ts';
import { verifiedVersions } from '../../src/lake/verified.ts';
import { TransientError } from '../../src/domain/errors.ts';
import { type Source, tableRoot } from '../../src/domain/formats/layout.ts';
import { random } from '../support/desk-lines.ts';
import { GivenUp, type Runner, perform, rebuildWindow, runWindow, stormyCalls } from './storm-runs.ts';
import type { Message, StormSource } from './storm-sources.ts';
import { type Known, type Storm, type StormProcess, WINDOWS } from './storm-world.ts';

const DAY_MS = 86_400_000;
const STEPS = { land: 14, windows: 7, rebuild: 3, forward: 16, upkeep: 7 } as const;
/** Receipts of a window, in whole steps of its hour, so that no two are the same. */
const SLOTS = 36_000;

const pick = <T>(next: () => number, items: readonly T[]): T => items[Math.floor(next() * items.length)]!;

/** Starts every lane of the storm. */
export function startLanes(storm: Storm): void {
  const used = new Set<number>();
  let lanes = 0;
  const lane = (name: string, steps: number, step: (runner: Runner, n: number) => Promise<void>): void => {
    const next = random(storm.seed * 100 + (lanes += 1));
    storm.turns.start(name, async () => {
      for (let n = 0; n < steps; n += 1) {
        await storm.turns.pass(true);
        try {
          await step({ name: `${name} ${n}`, next }, n);
        } catch (error) {
          if (!(error instanceof GivenUp)) throw error;
        }
      }
    });
  };
  const source = (next: () => number): StormSource => pick(next, storm.sources);
  for (const half of ['a', 'b'])
    lane(`land ${half}`, STEPS.land, (runner) => land(storm, runner, source(runner.next), used));
  for (const third of ['a', 'b', 'c'])
    lane(`windows ${third}`, STEPS.windows, async (runner) => {
      // Often the same one as others.
      const window = runner.next() < 0.5 ? WINDOWS.at(-1)! : pick(runner.next, WINDOWS);
      const { source: of } = source(runner.next);
      note(storm, of, 'ledger', await runWindow(stormyCalls(storm, runner), of, window));
    });
  lane('rebuild', STEPS.rebuild, (runner) =>
    rebuildWindow(stormyCalls(storm, runner), source(runner.next).source, pick(runner.next, WINDOWS)),
  );
  for (const half of ['a', 'b'])
    lane(`forward ${half}`, STEPS.forward, (runner) => bringForward(storm, runner, source(runner.next)));
  for (const half of ['a', 'b'])
    lane(`upkeep ${half}`, STEPS.upkeep, (runner) => keepUp(storm, runner, source(runner.next)));
}

/** Receives some messages: new ones, and such as were received before. What is not acknowledged is delivered again. */
async function land(storm: Storm, { name, next }: Runner, source: StormSource, used: Set<number>): Promise<void> {
  const sent = storm.sent.get(source.source)!;
  const messages: Message[] = [];
  for (let left = 1 + Math.floor(next() * 5); left > 0; left -= 1) {
    const again = next() < 0.35 ? pick(next, [...sent, ...messages]) : undefined;
    messages.push(again ?? source.message(1_000 + storm.tally.attempts * 10 + messages.length, next));
  }
  for (let tries = 0; tries < 20; tries += 1) {
    let slot = Math.floor(next() * SLOTS);
    while (used.has(slot)) slot = (slot + 1) % SLOTS;
    used.add(slot);
    const openedAt = windowStart(pick(next, WINDOWS)) + slot * 100;
    const process = await storm.process(next);
    try {
      const attempt = `${name} ${(storm.tally.attempts += 1)}`;
      const receipt = { source: source.source, openedAt };
      await storm.weather.attempt(attempt, process, () => landMessages(storm, process, receipt, messages));
      return;
    } catch (error) {
      if (!process.isDead && !(error instanceof TransientError)) throw error;
    }
  }
}

/** Keeps messages as one raw object, and acknowledges them. */
export async function landMessages(
  { sent, acknowledged }: Pick<Storm, 'sent' | 'acknowledged'>,
  { ports }: Pick<StormProcess, 'ports'>,
  { source, openedAt }: { readonly source: string; readonly openedAt: number },
  messages: readonly Message[],
): Promise<void> {
  const known = sent.get(source)!;
  known.push(...messages.filter((message) => !known.includes(message)));
  const encode = new TextEncoder();
  const received = messages.map(({ id, headers, body }, i) => ({
    id,
    headers,
    receivedAt: openedAt + i,
    body: encode.encode(body),
  }));
  const { key } = await writeRaw(ports.store, source, openedAt, received);
  acknowledged.set(key, messages);
}

/** One call of one of forward's loops, in any order; sometimes with what is known of the tables. */
async function bringForward(storm: Storm, runner: Runner, { source }: StormSource): Promise<void> {
  const { next } = runner;
  const step = pick(next, ['project', 'project', 'load', 'load', 'report', 'reconcile'] as const);
  const known = storm.known.get(source) ?? {};
  // A run that has just begun knows nothing of what others did.
  const { project: reached, [step]: applied, ledger } = next() < 0.7 ? known : {};
  const told = step === 'project' ? { ledger } : { reached, applied };
  const versions = Object.entries(told).filter(([, version]) => version !== undefined && version >= 0);
  const done = await perform(storm, runner, step, { source, ...Object.fromEntries(versions) });
  note(storm, source, step, done.applied);
}

/** Remembers, as a run of \`forward\` does, how far something is known to be. */
function note({ known }: Storm, source: Source, what: keyof Known, version: number): void {
  const before = known.get(source) ?? {};
  known.set(source, { ...before, [what]: Math.max(version, before[what] ?? -1) });
}

type Upkeep = (storm: Storm, runner: Runner, source: StormSource) => Promise<void>;

const activity =
  (name: keyof EtlActivities): Upkeep =>
  async (storm, runner, { source }) => {
    await perform(storm, runner, name, { source, dryRun: false });
  };

const UPKEEP: readonly Upkeep[] = [
  activity('compact'),
  activity('compact'),
  activity('mergeLedger'),
  activity('mergeLedger'),
  activity('sweep'),
  activity('settleDays'),
  activity('checkpointLogs'),
  vacuum,
  vacuum,
  snapshot,
  checkpoint,
  wait,
  neglect,
  neglect,
  purge,
  loseDocuments,
];

const keepUp = (storm: Storm, runner: Runner, source: StormSource): Promise<void> =>
  pick(runner.next, UPKEEP)(storm, runner, source);

async function vacuum(storm: Storm, runner: Runner, { source }: StormSource): Promise<void> {
  const { ref } = await perform(storm, runner, 'planVacuum', { source });
  if (ref !== undefined) await perform(storm, runner, 'vacuum', { source, ref });
}

/** Some days go by, in which nobody does anything. */
async function wait({ clock, tally }: Storm, { next }: Runner): Promise<void> {
  clock.ahead((0.5 + next() * 4) * DAY_MS);
  tally.jumps += 1;
  return Promise.resolve();
}

/** Days after which nobody can want what a run has left, and then it goes: also from under the runs that sleep. */
async function neglect(storm: Storm, runner: Runner, source: StormSource): Promise<void> {
  storm.clock.ahead(4 * DAY_MS);
  storm.tally.jumps += 1;
  await perform(storm, runner, 'sweep', { source: source.source, dryRun: false });
  await vacuum(storm, runner, source);
}

/** Tombstones go after a month; a load that is under way is never so late. */
async function purge(storm: Storm, runner: Runner, { source }: StormSource): Promise<void> {
  if (storm.tally.loads === 0) {
    storm.clock.ahead(31 * DAY_MS);
    storm.tally.jumps += 1;
  }
  await perform(storm, runner, 'purge', { source });
}

/** Not under a load that is under way: it would say that what it loaded before is there. */
async function loseDocuments({ documents, tally }: Storm): Promise<void> {
  if (tally.loads === 0) documents.wipe();
  return Promise.resolve();
}

/** As snapshotLedger does once there are five hundred entries. */
async function snapshot(storm: Storm, runner: Runner, { source, report }: StormSource): Promise<void> {
  await inProcess(storm, runner, async ({ ports }) => {
    const { state, entries } = await readLedger(ports, source);
    if (state.version < 0) return;
    const { upTo } = await verifiedVersions(ports, source);
    const reported = { [report.name]: await lastReported(ports, source, report) };
    await keepSnapshot(ports, source, { state, entries, verified: Math.min(upTo, state.version), reported });
  });
}

/** As checkpointLogs does every hundred entries. */
async function checkpoint(storm: Storm, runner: Runner, { source }: StormSource): Promise<void> {
  await inProcess(storm, runner, async ({ ports }) => {
    for (const table of (await knownTables(ports, source)).keys()) {
      const state = await tableLog(ports, table).refresh();
      if (state.version >= 0) await ports.checkpoints.write(tableRoot(table), state, ports.now() - 7 * DAY_MS);
    }
  });
}

/** Something that is no activity of its own, once. */
async function inProcess(
  storm: Storm,
  { name, next }: Runner,
  work: (process: StormProcess) => Promise<void>,
): Promise<void> {
  const process = await storm.process(next);
  try {
    await storm.weather.attempt(`${name} ${(storm.tally.attempts += 1)}`, process, () => work(process));
  } catch (error) {
    if (!process.isDead && !(error instanceof TransientError)) throw error;
  }
}
