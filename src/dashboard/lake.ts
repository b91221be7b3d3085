/** The lake as the pages see it: a snapshot at known ledger versions, replaced when the lake has moved on, and answers kept for as long as it stands. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Snapshot } from '../adapters/engine/duckdb/snapshot.ts';
import { messageOf } from '../domain/errors.ts';
import { DERIVED } from '../domain/kpi/figures/derived.ts';
import { type Asked, type Cells, type Figure, figureRows } from '../domain/kpi/figures/figure.ts';
import { RECEIPT_DAY } from '../domain/kpi/figures/lake.ts';
import { type Source, tableRoot } from '../domain/layout.ts';
import type { Log } from '../lake/lake.ts';
import { readLedger } from '../lake/ledger.ts';
import { appliedBy } from '../lake/tables.ts';
import { lakeViews } from '../lake/views.ts';
import type { DashboardPorts } from '../wiring/dashboard.ts';

/** Where a snapshot stands. `id` changes whenever anything in it may have. */
export interface LakeState {
  readonly id: string;
  /** The ledger version that each source's tables hold. */
  readonly versions: Readonly<Record<Source, number>>;
  readonly channels: readonly string[];
  /** First and last day with data, of events by source and of receipts; null: none. */
  readonly days: Readonly<Record<string, { readonly from: string; readonly to: string } | null>>;
}

export interface LakeOfPages {
  readonly state: () => LakeState;
  /** Somebody is looking: waits for a look at the ledgers where the last one is long ago, but not for long, and keeps looking for a while. */
  touch(): Promise<void>;
  /** A figure's rows, with the state that they belong to; the same question at the same state is asked once. */
  answer(figure: Figure, asked: Asked): Promise<{ readonly state: LakeState; readonly rows: readonly Cells[] }>;
  /** Rows of any statement over the snapshot. */
  rows(sql: string): Promise<readonly Cells[]>;
  /** Hears of every new state; returns how to stop listening. */
  onChange(listener: (state: LakeState) => void): () => void;
  close(): Promise<void>;
}

interface Standing {
  readonly snapshot: Snapshot;
  readonly state: LakeState;
  readonly answers: Map<string, Promise<readonly Cells[]>>;
}

export interface LakeLimits {
  /** How often the ledgers are looked at. */
  readonly everyMs: number;
}

const MOST_ROWS = 20_000;
const MOST_ANSWERS = 1_000;
/** A large snapshot is not taken more often than it takes many times over. */
const REST = 5;
/** After the last question the ledgers are looked at for so long. */
const WATCHED_MS = 30_000;
/** After a silence, questions wait for so long in all to be answered by what there is now; then by what there was. */
const PATIENCE_MS = 1_500;

/**
 * Opens it with its first snapshot. The ledgers are looked at while somebody listens or has just asked, and not otherwise: pages that nobody
 * has open cost nothing. Throws what reading the lake throws; later faults are logged and the last snapshot goes on answering.
 */
export async function openLakeOfPages(ports: DashboardPorts, log: Log, limits: LakeLimits): Promise<LakeOfPages> {
  let standing = await stand(ports, await versionsOf(ports));
  const listeners = new Set<(state: LakeState) => void>();
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let closing: Promise<void> | undefined;
  let lookedAt = Date.now();
  let touchedAt = 0;
  let patientUntil = 0;

  /** The first look after a silence is waited for; those that follow go on behind answers that are a moment old. */
  function lookAfterSilence(): Promise<void> {
    if (looking === undefined) patientUntil = Date.now() + PATIENCE_MS;
    return lookNow();
  }
  async function look(): Promise<number> {
    const started = Date.now();
    const versions = await versionsOf(ports);
    if (versions.id === standing.state.id) return limits.everyMs;
    const before = standing;
    standing = await stand(ports, versions);
    closing = before.snapshot
      .close()
      .catch((error: unknown) => log.warn('snapshot.not-removed', { reason: messageOf(error) }));
    for (const listener of listeners) listener(standing.state);
    return Math.max(limits.everyMs, REST * (Date.now() - started));
  }
  function lookNow(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    looking ??= look()
      .catch((error: unknown) => {
        log.warn('snapshot.failed', { reason: messageOf(error) });
        return limits.everyMs;
      })
      .then((afterMs) => {
        looking = undefined;
        lookedAt = Date.now();
        const isWatched = listeners.size > 0 || lookedAt - touchedAt < WATCHED_MS;
        if (!closed && isWatched) timer = setTimeout(() => void lookNow(), afterMs);
      });
    return looking;
  }
  return {
    state: () => standing.state,
    async touch() {
      touchedAt = Date.now();
      if (timer !== undefined || closed) return;
      const done = lookAfterSilence();
      const patienceMs = patientUntil - touchedAt;
      if (touchedAt - lookedAt > limits.everyMs && patienceMs > 0)
        await Promise.race([done, sleep(patienceMs, undefined, { ref: false })]);
    },
    rows: (sql) => rowsOf(standing.snapshot, sql),
    async answer(figure, asked) {
      const { state, answers, snapshot } = standing;
      const key = JSON.stringify([figure.id, asked.from, asked.to, asked.channel]);
      let answer = answers.get(key);
      if (answer === undefined) {
        if (answers.size >= MOST_ANSWERS) answers.clear();
        answer = ask(snapshot, figure.sql(asked)).then((found) => figureRows(figure, found));
        answers.set(key, answer);
        answer.catch(() => answers.delete(key));
      }
      return { state, rows: await answer };
    },
    onChange(listener) {
      listeners.add(listener);
      if (timer === undefined) void lookAfterSilence();
      return () => void listeners.delete(listener);
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await looking;
      await closing;
      await standing.snapshot.close();
    },
  };
}

