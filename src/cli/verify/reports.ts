/** The reports that runs have kept, and whether the newest of each day says what the table says. */
import { isDeepStrictEqual } from 'node:util';
import { REPORTS } from '../../domain/kpi/index.ts';
import type { Report as Figures } from '../../domain/kpi/report.ts';
import { FORMAT_VERSION, type Source, reportPrefix } from '../../domain/formats/layout.ts';
import { type DayReports, reportsSince } from '../../lake/reports.ts';
import { appliedBy } from '../../lake/tables.ts';
import { reportOfRange } from '../../projections/reports.ts';
import type { Readers } from '../../wiring/ports.ts';
import { ADVICE, type Report } from './findings.ts';
import { readOwnJson, readSound } from './read.ts';
import type { Projections } from './table-input.ts';

interface Newest {
  readonly key: string;
  readonly version: number;
  readonly figures: Figures;
}

/** What the ledger says of the days: the last decision that touched each. */
export interface ReportsInput extends Pick<Projections, 'states'> {
  readonly source: Source;
  readonly head: number;
  /** By event day. */
  readonly touched: ReadonlyMap<string, number>;
}

/** Reads every report of a source; where a report has taken in what touched a day, it is made again and compared. */
export async function checkReports(
  ports: Readers,
  report: Report,
  { source, head, touched, states }: ReportsInput,
): Promise<void> {
  const definition = REPORTS.get(source);
  const state = definition === undefined ? undefined : states.get(definition.table);
  if (definition === undefined || state === undefined) return;
  const applied = appliedBy(state, source);
  const newest = new Map<string, Newest>();
  const loaded = await ports.documents.reportsApplied(definition.name);
  const objects = await reportsSince(ports, definition.name, -1);
  const last = objects.at(-1)?.version ?? -1;
  if (loaded > last)
    report.find({
      what: `MongoDB has the reports of ledger version ${loaded}, the newest here is of ${last}: newer ones are gone`,
      where: reportPrefix(definition.name),
      ...ADVICE.reports,
    });
  for (const { key, version } of objects) {
    const kept = await readKept(ports, report, key, version);
    if (version > head)
      report.find({
        what: `it is of ledger version ${version}, but the ledger ends at ${head}`,
        where: key,
        ...ADVICE.ledger,
      });
    for (const [day, figures] of Object.entries(kept?.days ?? {})) newest.set(day, { key, version, figures });
  }
  for (const [day, n] of [...touched].sort()) {
    const found = newest.get(day);
    if (n > last || n > applied) {
      report.uncovered.push({
        where: `report ${definition.name} of ${day}`,
        waits: true,
        why: 'later decisions touched the day; its report waits to be made anew',
      });
      continue;
    }
    // Made from a later state of the table than the one we look at.
    if (found !== undefined && found.version > applied) continue;
    const made = await reportOfRange(ports, definition, state, {
      from: day,
      to: day,
      ledgerVersion: found?.version ?? last,
    });
    report.progress(`${definition.name} ${day}`);
    if (found === undefined || found.version < n || !isDeepStrictEqual(found.figures, JSON.parse(JSON.stringify(made))))
      report.find({
        what: `the newest report of ${day} does not say what the table says`,
        where: found?.key ?? reportPrefix(definition.name),
        ...ADVICE.reports,
      });
  }
  const used = new Set([...newest.values()].map(({ key }) => key));
  for (const { key } of objects)
    if (!used.has(key))
      report.uncovered.push({
        where: key,
        why: 'a report whose days later ones made anew: a record of what was said then',
      });
}

async function readKept(
  { store }: Readers,
  report: Report,
  key: string,
  version: number,
): Promise<DayReports | undefined> {
  const bytes = await readSound(store, report, key, 'a report', ADVICE.reports);
  report.count('reports');
  const kept = bytes && (readOwnJson(bytes) as DayReports | undefined);
  if (bytes !== undefined && (kept?.formatVersion !== FORMAT_VERSION || kept.ledgerVersion !== version))
    report.find({ what: 'this report cannot be read as one', where: key, ...ADVICE.reports });
  return kept;
}
