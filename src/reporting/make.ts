/** Makes a report: one HTML file, and its figures as CSV. */
import { csvOf } from '../domain/csv.ts';
import { type LakeOfPages, openLakeOfPages } from '../dashboard/lake.ts';
import { createFormat } from '../dashboard/page/lib/format.ts';
import type { Asked, Cells } from '../domain/kpi/figures/figure.ts';
import type { Language } from '../domain/text.ts';
import { ZONE } from '../domain/kpi/figures/lake.ts';
import { readLedger } from '../lake/ledger.ts';
import type { DashboardPorts } from '../wiring/dashboard.ts';
import { type FilledSection, type SourceReport, htmlOf } from './html.ts';
import { type Section, sectionsOf } from './sections.ts';

export interface ReportWish {
  /** Absent: every source that has data. */
  readonly source?: string;
  /** Absent: from the first, to the last day with data. */
  readonly from?: string;
  readonly to?: string;
  /** Each gives a report of its own. */
  readonly languages: readonly Language[];
}

/** A file of a report: its name below the report's folder, and its text. */
export interface ReportFile {
  readonly name: string;
  readonly text: string;
}

const QUIET = { info: () => undefined, warn: () => undefined };
/** Never looked at again: a report is of one moment. */
const ONCE_MS = 2 ** 31 - 1;

/**
 * Makes `report.html` and a CSV per figure for each language, all of the tables as they are now; no files where there are no data. The same
 * lake at the same ledger version gives the same text.
 */
export async function makeReport(
  ports: DashboardPorts,
  wish: ReportWish,
): Promise<Readonly<Record<Language, readonly ReportFile[]>>> {
  const lake = await openLakeOfPages(ports, QUIET, { everyMs: ONCE_MS });
  try {
    const { days, versions } = lake.state();
    const sources = Object.keys(versions).filter(
      (source) => (wish.source ?? source) === source && days[source] != null,
    );
    const reports: SourceReport[] = [];
    for (const source of sources) reports.push(await reportOf(ports, lake, source, wish));
    const filesOf = (lang: Language): readonly ReportFile[] =>
      reports.length === 0 || !wish.languages.includes(lang)
        ? []
        : [{ name: 'report.html', text: htmlOf(reports, createFormat(lang, ZONE)) }, ...tablesOf(reports, lang)];
    return { en: filesOf('en'), pt: filesOf('pt') };
  } finally {
    await lake.close();
  }
}

async function reportOf(
  ports: DashboardPorts,
  lake: LakeOfPages,
  source: string,
  wish: ReportWish,
): Promise<SourceReport> {
  const { days, versions } = lake.state();
  const from = wish.from ?? days[source]?.from ?? '';
  const to = wish.to ?? days[source]?.to ?? '';
  const sections: FilledSection[] = [];
  for (const section of sectionsOf(source))
    sections.push({ ...section, rows: await rowsOf(lake, section, { from, to, source }) });
  const ledgerVersion = versions[source] ?? -1;
  const { entries } = await readLedger(ports, source);
  const decided = entries.lastDecision(ledgerVersion);
  return { source, from, to, ledgerVersion, manifest: decided?.manifest ?? null, sections };
}

/** A figure of all sources is asked of this one. */
async function rowsOf(
  lake: LakeOfPages,
  { figure }: Section,
  { source, ...days }: Asked & { readonly source: string },
): Promise<readonly Cells[]> {
  const { rows } = await lake.answer(figure, figure.bySource ? { ...days, source } : days);
  return rows;
}

const tablesOf = (reports: readonly SourceReport[], lang: Language): readonly ReportFile[] =>
  reports
    .flatMap(({ source, sections }) => sections.map((section) => ({ source, ...section })))
    .map(({ source, figure, rows }) => ({
      name: figure.bySource ? `${figure.id}_${source}.csv` : `${figure.id}.csv`,
      text: csvOf(
        figure.columns.map(({ title }) => title[lang]),
        rows.map((row) => figure.columns.map(({ name }) => row[name])),
      ),
    }));
