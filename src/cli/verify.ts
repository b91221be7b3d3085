/** `chatlake verify`: re-checks every promise of the lake, finds all that is broken, and says what it cannot vouch for. */
import type { Command } from 'commander';
import { PermanentError } from '../domain/errors.ts';
import type { Prefix } from '../domain/formats/prefixes.ts';
import type { Contract } from '../domain/sources/contract.ts';
import { isDay } from '../domain/window.ts';
import { type Readers, openReaders } from '../wiring/ports.ts';
import { counted } from '../inspect/counted.ts';
import { lagOf, overdueOf } from '../inspect/lag.ts';
import type { VerbNeeds } from './explain.ts';
import { oneOfAll } from './source-option.ts';
import { type Finding, type Kind, type Uncovered, newReport, sentence } from './verify/findings.ts';
import { nameManifests } from './verify/others.ts';
import { type SourceFacts, verifySource } from './verify/source.ts';
import { type Range, scopeOf } from './verify/verifier.ts';

interface VerifyOptions extends Range {
  readonly source?: string;
  readonly json?: boolean;
}

export interface Verified {
  readonly sources: readonly SourceFacts[];
  readonly checked: Partial<Record<Kind, number>>;
  readonly findings: readonly Finding[];
  readonly uncovered: readonly Uncovered[];
}

/** By prefix of the store: null where all is read again or named one by one; else what losing it costs, which is no message. */
const OUTSIDE: Readonly<Record<Prefix, string | null>> = {
  'raw/': null,
  'seals/': null,
  'ledger/': null,
  'manifests/': null,
  'tables/': null,
  'verified/': null,
  'reports/': null,
  'reports/files/': 'reports of weeks as files: a record; chatlake report --out makes them again',
  'staging/': 'steps of runs: a run that needs one again makes it again',
  'staging-texts/': 'steps of runs that hold texts: gone with their run',
  'settled/': 'marks of days with nothing left to do: without one the day is looked at again',
  'parked/': 'which windows need a person: without it the next run tries the window again',
  'aside/': 'which messages an operator set aside: without it the next judgement reads them again',
  'closed/': 'what days held when they were closed: a record, by which late messages are noticed',
  'backfills/': 'plans of backfills: a new one is made by starting again',
  'diffs/': 'comparisons of rebuilds: made again by comparing again',
  'upkeep/': 'what rounds of upkeep found and deleted: a record',
  'meta/tables/': null,
  'meta/ledger/': 'snapshots of ledgers, by which readers start sooner: made again from the entries',
  'meta/moves/': 'moves of chats: those that seals know were looked for',
  'meta/fixes/': 'lists of fixed messages: without one a fix may land again, as a duplicate',
  'meta/pseudonym-key.json': 'the fingerprint of the pseudonym key: every worker compares it',
  'meta/probe/': 'what probes of the store left',
};

/** Adds the verb. It ends with 1 when something is broken. */
export function addVerify(program: Command, { config, print, say }: VerbNeeds): void {
  program
    .command('verify')
    .description('re-check every promise: equation, chain, checksums, tables = ledger = documents')
    .addOption(oneOfAll())
    .option('--from <day>', 'first day of receipt (UTC), such as 2026-11-21; absent: all')
    .option('--to <day>', 'last day of receipt')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  chatlake verify --source desk --from 2026-11-01 --to 2026-11-30')
    .action(async ({ source, from, to, json }: VerifyOptions) => {
      for (const [name, day] of Object.entries({ from, to }))
        if (day !== undefined && !isDay(day))
          throw new PermanentError(`--${name} must be a day that exists, such as 2026-11-21, not "${day}"`);
      const settings = config();
      const { ports, close } = await openReaders(settings);
      try {
        const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
        const contracts = chosen(ports, source);
        const found = await verify(ports, contracts, range, say);
        const late = await overdueFindings(ports, contracts, settings.LAG_LIMIT_MS, Date.now());
        const verified = { ...found, findings: [...found.findings, ...late] };
        print(json === true ? JSON.stringify(verified) : printVerified(verified));
        if (verified.findings.length > 0) process.exitCode = 1;
      } finally {
        await close();
      }
    });
}

/** The contracts of one source, or of all. Throws PermanentError for a name that is none. */
export function chosen({ contracts }: Pick<Readers, 'contracts'>, source: string | undefined): readonly Contract[] {
  const all = [...contracts.values()].filter((contract) => source === undefined || contract.source === source);
  if (all.length === 0)
    throw new PermanentError(`"${source ?? ''}" is not a source; there are: ${[...contracts.keys()].join(', ')}`);
  return all;
}

/** Verifies sources over days of receipt. It reads only, from the store itself; memory does not grow with the messages. */
export async function verify(
  ports: Readers,
  contracts: readonly Contract[],
  range: Range,
  say: (text: string) => void,
): Promise<Verified> {
  const report = newReport(say);
  const reading = { ...ports, ...scopeOf(range), report };
  const sources: SourceFacts[] = [];
  for (const { source } of contracts) sources.push(await verifySource({ ...reading, source }));
  if (!reading.all)
    report.uncovered.push({ where: 'ledger/', why: 'of entries of other days only the chain was checked' });
  else if (contracts.length === ports.contracts.size) await nameManifests(reading);
  for (const [where, why] of Object.entries(OUTSIDE)) if (why !== null) report.uncovered.push({ where, why });
  const { findings, uncovered } = report;
  return { sources, checked: Object.fromEntries(report.checked), findings, uncovered };
}

/** What follows the ledger and is behind it for longer than it may be: nothing of it is broken, and nobody may rely on its being there. */
export async function overdueFindings(
  ports: Readers,
  contracts: readonly Contract[],
  limitMs: number,
  now: number,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const { source } of contracts) {
    const overdue = overdueOf(source, await lagOf(ports, source, []), limitMs, now);
    if (overdue !== undefined)
      findings.push({
        what: overdue.what.en,
        where: overdue.entry,
        safe: overdue.safe.en,
        mend: overdue.mend.en,
      });
  }
  return findings;
}

/** Says what was found, what nothing vouches for, and whether all promises hold. */
export function printVerified({ sources, checked, findings, uncovered }: Verified): string {
  const kinds = Object.entries(checked).map(([kind, n]) => counted(n, kind));
  const places = new Map<string, string[]>();
  for (const { where, why, objects } of uncovered)
    places.set(why, [...(places.get(why) ?? []), objects === undefined ? where : `${where} (${objects} more objects)`]);
  return [
    ...sources.map(
      ({ source, entries, counts }) =>
        `${source}: ${counted(entries, 'entries')}, ${counts.received} received = ${counts.enriched} enriched + ${counts.duplicates} duplicates + ${counts.quarantined} quarantined`,
    ),
    `checked: ${kinds.join(', ') || 'nothing, the lake is empty'}`,
    '',
    ...[...places].flatMap(([why, wheres]) =>
      wheres.length === 1
        ? [`not covered: ${wheres.join()}: ${why}`]
        : [`not covered: ${why}:`, ...wheres.map((where) => `  ${where}`)],
    ),
    '',
    ...(findings.length === 0
      ? [
          uncovered.some(({ waits }) => waits === true)
            ? 'All promises hold; what waits, above, is not re-checked before it is done.'
            : 'All promises hold.',
        ]
      : [...findings.map((finding) => `FOUND ${sentence(finding)}`), '', `${counted(findings.length, 'findings')}.`]),
  ].join('\n');
}
