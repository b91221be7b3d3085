/**
 * The pages' copy of the lake: of each source its verdicts, current rows and what is made of them, at one ledger version. What later
 * entries judged for the first time is added to it; where one judged again, or tables have other columns, the source is copied anew.
 */
import { join } from 'node:path';
import type { Session } from '../adapters/engine/duckdb/session.ts';
import type { View } from '../adapters/engine/reader.ts';
import { type Table, tableColumns } from '../domain/sources/contract.ts';
import type { DerivedView } from '../domain/kpi/figures/derived-view.ts';
import { DERIVED, ledgerHours } from '../domain/kpi/figures/derived.ts';
import { FIGURES } from '../domain/kpi/figures/index.ts';
import { FIRST_REVISION, sealsRelation } from '../domain/formats/ledger.ts';
import type { Source } from '../domain/formats/layout.ts';
import { currentRows, currentRowsOfMany, identifier, literal } from '../domain/sql.ts';
import { ledgerAtLeast, readLedger } from '../lake/ledger.ts';
import { appliedBy, tableState } from '../lake/tables.ts';
import { type OfSeals, type ViewPlace, ledgerViews, sealsView, tableViews, tablesOf } from '../lake/views.ts';
import type { DashboardPorts } from '../wiring/dashboard.ts';

/** What there is of a source, or what the copy holds of it. */
export interface SourceAt {
  /** The ledger version that its tables hold; −1 before the first entry. */
  readonly version: number;
  /** Seals that only later entries judge. */
  readonly ahead: readonly string[];
  readonly tables: readonly Table[];
  /** Ledger files that were there. */
  readonly ledgerFiles: ReadonlySet<string>;
}

export type LakeAt = ReadonlyMap<Source, SourceAt>;

/** Where ledgers and tables are now. */
export async function lakeNow(lake: DashboardPorts): Promise<LakeAt> {
  const found = new Map<Source, SourceAt>();
  for (const contract of lake.contracts.values()) {
    const { source } = contract;
    const { state, entries } = await readLedger(lake, source);
    const own = new Set(contract.tables.map(({ name }) => name));
    const tables = (await tablesOf(lake, source)).filter(({ name }) => own.has(name));
    const applied = await Promise.all(
      tables.map(async ({ name }) => appliedBy(await tableState(lake, source, name), source)),
    );
    const version = Math.min(state.version, ...applied);
    const ahead = [...entries.decisions(version)].flatMap(([, { seals }]) => seals);
    found.set(source, { version, ahead, tables, ledgerFiles: new Set(state.files.keys()) });
  }
  return found;
}

/** Brings the copy from `before` to `now`; what it was made of lies below `scratch` and is not needed afterwards. */
export async function bringForward(
  lake: DashboardPorts,
  session: Session,
  { before, now }: { readonly before: LakeAt; readonly now: LakeAt },
  scratch: string,
): Promise<void> {
  for (const [source, at] of now) {
    const place = { scratch: join(scratch, source), say: () => undefined };
    const step: Step = { lake, session, source, at, place };
    const held = before.get(source);
    const judged = held === undefined ? undefined : await judgedFirst(step, held);
    if (held === undefined || judged === undefined) await copyAll(step);
    else if (judged.length > 0) await copyAdded(step, judged, held);
  }
}

interface Step {
  readonly lake: DashboardPorts;
  readonly session: Session;
  readonly source: Source;
  readonly at: SourceAt;
  readonly place: ViewPlace;
}

/** The seals that the entries since judged, each for the first time; undefined: what was copied has changed. */
async function judgedFirst({ lake, source, at }: Step, held: SourceAt): Promise<readonly string[] | undefined> {
  const columns = ({ tables }: SourceAt): string =>
    JSON.stringify(tables.map((table) => [table.name, tableColumns(table).map(({ name }) => name)]));
  if (columns(at) !== columns(held)) return undefined;
  const { entries } = await ledgerAtLeast(lake, source, at.version);
  const decided = [...entries.decisions(held.version, at.version)];
  if (decided.some(([, { revision }]) => revision !== FIRST_REVISION)) return undefined;
  return decided.flatMap(([, { seals }]) => seals);
}

/** Of each source's ledger: its verdicts counted, and where those lie that could not be read. */
const COUNTED = 'ledger_hours';
const UNREAD = 'unread';
/** What is made of more rows than this is made in slices, so that memory is bounded. */
const SLICE_ROWS = 1_250_000;

