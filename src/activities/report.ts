/** report: rebuilds the days touched since the last report, from the tables. */
import { attempts, keep } from '../adapters/object-store/put.ts';
import type { DeltaState } from '../domain/delta.ts';
import { type Report, type ReportDefinition, readReport, reportSql } from '../domain/kpi/report.ts';
import {
  FORMAT_VERSION,
  type Source,
  reportAppliedKey,
  reportAppliedPrefix,
  reportKey,
  tableRoot,
  versionOfKey,
} from '../domain/layout.ts';
import { isDecision } from '../domain/ledger.ts';
import { throwIfCancelled } from './heartbeat.ts';
import { keepJson } from './json-object.ts';
import { filesOf, ledgerMemory, readLedger, readManifest, replacedManifests } from './ledger-view.ts';
import { type Ports, contractOf } from './ports.ts';
import { appliedBy } from './project.ts';

export interface Reported {
  readonly ledgerVersion: number;
  readonly days: number;
}

/** Builds the activity. */
export function createReport(ports: Ports, definitions: ReadonlyMap<Source, ReportDefinition>) {
  return async function report({ source }: { readonly source: Source }): Promise<Reported> {
    contractOf(ports, source);
    const definition = definitions.get(source);
    if (definition === undefined) return { ledgerVersion: -1, days: 0 };
    const table = await ports.logs(tableRoot(definition.table)).refresh();
    const head = appliedBy(table, source);
    const since = await attempts(() => lastReported(ports, source, definition));
    if (head <= since) return { ledgerVersion: head, days: 0 };
    const days = await touchedDays(ports, source, definition.table, since + 1, head);
    for (const day of days) {
      throwIfCancelled();
      const made = await makeReport(ports, definition, table, head, (date) => date === day);
      await keepJson(ports.store, { formatVersion: FORMAT_VERSION, ...made }, (sha256) =>
        reportKey(definition.name, day, head, sha256),
      );
      await ports.documents.putReport(definition.name, day, head, { ...made });
    }
    await keep(
      ports.store,
      reportAppliedKey(definition.name, head),
      new TextEncoder().encode(`${JSON.stringify({ formatVersion: FORMAT_VERSION })}\n`),
    );
    ports.log.info('report.built', { report: definition.name, ledger: head, days: days.length });
    return { ledgerVersion: head, days: days.length };
  };
}

/** The last ledger version that a report has taken in; −1 before the first. Lists what is beyond the last known. */
export async function lastReported(
  ports: Pick<Ports, 'store' | 'logs'>,
  source: Source,
  { name }: ReportDefinition,
): Promise<number> {
  const { reported } = await ledgerMemory(ports, source);
  let last = reported.get(name) ?? -1;
  const after = last < 0 ? undefined : reportAppliedKey(name, last);
  for await (const { key } of ports.store.list(reportAppliedPrefix(name), after))
    last = Math.max(last, versionOfKey(key));
  reported.set(name, Math.max(last, reported.get(name) ?? -1));
  return last;
}

/** The event days that ledger entries `from`..`to` gave rows to or took rows from, in order. */
async function touchedDays(
  ports: Ports,
  source: Source,
  table: string,
  from: number,
  to: number,
): Promise<readonly string[]> {
  const ledger = await readLedger(ports, source);
  const days = new Set<string>();
  for (const [i, commit] of ledger.commits.slice(from, to + 1).entries()) {
    if (!isDecision(commit)) continue;
    const manifest = await readManifest(ports, commit);
    for (const each of [manifest, ...(await replacedManifests(ports, ledger, manifest, from + i))])
      for (const { eventDate } of filesOf(each, table)) days.add(eventDate);
  }
  return [...days].sort();
}

/** Makes a report over the live files of the event days that `wanted` picks; current rows only: the highest version per entity. */
export async function makeReport(
  ports: Pick<Ports, 'cache' | 'reader'>,
  definition: ReportDefinition,
  table: DeltaState,
  ledgerVersion: number,
  wanted: (eventDate: string) => boolean,
): Promise<Report> {
  return ports.cache.withScratch(async (scratch) => {
    const live = [...table.files.values()].filter((file) => wanted(file.partitionValues['event_date'] ?? ''));
    if (live.length === 0) return readReport(definition, emptyRow(definition), ledgerVersion);
    const files = await Promise.all(
      live.map(async (file) => ({
        path: await ports.cache.fetch(`${tableRoot(definition.table)}${file.path}`, scratch, 'a live file of a table'),
        day: file.partitionValues['event_date'],
      })),
    );
    const byPath = files.map(({ path, day }) => `('${path.replaceAll("'", "''")}', DATE '${day ?? ''}')`).join(', ');
    const current = `WITH days(path, event_date) AS (VALUES ${byPath}),
      current AS (SELECT rows.*, event_date FROM rows JOIN days ON days.path = rows.filename QUALIFY row_number() OVER (PARTITION BY entity ORDER BY version DESC) = 1)`;
    const [row] = await ports.reader.query(
      files.map(({ path }) => path),
      `${current} ${reportSql(definition)}`,
      scratch,
    );
    return readReport(definition, row ?? emptyRow(definition), ledgerVersion);
  });
}

const emptyRow = ({ measures, breakdowns }: ReportDefinition): Record<string, unknown> => ({
  interactions: 0,
  ...Object.fromEntries(
    measures.flatMap((_, i) => [
      [`n${i}`, 0],
      [`d${i}`, 0],
    ]),
  ),
  ...Object.fromEntries(breakdowns.map((_, i) => [`b${i}`, '[]'])),
});
