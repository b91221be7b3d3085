/** `chatlake status`: what is pending or failed, since when, why, and what to do next. */
import type { Command } from 'commander';
import { counted } from '../inspect/counted.ts';
import { englishJson } from '../inspect/english.ts';
import { behind } from '../inspect/lag.ts';
import { linkOf } from '../inspect/problems.ts';
import { type Status, status } from '../inspect/status.ts';
import type { Config } from '../wiring/config.ts';
import { statusDeep } from './deep.ts';

/** Adds the verb. */
export function addStatus(
  program: Command,
  { config, print }: { readonly config: () => Config; readonly print: (text: string) => void },
): void {
  program
    .command('status')
    .description(
      'what is pending or failed, since when, why, and what to do next; ends with 1 when something needs a person',
    )
    .option('--deep', 'try every part, what it permits and how it is set, and say what to mend')
    .option('--json', 'one JSON object')
    .action(async ({ json = false, deep = false }: { readonly json?: boolean; readonly deep?: boolean }) => {
      if (deep) {
        process.exitCode = await statusDeep(config(), json, print);
        return;
      }
      const found = await status(config(), Date.now());
      print(json ? englishJson(inEnglish(found, config())) : printStatus(found, config()));
      if (!found.well) process.exitCode = 1;
    });
}

/** Problems as sentences, and in their order where each is looked at. */
function inEnglish({ problems, ...found }: Status, config: Config): object {
  return { ...found, problems: problems.map(({ en }) => en), see: problems.map((problem) => linkOf(problem, config)) };
}

function printStatus({ problems, sources, retrying, waiting, schedules, missing }: Status, config: Config): string {
  const lines = Object.entries(sources).flatMap(([source, { pending, parkedWindows, lag, aside, refused }]) => [
    source,
    `  pending    ${pending.windows}${pending.more ? ' or more' : ''} windows${pending.oldest === null ? '' : `, the oldest ${pending.oldest}`}; ${parkedWindows} need a person`,
    `  ledger     version ${lag.ledgerVersion}; behind it: ${behind(lag).en}${lag.oldest === null ? '' : `, the oldest decided ${lag.oldest.decidedAt}`}`,
    ...(aside === 0
      ? []
      : [`  set aside  ${counted(aside, 'messages')}: chatlake quarantine list --source ${source} --reason set_aside`]),
    ...refused.map(({ collection, count }) => `  refused    ${counted(count, 'documents')} of ${collection}`),
  ]);
  lines.push(
    ...retrying.map(
      ({ workflowId, step, attempt, reason }) => `retrying     ${step} of ${workflowId}, attempt ${attempt}: ${reason}`,
    ),
  );
  lines.push(
    ...waiting.map(
      ({ source, name, since, tries, why }) =>
        `waiting      ${name} of ${source} since ${since}, ${tries} tries: ${why}`,
    ),
  );
  for (const { id, paused, note } of schedules?.known ?? [])
    if (paused) lines.push(`paused       schedule ${id}${note === null ? '' : `: ${note}`}`);
  lines.push(...missing.map((what) => `not known    ${what.en}`));
  lines.push(problems.length === 0 ? 'all is well' : `needs a person (${problems.length}):`);
  return [...lines, ...problems.flatMap((problem) => [`  - ${problem.en}`, `    see ${linkOf(problem, config)}`])].join(
    '\n',
  );
}
