/** `chatlake quarantine …`: what could not be used, why, and what to do about it. */
import type { Command } from 'commander';
import type { Announcer } from '../adapters/announce/announcer.ts';
import { PermanentError } from '../domain/errors.ts';
import { REASONS } from '../domain/counts.ts';
import { parsePlace } from '../domain/formats/layout.ts';
import type { Config } from '../wiring/config.ts';
import { type Readers, dryContext, openReaders } from '../wiring/ports.ts';
import { copyPlace, explain, idContext } from '../inspect/explain.ts';
import type { CopyPlace } from '../inspect/ledger-copy.ts';
import type { VerbNeeds } from './explain.ts';
import { printExplained } from './explain/print.ts';
import { printGrid } from './grid.ts';
import { changeAside, judgeNow } from './quarantine/aside.ts';
import { type Fixed, fix } from './quarantine/fix.ts';
import { type Group, type Which, groupsOf, quarantined } from './quarantine/groups.ts';
import { rebuildWindows, windowsOf } from './quarantine/replay.ts';
import { readRuleFile } from './quarantine/rule-file.ts';
import { oneOfAll, oneSource } from './source-option.ts';
import { chosen } from './verify.ts';

interface Options extends Which {
  readonly source?: string;
  readonly json?: boolean;
}

export interface QuarantineNeeds extends VerbNeeds {
  /** Tells the live runs of what was landed; absent: the next run of etl finds it. */
  readonly announcerOf?: (config: Config) => Announcer;
}

/** Adds the group of verbs. `show` ends with 1 when there is nothing to show. */
export function addQuarantine(program: Command, needs: QuarantineNeeds): void {
  const group = program
    .command('quarantine')
    .description('messages that could not be used: list, show, fix, replay, set-aside, take-back');
  const verb = (name: string, description: string): Command =>
    group
      .command(name)
      .description(description)
      .option('--reason <reason>', 'only those of a reason code')
      .option('--field <path>', 'only those of a field')
      .option('--json', 'one JSON object');
  const asOperator: AsOperator = async (options, work) => {
    if (options.reason !== undefined && !(options.reason in REASONS))
      throw new PermanentError(`"${options.reason}" is not a reason; there are: ${Object.keys(REASONS).join(', ')}`);
    const config = needs.config();
    const { ports, close } = await openReaders(config);
    try {
      await work({ ...needs, config, ports, copy: copyPlace(config, needs.say) });
    } finally {
      await close();
    }
  };

  verb('list', 'by reason and field: how many, since when, the place of one')
    .addOption(oneOfAll())
    .addHelpText('after', '\nExample:\n  chatlake quarantine list --source desk')
    .action((options: Options) => asOperator(options, (operator) => list(operator, options)));
  verb('show', 'one message and why it could not be used')
    .argument('<group or place>', 'reason, reason:field, or a place: raw/…ndjson.gz#line')
    .option('--body', 'show headers and body too: people’s data in clear')
    .addHelpText('after', '\nExample:\n  chatlake quarantine show invalid_date:date')
    .action((which: string, options: Options & { readonly body?: boolean }) =>
      asOperator(options, (operator) => show(operator, which, options)),
    );
  verb(
    'fix',
    'patch bodies by a rule file and land those that then pass as messages of their own; both versions are kept',
  )
    .requiredOption('--rules <file>', 'JSON; docs/operate.md shows one')
    .option('--dry-run', 'only say what would change and how many would pass')
    .addHelpText('after', '\nExample:\n  chatlake quarantine fix --rules dates.json --reason invalid_date --dry-run')
    .action((options: Options & { readonly rules: string; readonly dryRun?: boolean }) =>
      asOperator(options, (operator) => runFix(operator, options)),
    );
  addAside(group, asOperator);
  verb('replay', 'judge the windows that hold such messages again, by today’s contract')
    .addOption(oneSource())
    .addHelpText('after', '\nExample:\n  chatlake quarantine replay --source desk --reason invalid_date')
    .action((options: Options & { readonly source: string }) =>
      asOperator(options, (operator) => replay(operator, options)),
    );
}

/** Who runs a verb: the lake they were pointed at, and how they are told of it. */
interface Operator extends Omit<QuarantineNeeds, 'config'> {
  readonly config: Config;
  readonly ports: Readers;
  readonly copy: CopyPlace;
}

type AsOperator = (options: Which, work: (operator: Operator) => Promise<void>) => Promise<void>;

