/** `chatlake report --out`: a report to file, and its figures as CSV. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { csvOf } from '../../dashboard/csv.ts';
import { type LakeOfPages, openLakeOfPages } from '../../dashboard/lake.ts';
import { createFormat } from '../../dashboard/page/lib/format.ts';
import { PermanentError } from '../../domain/errors.ts';
import type { Language } from '../../domain/kpi/figures/figure.ts';
import { ZONE } from '../../domain/kpi/figures/lake.ts';
import { isDecision } from '../../domain/ledger.ts';
import { readLedger } from '../../lake/ledger.ts';
import type { DashboardPorts } from '../../wiring/dashboard.ts';
import { type FilledSection, type SourceReport, htmlOf } from './html.ts';
import { REPORTED, sectionsOf } from './sections.ts';

export interface ReportFile {
  /** A folder; it is made where it is not there. */
  readonly out: string;
  /** Absent: every source that has data. */
  readonly source?: string;
  /** Absent: from the first, to the last day with data. */
  readonly from?: string;
  readonly to?: string;
  readonly lang: Language;
}

const QUIET = { info: () => undefined, warn: () => undefined };
/** Never looked at again: a report is of one moment. */
const ONCE_MS = 2 ** 31 - 1;

/**
 * Writes `report.html` and a CSV per figure, all of the tables as they are now; answers the paths. The same lake at the same ledger version
 * gives the same bytes. Throws PermanentError where there are no data.
 */
export async function writeReport(ports: DashboardPorts, wish: ReportFile): Promise<readonly string[]> {
  const lake = await openLakeOfPages(ports, QUIET, { everyMs: ONCE_MS });
  try {
    const { days } = lake.state();
    const sources = REPORTED.filter((source) => (wish.source ?? source) === source && days[source] != null);
    if (sources.length === 0)
      throw new PermanentError('There are no messages to report of yet; chatlake status says how far everything is.');
    const reports: SourceReport[] = [];
    for (const source of sources) reports.push(await reportOf(ports, lake, source, wish));
    await mkdir(wish.out, { recursive: true });
    const html = join(wish.out, 'report.html');
    await writeFile(html, htmlOf(reports, createFormat(wish.lang, ZONE)));
    return [html, ...(await writeTables(reports, wish))];
  } finally {
    await lake.close();
  }
}

async function reportOf(
  ports: DashboardPorts,
  lake: LakeOfPages,
  source: string,
  wish: ReportFile,
): Promise<SourceReport> {
  const { days, versions } = lake.state();
  const from = wish.from ?? days[source]?.from ?? '';
  const to = wish.to ?? days[source]?.to ?? '';
  const sections: FilledSection[] = [];
  for (const section of sectionsOf(source))
    sections.push({ ...section, rows: (await lake.answer(section.figure, { from, to })).rows });
  const ledgerVersion = versions[source] ?? -1;
  const { entries } = await readLedger(ports, source);
  const decided = entries.slice(0, ledgerVersion + 1).findLast(isDecision);
  return { source, from, to, ledgerVersion, manifest: decided?.manifest ?? null, sections };
}

async function writeTables(reports: readonly SourceReport[], { out, lang }: ReportFile): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const { figure, rows } of reports.flatMap(({ sections }) => sections)) {
    const path = join(out, `${figure.id}.csv`);
    const cells = rows.map((row) => figure.columns.map(({ name }) => row[name]));
    await writeFile(
      path,
      csvOf(
        figure.columns.map(({ title }) => title[lang]),
        cells,
      ),
    );
    paths.push(path);
  }
  return paths;
}
