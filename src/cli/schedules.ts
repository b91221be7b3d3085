/** `chatlake schedules`: what runs when, what differs from what chatlake says, and bringing it back. */
import type { Command } from 'commander';
import { type ScheduleState, type Schedules, applySchedules, lookAtSchedules } from '../wiring/apply-schedules.ts';
import type { Config } from '../wiring/config.ts';
import { englishJson } from '../inspect/english.ts';
import { withClient } from '../wiring/temporal.ts';

interface Needs {
  readonly config: () => Config;
  readonly print: (text: string) => void;
}

/** Adds the verb. */
export function addSchedules(program: Command, needs: Needs): void {
  const schedules = program
    .command('schedules')
    .description('the schedules in Temporal: list (if nothing else is said), diff, apply');
  const verb = (name: string, description: string, look: Look, text: (found: Schedules) => string) =>
    schedules
      .command(name, { isDefault: name === 'list' })
      .description(description)
      .option('--json', 'one JSON object')
      .action(({ json }: { readonly json?: boolean }) => show(needs, look, json === true ? englishJson : text, name));
  verb('list', 'what runs when, what was missed, and what is paused', lookAtSchedules, listText);
  verb('diff', 'what differs from what chatlake says; ends with 1 when something does', lookAtSchedules, diffText);
  verb('apply', 'create what is missing and restore what was edited; pauses and notes stay', applySchedules, applyText);
}

type Look = typeof lookAtSchedules;

async function show(
  { config, print }: Needs,
  look: Look,
  text: (found: Schedules) => string,
  name: string,
): Promise<void> {
  const own = config();
  const found = await withClient(own, (client) => look(client, own.CHATLAKE_TASK_QUEUE));
  print(text(found));
  const differs = found.known.some(({ state }) => state !== 'same') || found.unknown.length > 0;
  if (name === 'diff' && differs) process.exitCode = 1;
}

const listText = ({ known, unknown }: Schedules): string =>
  [
    ...known.map(
      ({ id, workflow, state, paused, note, next, taken, missedCatchup, skippedOverlap }) =>
        `${id.padEnd(16)} ${workflow.padEnd(13)} ${state === 'missing' ? 'missing: chatlake schedules apply' : paused ? `paused${note === null ? '' : `: ${note}`}` : `next ${next ?? 'never'}`}; ${taken} runs, ${missedCatchup} missed, ${skippedOverlap} skipped${state === 'differs' ? '; edited, see chatlake schedules diff' : ''}`,
    ),
    ...unknownLines(unknown),
  ].join('\n');

const unknownLines = (unknown: Schedules['unknown']): readonly string[] =>
  unknown.map(({ id, mend }) => `${id.padEnd(16)} unknown: ${mend.en}`);

const differenceLines = ({ id, differences }: ScheduleState): readonly string[] =>
  differences.map(({ what, there, here }) => `${id.padEnd(16)} ${what}: ${there} there, ${here} here`);

function diffText({ known, unknown }: Schedules): string {
  const missing = known.filter(({ state }) => state === 'missing').map(({ id }) => `${id.padEnd(16)} is missing there`);
  const lines = [...missing, ...known.flatMap(differenceLines), ...unknownLines(unknown)];
  return lines.length === 0 ? 'nothing differs' : lines.join('\n');
}

function applyText({ known, unknown }: Schedules): string {
  const done = known
    .filter(({ state }) => state !== 'same')
    .map(
      ({ id, state, differences }) =>
        `${id.padEnd(16)} ${state === 'missing' ? 'created' : `restored: ${differences.map(({ what }) => what).join(', ')}`}`,
    );
  return [...(done.length === 0 ? ['nothing had to be changed'] : done), ...unknownLines(unknown)].join('\n');
}