/** The pair of verbs for one message that stands in the way of all others. */
function addAside(group: Command, asOperator: AsOperator): void {
  const change = (place: string, { json }: Options, reason: string | undefined): Promise<void> =>
    asOperator({}, async ({ config, ports, print }) => {
      const aside = await changeAside(ports, place, reason, Date.now());
      await judgeNow(config, aside);
      const said =
        reason === undefined ? 'taken back: it is judged as any other' : 'set aside: it counts as quarantined';
      print(json === true ? JSON.stringify(aside) : `${aside.place} is ${aside.changed ? '' : 'already '}${said}.`);
    });
  group
    .command('set-aside')
    .description('leave out one message that stands in the way of all others until it is taken back')
    .argument('<place>', 'raw/…ndjson.gz#line; chatlake explain ID says where a message lies')
    .requiredOption('--reason <words>', 'why, for whoever asks later; kept beside it')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  chatlake quarantine set-aside raw/…ndjson.gz#7 --reason "stops load, reported"',
    )
    .action((place: string, { json, reason = '' }: { readonly json?: boolean; readonly reason?: string }) =>
      change(place, json === undefined ? {} : { json }, reason),
    );
  group
    .command('take-back')
    .description('judge a message that was set aside as any other')
    .argument('<place>', 'as it was set aside; chatlake quarantine show set_aside shows one')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  chatlake quarantine take-back raw/…ndjson.gz#7')
    .action((place: string, options: Options) => change(place, options, undefined));
}

async function list({ ports, copy, print }: Operator, options: Options): Promise<void> {
  const sources = chosen(ports, options.source).map(({ source }) => source);
  const groups = await groupsOf(ports, sources, options, copy);
  print(options.json === true ? JSON.stringify(groups) : printGroups(groups));
}

function printGroups(groups: readonly Group[]): string {
  if (groups.length === 0) return 'Nothing is quarantined.';
  const rows = groups.map(({ source, reason, field, messages, first, last }) => [
    source,
    reason,
    field,
    messages,
    first,
    last,
  ]);
  const [{ reason, field } = { reason: '', field: '' }] = groups;
  return [
    printGrid({ columns: ['source', 'reason', 'field', 'messages', 'first', 'last'], rows }, 'table'),
    `to look at one: chatlake quarantine show ${reason}${field === '' ? '' : `:${field}`}`,
  ].join('\n');
}

async function show(
  operator: Operator,
  which: string,
  { body, json }: Options & { readonly body?: boolean },
): Promise<void> {
  const { config, ports, print, say } = operator;
  const place = parsePlace(which) === undefined ? await sampleOf(operator, which) : which;
  if (place === undefined) {
    print(`No message is quarantined as ${which}; chatlake quarantine list shows the groups.`);
    process.exitCode = 1;
    return;
  }
  const explained = await explain(ports, place, idContext(config, say), body === true);
  print(json === true ? JSON.stringify(explained) : printExplained(explained));
}

/** The place of the last message of a group, `reason` or `reason:field`. */
async function sampleOf({ ports, copy }: Operator, text: string): Promise<string | undefined> {
  const [reason = '', ...field] = text.split(':');
  const which = { reason, ...(field.length === 0 ? {} : { field: field.join(':') }) };
  const [group] = await groupsOf(ports, [...ports.contracts.keys()], which, copy);
  return group?.sample;
}

async function runFix(
  { config, ports, copy, print, announcerOf }: Operator,
  options: Options & { readonly rules: string; readonly dryRun?: boolean },
): Promise<void> {
  const file = readRuleFile(options.rules);
  const [contract] = chosen(ports, file.source);
  if (contract === undefined) return;
  const messages = await quarantined(ports, file.source, options, copy);
  const dryRun = options.dryRun === true;
  const fixed = await fix(ports, { contract, file, context: dryContext(), dryRun, now: Date.now() }, messages);
  const announcer = fixed.windows.length === 0 ? undefined : announcerOf?.(config);
  for (const window of fixed.windows) announcer?.announce(file.source, window);
  await announcer?.close();
  print(options.json === true ? JSON.stringify(fixed) : printFixed(fixed, dryRun));
}

function printFixed(
  { matched, already, unchanged, failing, passing, samples, written }: Fixed,
  dryRun: boolean,
): string {
  const still = Object.entries(failing).map(([reason, n]) => `${n} ${reason}`);
  return [
    `${matched} quarantined messages: ${already} fixed before, ${unchanged} that no rule changes, ${passing} that pass now, ${still.length === 0 ? 'none' : still.join(', ')} that still do not`,
    ...samples.map(({ place, from, to }) => `  ${place}: ${from} → ${to}`),
    dryRun
      ? 'Dry run: nothing was written.'
      : passing === 0
        ? 'Nothing was written.'
        : `${passing} fixed messages are in raw, in ${written.length} object(s), beside those received; the next run judges them.`,
  ].join('\n');
}

async function replay(
  { config, ports, copy, print }: Operator,
  options: Options & { readonly source: string },
): Promise<void> {
  const { source } = options;
  chosen(ports, source);
  const windows = windowsOf(await quarantined(ports, source, options, copy));
  const texts: string[] = [];
  const json = options.json === true;
  const terminal = {
    print: (text: string) => void texts.push(text),
    screen: process.stderr,
    detach: new AbortController().signal,
  };
  const code = await rebuildWindows(config, { source, windows }, terminal, json);
  if (code > 0) process.exitCode = code;
  print(json ? `[${texts.join()}]` : texts.join('\n') || 'Nothing of the kind is quarantined.');
}