async function copyAll(step: Step): Promise<void> {
  const { lake, session, source, at, place } = step;
  const seals = { seals: { but: at.ahead } };
  await makeViews(session, await ledgerViews(lake, source, place, { at: at.version }));
  await session.run(`CREATE TABLE IF NOT EXISTS ${COUNTED} AS SELECT * FROM (${verdictsOf(source)}) WHERE false`);
  await session.run(`CREATE TABLE IF NOT EXISTS ${UNREAD} AS SELECT * FROM (${unreadOf(source)}) WHERE false`);
  for (const table of [COUNTED, UNREAD]) await session.run(`DELETE FROM ${table} WHERE source = ${literal(source)}`);
  await addVerdicts(session, source);
  for (const table of at.tables) {
    await makeRows(step, table, seals);
    // What people wrote is not copied: nobody asks it, only what is made of it is kept.
    if (table.clear) continue;
    const rows = currentRowsOfMany(identifier(table.name));
    await session.run(`CREATE OR REPLACE TABLE ${current(table.name)} AS ${rows}`);
  }
  await addSeals(step);
  for (const view of derivedOf(at)) await makeInSlices(session, view, at);
}

/** Makes a derived view of all current rows. */
async function makeInSlices(
  session: Session,
  { name, needs, by, sql, empty }: DerivedView,
  at: SourceAt,
): Promise<void> {
  await session.run(`CREATE OR REPLACE TABLE ${identifier(name)} AS ${empty}`);
  if (!hasAll(at, needs)) return;
  const [count] = await session.rows(`SELECT count(*)::INTEGER AS n FROM ${rowsBehind(needs[0])}`);
  const slices = Math.max(1, Math.ceil(Number(count?.['n']) / SLICE_ROWS));
  for (let slice = 0; slice < slices; slice += 1) {
    const rows = sql((relation) =>
      slices === 1 ? relation : `(SELECT * FROM ${relation} WHERE hash(${by.of}) % ${slices} = ${slice})`,
    );
    // Its columns are those of its rows: pseudonyms, for one, are numbers here.
    if (slice === 0) await session.run(`CREATE OR REPLACE TABLE ${identifier(name)} AS ${rows}`);
    else await session.run(`INSERT INTO ${identifier(name)} BY NAME ${rows}`);
  }
}

async function copyAdded(step: Step, judged: readonly string[], held: SourceAt): Promise<void> {
  const { lake, session, source, at, place } = step;
  const seals = { seals: { only: judged } };
  // Files that were there hold lines of these seals where the ledger was ahead of its tables.
  const but = held.ahead.length === 0 ? held.ledgerFiles : new Set<string>();
  await makeViews(session, await ledgerViews(lake, source, place, { at: at.version, ...seals, but }));
  await addVerdicts(session, source);
  for (const table of at.tables) {
    await makeRows(step, table, seals);
    if (!table.clear) await mergeRows(session, table.name);
  }
  await addSeals(step, held.version);
  for (const view of derivedOf(at)) if (hasAll(at, view.needs)) await makeAnew(session, view);
}

/** The view `<table>`: rows of some seals, of the columns that anybody asks for. */
async function makeRows({ lake, session, source, at, place }: Step, table: Table, seals: OfSeals): Promise<void> {
  const [rows] = await tableViews(lake, { source, table }, { reached: at.version, ...seals }, place);
  if (rows === undefined) return;
  const columns = tableColumns(table).filter(({ name }) => asked.has(name));
  const chosen = columns
    .map(({ name, pseudonym }) => (pseudonym === true ? numberOf(name) : identifier(name)))
    .join(', ');
  await makeViews(session, [{ name: rows.name, sql: `SELECT ${chosen} FROM (${rows.sql})` }]);
}

/** A pseudonym only tells people and chats apart: as numbers they are compared and sorted several times faster than as texts. */
const numberOf = (column: string): string =>
  `CASE WHEN ${identifier(column)} IS NOT NULL THEN hash(${identifier(column)}) END AS ${identifier(column)}`;

/** What rows are told apart by, and every word of the figures: to copy a column that nobody reads is most of the work of copying. */
const asked = new Set(
  [
    'entity version event_date',
    ...[...FIGURES.values()].map(({ sql }) => sql({ from: '2021-01-01', to: '2021-12-31', channel: 'x' })),
    ...DERIVED.map(({ sql }) => sql((relation) => relation)),
  ].flatMap((text) => text.match(/\w+/g) ?? []),
);

const makeViews = async (session: Session, views: readonly View[]): Promise<void> => {
  for (const { name, sql } of views) await session.run(`CREATE TEMP VIEW ${identifier(name)} AS ${sql}`);
};
const verdictsOf = (source: Source): string =>
  ledgerHours(`(SELECT ${literal(source)} AS source, * FROM ledger_${source})`);
const unreadOf = (source: Source): string =>
  `SELECT ${literal(source)} AS source, reason, coalesce(field, '') AS field, opened_at, raw_key, line FROM ledger_${source} WHERE verdict = 'quarantined'`;
