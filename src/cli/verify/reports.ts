/** The reports that runs have kept, and whether the newest of each day says what the table says. */
import { isDeepStrictEqual } from 'node:util';
import { REPORTS } from '../../domain/kpi/index.ts';
import type { Report as Figures, ReportDefinition } from '../../domain/kpi/report.ts';
import type { DeltaState } from '../../domain/formats/delta.ts';
import { FORMAT_VERSION, reportPrefix } from '../../domain/formats/layout.ts';
import { type DayReports, reportsSince } from '../../lake/reports.ts';
import { appliedBy } from '../../lake/tables.ts';
import { reportOfRange } from '../../projections/reports.ts';
import { ADVICE } from './findings.ts';
import { readOwnJson, readSound } from './read.ts';
import type { Projections } from './table-input.ts';
import type { Verifier } from './verifier.ts';

interface Newest {
  readonly key: string;
  readonly version: number;
  readonly figures: Figures;
}

/** What the ledger says of the days: the last decision that touched each. */
export interface ReportsInput extends Pick<Projections, 'states'> {
  readonly head: number;
  /** By event day. */
  readonly touched: ReadonlyMap<string, number>;
}

/** Reads every report of a source; where a report has taken in what touched a day, it is made again and compared. */
export async function checkReports(verifier: Verifier, { head, touched, states }: ReportsInput): Promise<void> {
  const { documents, source, report } = verifier;
  const definition = REPORTS.get(source);
  const state = definition === undefined ? undefined : states.get(definition.table);
  if (definition === undefined || state === undefined) return;
  const loaded = await documents.reportsApplied(definition.name);
  const objects = await reportsSince(verifier, definition.name, -1);
  const last = objects.at(-1)?.version ?? -1;
  if (loaded > last)
    report.find({
      what: `${documents.name} has the reports of ledger version ${loaded}, the newest here is of ${last}: newer ones are gone`,
      where: reportPrefix(definition.name),
      ...ADVICE.reports,
    });
  const newest = await readNewest(verifier, objects, head);
  const made: Made = { definition, state, last, applied: appliedBy(state, source) };
  for (const [day, n] of [...touched].sort()) await checkDay(verifier, made, { day, n }, newest.get(day));
  const used = new Set([...newest.values()].map(({ key }) => key));
  for (const { key } of objects)
    if (!used.has(key))
      report.uncovered.push({
        where: key,
        why: 'a report whose days later ones made anew: a record of what was said then',
      });
}

/** Reads the objects, oldest first. Returns the newest report of each day. */
async function readNewest(
  verifier: Verifier,
  objects: readonly Pick<Newest, 'key' | 'version'>[],
  head: number,
): Promise<ReadonlyMap<string, Newest>> {
  const newest = new Map<string, Newest>();
  for (const { key, version } of objects) {
    const kept = await readKept(verifier, key, version);
    if (version > head)
      verifier.report.find({
        what: `it is of ledger version ${version}, but the ledger ends at ${head}`,
        where: key,
        ...ADVICE.ledger,
      });
    for (const [day, figures] of Object.entries(kept?.days ?? {})) newest.set(day, { key, version, figures });
  }
  return newest;
}

async function readKept(verifier: Verifier, key: string, version: number): Promise<DayReports | undefined> {
  const bytes = await readSound(verifier, key, 'a report');
  const kept = bytes && (readOwnJson(bytes) as DayReports | undefined);
  if (bytes !== undefined && (kept?.formatVersion !== FORMAT_VERSION || kept.ledgerVersion !== version))
    verifier.report.find({ what: 'this report cannot be read as one', where: key, ...ADVICE.reports });
  return kept;
}

/** A report, the table it is made of, and the ledger versions that each has taken in. */
interface Made {
  readonly definition: ReportDefinition;
  readonly last: number;
  readonly state: DeltaState;
  readonly applied: number;
}

/** The newest report of a day, whose last decision is `n`, says what the table says, unless one of the two is behind. */
async function checkDay(
  verifier: Verifier,
  { definition, last, state, applied }: Made,
  { day, n }: { readonly day: string; readonly n: number },
  found: Newest | undefined,
): Promise<void> {
  const { report } = verifier;
  if (n > last || n > applied) {
    report.uncovered.push({
      where: `report ${definition.name} of ${day}`,
      waits: true,
      why: 'later decisions touched the day; its report waits to be made anew',
    });
    return;
  }
  // Made from a later state of the table than the one we look at.
  if (found !== undefined && found.version > applied) return;
  const again = await reportOfRange(verifier, definition, state, {
    from: day,
    to: day,
    ledgerVersion: found?.version ?? last,
  });
  report.progress(`${definition.name} ${day}`);
  if (found === undefined || found.version < n || !isDeepStrictEqual(found.figures, JSON.parse(JSON.stringify(again))))
    report.find({
      what: `the newest report of ${day} does not say what the table says`,
      where: found?.key ?? reportPrefix(definition.name),
      ...ADVICE.reports,
    });
}
