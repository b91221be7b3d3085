/** What operators look at: windows and how far each is, what needs a person, what lags, schedules. Nothing personal. */
import { parkedProblems } from '../inspect/problems.ts';
import { type Status, status } from '../inspect/status.ts';
import type { Cells } from '../domain/kpi/figures/figure.ts';
import { type Text, text } from '../domain/text.ts';
import { REPORTS } from '../domain/kpi/index.ts';
import type { Source } from '../domain/formats/layout.ts';
import { nextStep } from '../domain/formats/parked.ts';
import { windowEnd, windowOf } from '../domain/window.ts';
import { readLedger } from '../lake/ledger.ts';
import { parkedWindows } from '../lake/parked.ts';
import { pendingWindows } from '../lake/pending.ts';
import { verifiedVersions } from '../lake/verified.ts';
import { readProgress } from '../projections/progress.ts';
import type { Config } from '../wiring/config.ts';
import type { DashboardPorts } from '../wiring/dashboard.ts';
import type { Attention, Lag, Operations, WindowOfPages, WindowState } from './api.ts';
import type { LakeOfPages } from './lake.ts';

/** Windows of one source in the longest month. */
const MONTH_HOURS = 31 * 24;
const SAMPLES = 20;

const newestWindows = (
  most: number,
): string => `SELECT source, strftime(hour, '%Y-%m-%dT%H') AS "window", sum(n)::INTEGER AS received,
  sum(n) FILTER (WHERE verdict = 'enriched')::INTEGER AS enriched, sum(n) FILTER (WHERE verdict = 'duplicate')::INTEGER AS duplicates,
  sum(n) FILTER (WHERE verdict = 'quarantined')::INTEGER AS quarantined, list(DISTINCT seal) AS seals
FROM ledger_hours GROUP BY ALL ORDER BY "window" DESC, source LIMIT ${most}`;

const NEWEST_QUARANTINED = `SELECT source, reason, field, strftime(opened_at, '%Y-%m-%dT%H:%M:%SZ') AS at, raw_key || '#' || line AS place
FROM unread ORDER BY opened_at DESC, raw_key, line LIMIT ${SAMPLES}`;

/** The address in the Temporal UI of a workflow's id or of a place; null: none is known. */
type Links = (of: string) => string | null;

/** Reads it all now: the snapshot for counts, the store and Temporal for what is not done. What does not answer is named in `missing`. */
export async function operations(config: Config, ports: DashboardPorts, lake: LakeOfPages): Promise<Operations> {
  const ui = config.TEMPORAL_UI_URL;
  const temporalUi = ui === undefined ? null : `${ui}/namespaces/${config.TEMPORAL_NAMESPACE}`;
  const at: Links = (place) => (temporalUi === null ? null : `${temporalUi}/${place}`);
  const link: Links = (id) => at(`workflows/${encodeURIComponent(id)}`);
  const [rows, samples, found] = await Promise.all([
    lake.rows(newestWindows(MONTH_HOURS * ports.contracts.size)),
    lake.rows(NEWEST_QUARANTINED),
    status(config, Date.now(), ports),
  ]);
  const windows: WindowOfPages[] = [];
  const lags: Lag[] = [];
  for (const source of ports.contracts.keys()) {
    const own = rows.filter((row) => row['source'] === source);
    windows.push(...(await windowsOf(ports, source, own, link)));
    lags.push(...(await lagsOf(ports, source, found)));
  }
  return {
    windows: windows.sort((a, b) => (a.window < b.window ? 1 : -1)),
    attention: attentionOf(found, link, at),
    lags,
    schedules: (found.schedules?.known ?? []).map(({ id, paused, next, last }) => ({
      id,
      paused,
      next,
      last,
      link: temporalUi === null ? null : `${temporalUi}/schedules/${encodeURIComponent(id)}`,
    })),
    samples: samples as unknown as Operations['samples'],
    missing: found.missing,
    temporalUi,
  };
}

/** Windows that were given up on, each with what mends it; then whatever else `status` says needs a person. */
function attentionOf({ sources, problems }: Status, link: Links, shown: Links): readonly Attention[] {
  const parked = Object.entries(sources).flatMap(([source, found]) =>
    found.parked.map(({ window, since, step, reason, kind }) => ({
      source,
      thing: window,
      since,
      why: same(`${step}: ${reason}`),
      next: nextStep(source, window, kind),
      link: link(`etl/${source}/${window}`),
    })),
  );
  const named = new Set(
    Object.entries(sources).flatMap(([source, { parked: those }]) =>
      parkedProblems(source, { parked: those, parkedWindows: 0 }).map(({ en }) => en),
    ),
  );
  const others = problems.filter(({ en }) => !named.has(en));
  return [
    ...parked,
    ...others.map((problem) => ({
      ...{ source: '', thing: '', since: null, why: text(problem.en, problem.pt), next: same('chatlake status') },
      link: problem.at === undefined ? null : shown(problem.at),
    })),
  ];
}

/** Words of a machine, which are the same to everybody. */
const same = (words: string): Text => text(words, words);

const SILENT = text('it does not answer', 'não responde');

async function lagsOf(ports: DashboardPorts, source: Source, { waiting }: Status): Promise<readonly Lag[]> {
  const progress = await readProgress(ports, source, REPORTS.get(source));
  return (['tables', 'documents', 'reports', 'proof'] as const).map((name) => {
    const one = progress[name];
    const words = waiting.find((lane) => lane.source === source && lane.name === name)?.why;
    const why = words === undefined ? null : same(words);
    // Its sentence stands in `missing`.
    if (one instanceof Error) return { source, name, applied: -1, behind: 0, waiting: why ?? SILENT };
    return { source, name, applied: one.applied, behind: one.behind, waiting: why };
  });
}

async function windowsOf(
  ports: DashboardPorts,
  source: Source,
  rows: readonly Cells[],
  link: Links,
): Promise<readonly WindowOfPages[]> {
  const log = { info: () => undefined, warn: () => undefined };
  const [pending, parked, ledger, verified] = await Promise.all([
    pendingWindows({ ...ports, log, now: Date.now }, { source }),
    parkedWindows(ports, source),
    readLedger(ports, source),
    verifiedVersions(ports, source),
  ]);
  const waits = new Set<string>(pending.windows);
  const given = new Set<string>(parked.keys());
  const stateOf = (window: string, seals: readonly string[]): WindowState => {
    if (given.has(window)) return 'parked';
    if (waits.has(window)) return windowEnd(windowOf(window)) > Date.now() ? 'open' : 'pending';
    return seals.every((seal) => verified.has(ledger.entries.judgedBy(seal) ?? Infinity)) ? 'verified' : 'published';
  };
  const shown = (window: string, seals: readonly string[], counts: Cells): WindowOfPages => ({
    source,
    window,
    state: stateOf(window, seals),
    received: Number(counts['received'] ?? 0),
    enriched: Number(counts['enriched'] ?? 0),
    duplicates: Number(counts['duplicates'] ?? 0),
    quarantined: Number(counts['quarantined'] ?? 0),
    link: link(`etl/${source}/${window}`),
  });
  const judged = rows.map((row) => shown(String(row['window']), row['seals'] as readonly string[], row));
  const known = new Set(judged.map(({ window }) => window));
  const others = [...new Set([...waits, ...given])].filter((window) => !known.has(window));
  return [...judged, ...others.map((window) => shown(window, [], {}))];
}