async function addVerdicts(session: Session, source: Source): Promise<void> {
  await session.run(`INSERT INTO ${COUNTED} BY NAME ${verdictsOf(source)}`);
  await session.run(`INSERT INTO ${UNREAD} BY NAME ${unreadOf(source)}`);
}
/** Seals judged after an entry, or all of them, where anything is made of them. */
async function addSeals({ lake, session, source, at, place }: Step, after?: number): Promise<void> {
  const seals = sealsRelation(source);
  if (!DERIVED.some(({ needs }) => needs.includes(seals))) return;
  if (after === undefined)
    await session.run(`CREATE OR REPLACE TABLE ${seals} AS SELECT '' AS seal, NULL::DATE AS upto WHERE false`);
  const [latest] = await session.rows(`SELECT coalesce(max(upto)::VARCHAR, '') AS upto FROM ${seals}`);
  const since = { at: at.version, after, upto: String(latest?.['upto']) };
  await session.run(`INSERT INTO ${seals} ${(await sealsView(lake, source, place, since)).sql}`);
}
const current = (table: string): string => identifier(`${table}_current`);
const came = (table: string): string => identifier(`${table}_came`);
const gone = (table: string): string => identifier(`${table}_gone`);
/** What is made of the source's tables, and of what is made of them. */
function derivedOf({ tables }: SourceAt): readonly DerivedView[] {
  const known = new Set(tables.map(({ name }) => name));
  return DERIVED.filter(({ name, needs: [first] }) => known.has(first) && known.add(name));
}
const derivedNamed = (name: string): DerivedView | undefined => DERIVED.find((view) => view.name === name);
/** Where a derived view is empty, what is made of it is, too: texts, say, are not kept, and no word of them. */
const hasAll = (at: SourceAt, needs: readonly string[]): boolean =>
  needs.every((need) => {
    const view = derivedNamed(need);
    if (view !== undefined) return hasAll(at, view.needs);
    return need.startsWith('ledger_') || at.tables.some(({ name }) => name === need);
  });
const rowsBehind = (need: string): string => (derivedNamed(need) === undefined ? current(need) : identifier(need));

/** Takes the view's rows into the current ones; those that became current, and those that they took the place of, are kept for what is made of them. */
async function mergeRows(session: Session, table: string): Promise<void> {
  const [name, kept, touched] = [identifier(table), current(table), identifier(`${table}_touched`)];
  await session.run(
    // All versions of an entity lie in one day, by which the rows are found.
    `CREATE TEMP TABLE ${touched} AS SELECT * FROM ${kept} WHERE event_date IN (SELECT event_date FROM ${name}) AND entity IN (SELECT entity FROM ${name})`,
  );
  const all = `(SELECT * FROM ${name} UNION ALL BY NAME SELECT * FROM ${touched})`;
  await session.run(
    `CREATE TEMP TABLE ${came(table)} AS SELECT * FROM (${currentRows(all)}) ANTI JOIN ${touched} USING (entity, version)`,
  );
  await session.run(
    `CREATE TEMP TABLE ${gone(table)} AS SELECT * FROM ${touched} SEMI JOIN ${came(table)} USING (entity)`,
  );
  await session.run(
    `DELETE FROM ${kept} WHERE event_date IN (SELECT event_date FROM ${gone(table)}) AND entity IN (SELECT entity FROM ${gone(table)})`,
  );
  await session.run(`INSERT INTO ${kept} BY NAME SELECT * FROM ${came(table)}`);
}

/** Makes a derived view's rows anew for the values of its column that rows came or went with. */
async function makeAnew(session: Session, { name, needs: [first], by, sql }: DerivedView): Promise<void> {
  const [view, changed] = [identifier(name), identifier(`${name}_changed`)];
  const column = identifier(by.column);
  await session.run(
    `CREATE TEMP TABLE ${changed} AS SELECT ${by.of} AS ${column} FROM ${came(first)} UNION SELECT ${by.of} FROM ${gone(first)}`,
  );
  const isChanged = `IN (SELECT ${column} FROM ${changed})`;
  const [old, fresh] = [identifier(`${name}_old`), identifier(`${name}_fresh`)];
  await session.run(`CREATE TEMP TABLE ${old} AS SELECT * FROM ${view} WHERE ${column} ${isChanged}`);
  await session.run(
    `CREATE TEMP TABLE ${fresh} AS ${sql((relation) => `(SELECT * FROM ${relation} WHERE ${by.of} ${isChanged})`)}`,
  );
  await session.run(`DELETE FROM ${view} WHERE ${column} ${isChanged}`);
  await session.run(`INSERT INTO ${view} BY NAME SELECT * FROM ${fresh}`);
  if (!DERIVED.some(({ needs }) => needs[0] === name)) return;
  // What is made of this view is made anew for true differences alone.
  await session.run(`CREATE TEMP TABLE ${gone(name)} AS SELECT * FROM ${old} EXCEPT ALL SELECT * FROM ${fresh}`);
  await session.run(`CREATE TEMP TABLE ${came(name)} AS SELECT * FROM ${fresh} EXCEPT ALL SELECT * FROM ${old}`);
}
