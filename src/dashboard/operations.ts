/** What operators look at: windows and how far each is, what needs a person, schedules; and one message's way. Nothing personal. */
import { parkedWindows } from '../activities/attention.ts';
import { readLedger, verifiedVersions } from '../activities/ledger-view.ts';
import { createPending } from '../activities/pending.ts';
import { type IdContext } from '../cli/explain/find.ts';
import { explain, idContext } from '../cli/explain.ts';
import { type Status, status } from '../cli/status.ts';
import type { Cells } from '../domain/kpi/figures/figure.ts';
import { REPORTS } from '../domain/kpi/index.ts';
import type { Source } from '../domain/layout.ts';
import type { Config } from '../wiring/config.ts';
import type { DashboardPorts } from '../wiring/dashboard.ts';
import type { LakeOfPages } from './lake.ts';

export type WindowState = 'pending' | 'published' | 'verified' | 'parked';

export interface WindowOfPages {
  readonly source: Source;
  readonly window: string;
  readonly state: WindowState;
  readonly received: number;
  readonly enriched: number;
  readonly duplicates: number;
  readonly quarantined: number;
}

export interface Operations {
  readonly status: Status;
  readonly windows: readonly WindowOfPages[];
  /** The newest messages that could not be read: where they lie and why, never what they say. */
  readonly samples: readonly Cells[];
  /** Where a window's runs are seen; null: no address of the Temporal UI is known. */
  readonly temporalUi: string | null;
}

/** A month of hours of two sources. */
const MOST_WINDOWS = 1_500;
const SAMPLES = 20;

const WINDOWS = `SELECT source, strftime(date_trunc('hour', opened_at), '%Y-%m-%dT%H') AS "window", count(*)::INTEGER AS received,
  count(*) FILTER (WHERE verdict = 'enriched')::INTEGER AS enriched, count(*) FILTER (WHERE verdict = 'duplicate')::INTEGER AS duplicates,
  count(*) FILTER (WHERE verdict = 'quarantined')::INTEGER AS quarantined, list(DISTINCT seal) AS seals
FROM ledger GROUP BY ALL ORDER BY "window" DESC, source LIMIT ${MOST_WINDOWS}`;

const NEWEST_QUARANTINED = `SELECT source, reason, coalesce(field, '') AS field, strftime(opened_at, '%Y-%m-%dT%H:%M:%SZ') AS at, raw_key || '#' || line AS place
FROM ledger WHERE verdict = 'quarantined' ORDER BY opened_at DESC, raw_key, line LIMIT ${SAMPLES}`;

/** Reads it all now: the snapshot for counts, the store and Temporal for what is not done. What does not answer is named in `status.missing`. */
export async function operations(config: Config, ports: DashboardPorts, lake: LakeOfPages): Promise<Operations> {
  const rows = await lake.rows(WINDOWS);
  const windows: WindowOfPages[] = [];
  for (const source of ports.contracts.keys())
    windows.push(
      ...(await windowsOf(
        ports,
        source,
        rows.filter((row) => row['source'] === source),
      )),
    );
  const ui = config.TEMPORAL_UI_URL;
  return {
    status: await status(config, Date.now()),
    windows: windows.sort((a, b) => (a.window < b.window ? 1 : -1)),
    samples: await lake.rows(NEWEST_QUARANTINED),
    temporalUi: ui === undefined || ui === '' ? null : `${ui}/namespaces/${config.TEMPORAL_NAMESPACE}`,
  };
}

async function windowsOf(
  ports: DashboardPorts,
  source: Source,
  rows: readonly Cells[],
): Promise<readonly WindowOfPages[]> {
  const silent = { info: () => undefined, warn: () => undefined };
  const { listPending } = createPending({ ...ports, log: silent, now: Date.now }, REPORTS);
  const [pending, parked, ledger, verified] = await Promise.all([
    listPending({ source }),
    parkedWindows(ports, source),
    readLedger(ports, source),
    verifiedVersions(ports, source),
  ]);
  const open = new Set<string>(pending.windows);
  const given = new Set<string>(parked.keys());
  const stateOf = (window: string, seals: readonly string[]): WindowState => {
    if (given.has(window)) return 'parked';
    if (open.has(window)) return 'pending';
    return seals.every((seal) => verified.has(ledger.judgedBy.get(seal) ?? Infinity)) ? 'verified' : 'published';
  };
  const judged = rows.map((row): WindowOfPages => ({
    source,
    window: String(row['window']),
    state: stateOf(String(row['window']), row['seals'] as readonly string[]),
    received: Number(row['received']),
    enriched: Number(row['enriched']),
    duplicates: Number(row['duplicates']),
    quarantined: Number(row['quarantined']),
  }));
  const known = new Set(judged.map(({ window }) => window));
  const nothing = { received: 0, enriched: 0, duplicates: 0, quarantined: 0 };
  const waiting = [...new Set([...open, ...given])].filter((window) => !known.has(window));
  return [...judged, ...waiting.map((window) => ({ source, window, state: stateOf(window, []), ...nothing }))];
}

/** One message's way, as the page shows it: places, counts and verdicts; no identity, no entity, no pseudonym. */
export async function messageWay(config: Config, ports: DashboardPorts, id: string): Promise<unknown> {
  const context: IdContext = idContext(config, () => undefined);
  const { lines, notes } = await explain(ports, id, context);
  return {
    notes,
    lines: lines.map(({ source, place, station, next, receipt, seal, revisions, claim, rows, documents, reports }) => ({
      source,
      place,
      station,
      next,
      receipt: {
        at: receipt.at,
        window: receipt.window,
        readable: receipt.readable,
        objectLines: receipt.objectLines,
        bodyBytes: receipt.bodyBytes,
      },
      seal,
      revisions: revisions.map(
        ({ revision, ledgerVersion, verdict, reason, meaning, field, eventDate, tables, code }) => ({
          revision,
          ledgerVersion,
          verdict,
          reason,
          meaning,
          field,
          eventDate,
          tables,
          code,
        }),
      ),
      claim,
      rows: rows.map(({ table, eventDate, file, current, issues }) => ({ table, eventDate, file, current, issues })),
      documents: documents.map(({ collection, holds }) => ({ collection, holds })),
      reports,
    })),
  };
}
