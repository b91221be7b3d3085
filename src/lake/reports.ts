/** Reports on the store: one object for the days that a run made, by the ledger version it read the tables at. */
import type { Report, ReportDefinition } from '../domain/kpi/report.ts';
import {
  FORMAT_VERSION,
  type Source,
  reportKey,
  reportPrefix,
  reportsAfter,
  versionOfKey,
} from '../domain/formats/layout.ts';
import { keepJson, readJson } from './json.ts';
import type { Lake } from './lake.ts';
import { ledgerMemory } from './ledger.ts';

/** What one object holds. */
export interface DayReports {
  readonly formatVersion: number;
  readonly name: string;
  readonly ledgerVersion: number;
  readonly days: Readonly<Record<string, Report>>;
}

/** Keeps the reports of some days, made at a ledger version; also none, which says how far the report has come. */
export function keepReports(
  lake: Pick<Lake, 'store'>,
  name: string,
  ledgerVersion: number,
  days: DayReports['days'],
): Promise<string> {
  const body: DayReports = { formatVersion: FORMAT_VERSION, name, ledgerVersion, days };
  return keepJson(lake.store, body, (sha256) => reportKey(name, ledgerVersion, sha256));
}

/** Keys of the reports made after a ledger version, oldest first. */
export async function reportsSince(
  lake: Pick<Lake, 'store'>,
  name: string,
  version: number,
): Promise<readonly { readonly key: string; readonly version: number }[]> {
  const found: { key: string; version: number }[] = [];
  const after = version < 0 ? undefined : reportsAfter(name, version);
  for await (const { key } of lake.store.list(reportPrefix(name), after))
    found.push({ key, version: versionOfKey(key) });
  return found;
}

/** One object. */
export const readReports = (lake: Pick<Lake, 'store'>, key: string): Promise<DayReports> =>
  readJson<DayReports>(lake.store, key, 'the reports of some days');

/**
 * The last ledger version that a report has taken in; −1 before the first. `atLeast`: as far as this process knows, where that is no
 * less; absent: lists what is beyond.
 */
export async function lastReported(
  lake: Pick<Lake, 'store' | 'logs'>,
  source: Source,
  definition: Pick<ReportDefinition, 'name'>,
  atLeast = Infinity,
): Promise<number> {
  const { name } = definition;
  const known = (await ledgerMemory(lake, source)).reported.get(name) ?? -1;
  if (known >= atLeast) return known;
  const last = (await reportsSince(lake, name, known)).at(-1)?.version ?? known;
  await noteReported(lake, source, definition, last);
  return last;
}

/** Remembers that a report has taken in a ledger version. */
export async function noteReported(
  lake: Pick<Lake, 'store' | 'logs'>,
  source: Source,
  { name }: Pick<ReportDefinition, 'name'>,
  version: number,
): Promise<void> {
  const { reported } = await ledgerMemory(lake, source);
  reported.set(name, Math.max(version, reported.get(name) ?? -1));
}
