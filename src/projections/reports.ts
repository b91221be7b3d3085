/** The reports: the days that decisions touched, made anew from the tables in one query; MongoDB's are filled from the store. */
import type { DocumentStore } from '../adapters/documents/document-store.ts';
import type { DeltaState } from '../domain/formats/delta.ts';
import {
  DAYS_QUERY,
  type DayCount,
  type Report,
  type ReportDefinition,
  readReports as readReportRows,
  reportQueries,
} from '../domain/kpi/report.ts';
import type { Source } from '../domain/formats/layout.ts';
import { currentRows, list } from '../domain/sql.ts';
import { filesOf, filesWithDays, mayHoldDays } from '../domain/formats/table-file.ts';
import type { Lake } from '../lake/lake.ts';
import { ledgerAtLeast } from '../lake/ledger.ts';
import { keepReports, lastReported, noteReported, readReports, reportsSince } from '../lake/reports.ts';
import { appliedBy, fetchFiles, listedTables, tableState } from '../lake/tables.ts';
import { nextDecisions, touchedDays } from './decisions.ts';
import { type Progress, progressAt } from './progress.ts';

/** Ledger versions that the tables and the reports of a source have applied at least; undefined: they are asked. */
interface Known {
  readonly tables?: number | undefined;
  readonly reports?: number | undefined;
}

/** Makes the days touched since the report's ledger version, as many as one call takes, as far as its table has come. */
export async function makeReports(
  lake: Lake,
  source: Source,
  definition: ReportDefinition,
  known: Known = {},
): Promise<Progress> {
  const state = await tableState(lake, source, definition.table, known.tables);
  const reached = appliedBy(state, source);
  const ledger = await ledgerAtLeast(lake, source, reached);
  // A table that no decision has named has nothing to report; asked of the store, for this process may have heard of none that does.
  const isNamed = reached >= 0 || (await listedTables(lake, source)).has(definition.table);
  if (!isNamed) return progressAt(ledger, ledger.state.version);
  const since = await lastReported(lake, source, definition, known.reports);
  const { decisions, to } = await nextDecisions(lake, ledger, since, reached);
  if (to <= since) return progressAt(ledger, since);
  const days = touchedDays(decisions);
  const reports = await reportsOfDays(lake, { definition, ledgerVersion: to }, state, days);
  await keepReports(lake, definition.name, to, reports);
  await noteReported(lake, source, definition, to);
  lake.log.info('report.built', { report: definition.name, ledger: to, days: days.length });
  return progressAt(ledger, to);
}

/** The report of each day over current rows, an empty one where a day has none. */
async function reportsOfDays(
  lake: Lake,
  { definition, ledgerVersion }: Edition,
  state: DeltaState,
  days: readonly string[],
): Promise<Readonly<Record<string, Report>>> {
  const files = filesWithDays(filesOf(state), days);
  const found = await lake.cache.withScratch(async (scratch) => {
    const paths = await fetchFiles(lake, definition.table, files, scratch);
    // By way of a list: hostile dates make very long statements otherwise.
    const wanted = `(SELECT * FROM rows WHERE list_contains(${list(days)}, event_date::VARCHAR))`;
    const asked = { paths, current: currentRows(wanted), by: 'event_date::VARCHAR' };
    return askReport(lake, { definition, ledgerVersion }, asked, scratch);
  });
  const empty = readReportRows(definition, [], [], ledgerVersion).get('');
  return Object.fromEntries(
    days.flatMap((day) => {
      const report = found.get(day) ?? empty;
      return report === undefined ? [] : [[day, report]];
    }),
  );
}

/** A report as of a ledger version. */
interface Edition {
  readonly definition: ReportDefinition;
  readonly ledgerVersion: number;
}

interface Asked {
  readonly paths: readonly string[];
  readonly current: string;
  /** What reports are told apart by; '' as a text: one for all. */
  readonly by: string;
}

async function askReport(
  lake: Pick<Lake, 'reader'>,
  { definition, ledgerVersion }: Edition,
  { paths, current, by }: Asked,
  scratch: string,
): Promise<ReadonlyMap<string, Report>> {
  if (paths.length === 0) return new Map();
  const { measures, breakdowns } = reportQueries(definition, by);
  const [measured, counted] = await lake.reader.queries(
    paths,
    { name: 'current', sql: namedColumns(current, `${measures} ${breakdowns}`) },
    [measures, breakdowns],
    scratch,
  );
  return readReportRows(definition, measured ?? [], counted ?? [], ledgerVersion);
}

/** Only the columns that queries name: a row has many more. */
const namedColumns = (rows: string, queries: string): string =>
  `SELECT COLUMNS(name -> list_contains(${list([...new Set(queries.match(/\w+/g) ?? [])])}, name)) FROM (${rows})`;

/** Event days, inclusive. */
interface DayRange {
  readonly from: string;
  readonly to: string;
}

/** Asks something of all current rows of some event days. */
function ofRange<T>(
  lake: Pick<Lake, 'cache'>,
  table: string,
  { state, from, to }: DayRange & { readonly state: DeltaState },
  ask: (paths: readonly string[], current: string, scratch: string) => Promise<T>,
): Promise<T> {
  const files = filesOf(state).filter((file) => mayHoldDays(file, from, to));
  return lake.cache.withScratch(async (scratch) => {
    const paths = await fetchFiles(lake, table, files, scratch);
    return ask(paths, currentRows(`(SELECT * FROM rows WHERE event_date BETWEEN '${from}' AND '${to}')`), scratch);
  });
}

/** One report over all current rows of some event days. */
export async function reportOfRange(
  lake: Pick<Lake, 'cache' | 'reader'>,
  definition: ReportDefinition,
  state: DeltaState,
  { ledgerVersion, ...days }: DayRange & { readonly ledgerVersion: number },
): Promise<Report> {
  const found = await ofRange(lake, definition.table, { state, ...days }, (paths, current, scratch) =>
    askReport(lake, { definition, ledgerVersion }, { paths, current, by: "''" }, scratch),
  );
  const [report] = [...found.values(), ...readReportRows(definition, [], [], ledgerVersion).values()];
  if (report === undefined) throw new Error(`${definition.name} has no report of nothing`);
  return report;
}

/** How many current rows each of some event days has, oldest first; days without rows are left out. */
export async function volumeOfRange(
  lake: Pick<Lake, 'cache' | 'reader'>,
  definition: ReportDefinition,
  state: DeltaState,
  days: DayRange,
): Promise<readonly DayCount[]> {
  const rows = await ofRange(lake, definition.table, { state, ...days }, (paths, current, scratch) =>
    paths.length === 0
      ? Promise.resolve([])
      : lake.reader.query(paths, `WITH current AS (${current}) ${DAYS_QUERY}`, scratch),
  );
  return rows.map((row) => ({ day: String(row['day']), count: Number(row['count']) }));
}

/** Objects that one call takes. */
const OBJECTS_AT_ONCE = 200;

/** Brings the reports in MongoDB to those of the store, from their own applied version; true when all there are is in. */
export async function loadReports(
  lake: Pick<Lake, 'store'> & { readonly documents: DocumentStore },
  name: string,
): Promise<boolean> {
  let applied = await lake.documents.reportsApplied(name);
  const waiting = await reportsSince(lake, name, applied);
  for (const { key, version } of waiting.slice(0, OBJECTS_AT_ONCE)) {
    const { days } = await readReports(lake, key);
    await lake.documents.putReports(name, applied, version, days);
    applied = version;
  }
  return waiting.length <= OBJECTS_AT_ONCE;
}