/** Asks a statement of ours: one that fails is no fault of who asked, which a PermanentError would say, and is not told to them. */
async function ask(snapshot: Snapshot, sql: string): ReturnType<Snapshot['ask']> {
  try {
    return await snapshot.ask(sql, MOST_ROWS);
  } catch (error) {
    throw new Error(messageOf(error), { cause: error });
  }
}

async function rowsOf(snapshot: Snapshot, sql: string): Promise<readonly Cells[]> {
  const { columns, rows } = await ask(snapshot, sql);
  return rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i] ?? null])));
}

interface Versions {
  readonly id: string;
  readonly versions: Readonly<Record<Source, number>>;
}

/** Where ledgers and tables stand; −1 before the first entry. */
async function versionsOf(ports: DashboardPorts): Promise<Versions> {
  const versions: Record<Source, number> = {};
  const ids: string[] = [];
  for (const { source, tables } of ports.contracts.values()) {
    const { state } = await readLedger(ports, source);
    let applied = state.version;
    for (const { name } of tables) {
      const at = appliedBy(await ports.logs(tableRoot(name)).refresh(), source);
      ids.push(`${name}:${at}`);
      applied = Math.min(applied, at);
    }
    ids.push(`${source}:${state.version}`);
    versions[source] = applied;
  }
  return { id: ids.join(','), versions };
}

async function stand(ports: DashboardPorts, { id, versions }: Versions): Promise<Standing> {
  const tables = [...ports.contracts.values()].flatMap((contract) => contract.tables.map(({ name }) => name));
  const kept = new Set([
    ...tables.filter((name) => name !== 'telegram_texts').map((name) => `${name}_current`),
    'ledger',
    ...DERIVED.map(({ name }) => name),
  ]);
  const snapshot = await ports.cache.withScratch(async (scratch) => {
    const views = await lakeViews(ports, [...tables, ...kept].join(' '), {}, { scratch, say: () => undefined });
    return ports.takeSnapshot(views, (name) => kept.has(name));
  });
  try {
    return { snapshot, state: { id, versions, ...(await daysAndChannels(snapshot)) }, answers: new Map() };
  } catch (error) {
    await snapshot.close();
    throw error;
  }
}

async function daysAndChannels(snapshot: Snapshot): Promise<Pick<LakeState, 'days' | 'channels'>> {
  const { rows } = await snapshot.ask(DAYS, 10);
  const { rows: channels } = await snapshot.ask(CHANNELS, 50);
  const days = Object.fromEntries(
    (rows as readonly (readonly (string | null)[])[]).map(([name, from, to]) => [
      String(name),
      typeof from === 'string' && typeof to === 'string' ? { from, to } : null,
    ]),
  );
  return { days, channels: channels.map(([channel]) => String(channel)) };
}

const DAYS = `SELECT 'desk', min(event_date)::VARCHAR, max(event_date)::VARCHAR FROM desk_interactions_current
UNION ALL SELECT 'telegram', min(event_date)::VARCHAR, max(event_date)::VARCHAR FROM telegram_messages_current
UNION ALL SELECT 'lake', min(d)::VARCHAR, max(d)::VARCHAR FROM (SELECT ${RECEIPT_DAY} AS d FROM ledger)`;
const CHANNELS =
  'SELECT channel FROM desk_interactions_current WHERE channel IS NOT NULL GROUP BY channel ORDER BY count(*) DESC, channel';
