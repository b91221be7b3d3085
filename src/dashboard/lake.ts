/** The lake as the pages see it: a snapshot at known ledger versions, brought forward when the lake has moved on, and answers kept for as long as it stands. */
import type { Session } from '../adapters/engine/duckdb/session.ts';
import type { Snapshot } from '../adapters/engine/duckdb/snapshot.ts';
import { messageOf } from '../domain/errors.ts';
import { type Asked, type Cells, type Figure, figureRows } from '../domain/kpi/figures/figure.ts';
import type { Source } from '../domain/formats/layout.ts';
import type { Contract } from '../domain/sources/contract.ts';
import { literal } from '../domain/sql.ts';
import type { Log } from '../observe/events.ts';
import type { DashboardPorts } from '../wiring/dashboard.ts';
import { type LakeAt, bringForward, lakeNow } from './copy.ts';
import { createLookout } from './lookout.ts';

/** Where a snapshot stands. `id` changes whenever anything in it may have. */
export interface LakeState {
  readonly id: string;
  /** The ledger version that each source's tables hold. */
  readonly versions: Readonly<Record<Source, number>>;
  readonly channels: readonly string[];
  /** First and last day with data, of events by source, of receipts under `lake`, of one source’s under `lake/<source>`; null: none. */
  readonly days: Readonly<Record<string, { readonly from: string; readonly to: string } | null>>;
}

export interface LakeOfPages {
  readonly state: () => LakeState;
  /** Somebody is looking: waits for a look at the ledgers where the last one is long ago, but not for long, and keeps looking for a while. */
  touch(): Promise<void>;
  /** A figure's rows, with the state that they belong to; the same question at the same state is asked once. */
  answer(figure: Figure, asked: Asked): Promise<Answered>;
  /** Rows of any statement over the snapshot. */
  rows(sql: string): Promise<readonly Cells[]>;
  /** Hears of every new state; returns how to stop listening. */
  onChange(listener: (state: LakeState) => void): () => void;
  close(): Promise<void>;
}

interface Answered {
  readonly state: LakeState;
  readonly rows: readonly Cells[];
}

interface Standing {
  readonly at: LakeAt;
  readonly state: LakeState;
  readonly answers: Map<string, Promise<Answered>>;
}

export interface LakeLimits {
  /** How often the ledgers are looked at. */
  readonly everyMs: number;
}

const MOST_ROWS = 20_000;
const MOST_ANSWERS = 1_000;
/** A large snapshot is not taken more often than it takes many times over. */
const REST = 5;

/** Opens it with its first snapshot. Throws what reading the lake throws; later faults are logged and the last snapshot goes on answering. */
export async function openLakeOfPages(ports: DashboardPorts, log: Log, { everyMs }: LakeLimits): Promise<LakeOfPages> {
  const snapshot = await ports.openSnapshot();
  let standing = await firstOf(ports, snapshot);
  const listeners = new Set<(state: LakeState) => void>();

  async function look(): Promise<number> {
    const started = Date.now();
    const now = await lakeNow(ports);
    if (idOf(now) === standing.state.id) return everyMs;
    standing = await stand(ports, snapshot, { before: standing.at, now });
    for (const listener of listeners) listener(standing.state);
    return Math.max(everyMs, REST * (Date.now() - started));
  }
  const lookout = createLookout({
    look: () =>
      look().catch((error: unknown) => {
        log.warn('snapshot.failed', { reason: messageOf(error) });
        return everyMs;
      }),
    isHeard: () => listeners.size > 0,
    everyMs,
  });
  return {
    state: () => standing.state,
    touch: () => lookout.touch(),
    rows: (sql) => rowsOf(snapshot, sql),
    answer: (figure, asked) => answerOnce(snapshot, standing, figure, asked),
    onChange(listener) {
      listeners.add(listener);
      lookout.wake();
      return () => void listeners.delete(listener);
    },
    async close() {
      await lookout.close();
      await snapshot.close();
    },
  };
}

function answerOnce(snapshot: Snapshot, { answers }: Standing, figure: Figure, asked: Asked): Promise<Answered> {
  const key = JSON.stringify([figure.id, asked.from, asked.to, asked.channel, asked.source]);
  let answer = answers.get(key);
  if (answer === undefined) {
    if (answers.size >= MOST_ANSWERS) answers.clear();
    answer = ask(snapshot, figure.sql(asked)).then((found) => ({
      state: JSON.parse(found.mark) as LakeState,
      rows: figureRows(figure, found),
    }));
    answers.set(key, answer);
    answer.catch(() => answers.delete(key));
  }
  return answer;
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

async function firstOf(ports: DashboardPorts, snapshot: Snapshot): Promise<Standing> {
  try {
    return await stand(ports, snapshot, { before: new Map(), now: await lakeNow(ports) });
  } catch (error) {
    await snapshot.close();
    throw error;
  }
}

/** Brings the snapshot forward; whoever asks meanwhile is answered by what it held before. */
async function stand(
  ports: DashboardPorts,
  snapshot: Snapshot,
  way: { readonly before: LakeAt; readonly now: LakeAt },
): Promise<Standing> {
  const mark = await ports.cache.withScratch((scratch) =>
    snapshot.change(async (session) => {
      await bringForward(ports, session, way, scratch);
      return JSON.stringify(await stateOf(ports, session, way.now));
    }),
  );
  return { at: way.now, state: JSON.parse(mark) as LakeState, answers: new Map() };
}

const idOf = (at: LakeAt): string => [...at].map(([source, { version }]) => `${source}:${version}`).join(',');

async function stateOf({ contracts }: DashboardPorts, session: Session, at: LakeAt): Promise<LakeState> {
  const days = await session.rows(daysOf(contracts.values()));
  const { rows: channels } = await session.ask(CHANNELS, 50);
  return {
    id: idOf(at),
    versions: Object.fromEntries([...at].map(([source, { version }]) => [source, version])),
    days: Object.fromEntries(
      days.map(({ name, first, last }) => [
        String(name),
        typeof first === 'string' && typeof last === 'string' ? { from: first, to: last } : null,
      ]),
    ),
    channels: channels.map(([channel]) => String(channel)),
  };
}

const daysOf = (contracts: Iterable<Contract>): string =>
  [
    ...[...contracts].map(
      ({ source, tables: [{ name }] }) => `${firstAndLast(literal(source), 'event_date')} FROM ${name}_current`,
    ),
    `${firstAndLast("'lake'", 'receipt_date')} FROM ledger_hours`,
    `${firstAndLast("'lake/' || source", 'receipt_date')} FROM ledger_hours GROUP BY source`,
  ].join(' UNION ALL ');
const firstAndLast = (name: string, day: string): string =>
  `SELECT ${name} AS name, min(${day})::VARCHAR AS first, max(${day})::VARCHAR AS last`;
const CHANNELS =
  'SELECT channel FROM desk_interactions_current WHERE channel IS NOT NULL GROUP BY channel ORDER BY count(*) DESC, channel';
