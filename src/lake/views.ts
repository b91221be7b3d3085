/** Tables and ledgers as views for a person's SQL: the live files brought to the local disk, and what selects from them. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { View } from '../adapters/engine/reader.ts';
import { type Column, type Table, tableColumns } from '../domain/sources/contract.ts';
import { type Source, ledgerRoot, parseSealName, tableRoot } from '../domain/formats/layout.ts';
import { derivedFor } from '../domain/kpi/figures/derived.ts';
import { ZONE } from '../domain/kpi/figures/lake.ts';
import { FIRST_REVISION, LEDGER_COLUMNS, sealsRelation } from '../domain/formats/ledger.ts';
import { currentRowsOfMany, currentVerdicts, identifier, literal, sqlType } from '../domain/sql.ts';
import { filesOf, mayHoldDays, rowsOfSeals } from '../domain/formats/table-file.ts';
import type { Lake } from './lake.ts';
import { ledgerAtLeast, readLedger } from './ledger.ts';
import { knownTables, tableState } from './tables.ts';

type Needs = Pick<Lake, 'store' | 'logs' | 'cache'>;

/** Where files are brought to, and who is told how much that is. */
export interface ViewPlace {
  readonly scratch: string;
  readonly say: (text: string) => void;
}

/** Event days, inclusive; absent: all. */
export interface Days {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** Rows of some seals alone, or of all but some. */
export interface OfSeals {
  readonly seals?: { readonly only: readonly string[] } | { readonly but: readonly string[] };
}

const NO_FILES: ReadonlySet<string> = new Set();
const FIRST_DAY = '0001-01-01';
const LAST_DAY = '9999-12-31';
const MB = 1_048_576;

/** The tables that decisions have named, and those of the contract that none has named yet. */
export async function tablesOf(lake: Needs & Pick<Lake, 'contracts'>, source: Source): Promise<readonly Table[]> {
  const own = (lake.contracts.get(source)?.tables ?? []).map((table) => [table.name, table] as const);
  return [...new Map([...own, ...(await knownTables(lake, source))]).values()];
}

/**
 * The views that a statement names, in the order in which they have to be made: `<table>`, `<table>_current`, `ledger_<source>`,
 * `ledger_<source>_revisions`, `ledger_<source>_seals`, `ledger`, and those of DERIVED. The one way from SQL to the store.
 */
export async function lakeViews(
  lake: Needs & Pick<Lake, 'contracts'>,
  sql: string,
  days: Days,
  place: ViewPlace,
): Promise<readonly View[]> {
  const named = (text: string, name: string): boolean => new RegExp(`\\b${name}\\b`, 'i').test(text);
  const derived = derivedFor((name) => named(sql, name));
  const whole = [sql, ...derived.flatMap(({ needs }) => needs)].join(' ');
  const everything = named(whole, 'ledger');
  const sources = [...lake.contracts.keys()];
  const views: View[] = [];
  for (const source of sources) {
    for (const table of await tablesOf(lake, source))
      if (named(whole, table.name) || named(whole, `${table.name}_current`))
        views.push(...(await tableViews(lake, { source, table }, days, place)));
    if (everything || named(sql, `ledger_${source}`) || named(sql, `ledger_${source}_revisions`))
      views.push(...(await ledgerViews(lake, source, place)));
    if (named(whole, sealsRelation(source))) views.push(await sealsView(lake, source, place));
  }
  if (everything) views.push(ledgerOfAll(sources));
  const made = new Set(views.map(({ name }) => name));
  for (const { name, needs, sql: select, empty } of derived) {
    views.push({ name, sql: needs.every((need) => made.has(need)) ? select((relation) => relation) : empty });
    made.add(name);
  }
  return views;
}

/** `ledger`: the verdicts of all sources, of the views `ledger_<source>`. */
export const ledgerOfAll = (sources: readonly Source[]): View => ({
  name: 'ledger',
  sql: sources.map((source) => `SELECT ${literal(source)} AS source, * FROM ledger_${source}`).join(' UNION ALL '),
});

/**
 * `<table>`, its live rows of some days, and `<table>_current`, the highest version of each entity: all its versions lie in one day.
 * `reached`: a ledger version that the rows must have; absent: the table as it is now.
 */
export async function tableViews(
  lake: Needs,
  { source, table }: { readonly source: Source; readonly table: Table },
  { from, to, reached, seals }: Days & OfSeals & { readonly reached?: number },
  place: ViewPlace,
): Promise<readonly View[]> {
  const state = await tableState(lake, source, table.name, reached);
  const [first, last] = [from ?? FIRST_DAY, to ?? LAST_DAY];
  const asked = seals !== undefined && 'only' in seals ? new Set(seals.only) : undefined;
  const files = filesOf(state).filter(
    (file) => mayHoldDays(file, first, last) && (asked === undefined || rowsOfSeals(file, asked) > 0),
  );
  const keys = files.map(({ path, bytes }) => ({ key: `${tableRoot(table.name)}${path}`, bytes }));
  const paths = await fetchFiles(lake, table.name, keys, place);
  const isNarrowed = from !== undefined || to !== undefined;
  const conditions = [
    ...(isNarrowed ? [`event_date BETWEEN ${literal(first)} AND ${literal(last)}`] : []),
    ...ofSeals('_seal', seals),
  ];
  const rows = `SELECT * FROM (${rowsOf(tableColumns(table), paths)})`;
  return [
    { name: table.name, sql: conditions.length === 0 ? rows : `${rows} WHERE ${conditions.join(' AND ')}` },
    { name: `${table.name}_current`, sql: currentRowsOfMany(identifier(table.name)) },
  ];
}

const ofSeals = (column: string, seals: OfSeals['seals']): readonly string[] => {
  if (seals === undefined) return [];
  const [word, named] = 'only' in seals ? ['IN', seals.only] : ['NOT IN', seals.but];
  if (named.length === 0) return word === 'IN' ? ['false'] : [];
  return [`${column} ${word} (${named.map(literal).join(', ')})`];
};

/** `at`: as of this ledger version; absent: as it is now. `but`: without what these files hold. */
export interface LedgerAsked {
  readonly at?: number | undefined;
  readonly but?: ReadonlySet<string>;
}

/**
 * `ledger_<source>`, one row per received message with its verdict, and `ledger_<source>_revisions`, one per judgement; `opened_at` is
 * when its raw batch was opened, `receipt_date` that moment's local day.
 */
export async function ledgerViews(
  lake: Needs,
  source: Source,
  place: ViewPlace,
  { at, seals, but = NO_FILES }: OfSeals & LedgerAsked = {},
): Promise<readonly View[]> {
  const { state, entries } = at === undefined ? await readLedger(lake, source) : await ledgerAtLeast(lake, source, at);
  const files = [...state.files.values()]
    .filter(({ path }) => !but.has(path))
    .map(({ path, size }) => ({
      key: `${ledgerRoot(source)}${path}`,
      bytes: size,
    }));
  const name = `ledger_${source}`;
  const paths = await fetchFiles(lake, name, files, place);
  const later = at === undefined ? [] : [...entries.decisions(at)];
  const judged = later.flatMap(([, { seals, revision }]) => seals.map((seal) => `(${literal(seal)}, ${revision})`));
  const conditions = [
    ...(judged.length === 0 ? [] : [`(seal, revision) NOT IN (VALUES ${judged.join(', ')})`]),
    ...ofSeals('seal', seals),
  ];
  const rows = `SELECT *, ${OPENED_AT} AS opened_at FROM (${rowsOf(LEDGER_COLUMNS, paths)})${conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`}`;
  return [
    { name: `${name}_revisions`, sql: `SELECT *, ${RECEIPT_DATE} AS receipt_date FROM (${rows})` },
    { name, sql: currentVerdicts(`${name}_revisions`) },
  ];
}

/** Of the entries after one, up to another; `upto`: what the ones before had come to. */
export interface SealsAsked {
  readonly after?: number | undefined;
  readonly at?: number;
  readonly upto?: string;
}

/** `ledger_<source>_seals`: each seal with the latest day (UTC) of whose receipts the ledger held any when it was first judged, its own among them. */
export async function sealsView(
  lake: Needs,
  source: Source,
  { scratch }: ViewPlace,
  { after = -1, at, upto = '' }: SealsAsked = {},
): Promise<View> {
  const { entries } = at === undefined ? await readLedger(lake, source) : await ledgerAtLeast(lake, source, at);
  const lines: string[] = [];
  let latest = upto;
  for (const [, { seals, revision }] of entries.decisions(after, at)) {
    if (revision !== FIRST_REVISION) continue;
    for (const seal of seals) {
      const day = parseSealName(seal).window.slice(0, 10);
      if (day > latest) latest = day;
    }
    for (const seal of seals) lines.push(`${seal},${latest}\n`);
  }
  await mkdir(scratch, { recursive: true });
  const path = join(scratch, `${sealsRelation(source)}.csv`);
  await writeFile(path, lines.join(''));
  const columns = "{seal: 'VARCHAR', upto: 'DATE'}";
  return {
    name: sealsRelation(source),
    sql: `SELECT * FROM read_csv(${literal(path)}, auto_detect = false, columns = ${columns})`,
  };
}

const OPENED_AT = `make_timestamp(1000 * regexp_extract(raw_key, '/(\\d{13,})-', 1)::BIGINT)`;
const RECEIPT_DATE = `timezone(${literal(ZONE)}, timezone('UTC', opened_at))::DATE`;

/** Brings live files to the local disk; says first how much that is. */
async function fetchFiles(
  { cache }: Needs,
  name: string,
  files: readonly { readonly key: string; readonly bytes: number }[],
  { scratch, say }: ViewPlace,
): Promise<readonly string[]> {
  if (files.length === 0) return [];
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  say(`${name}: ${files.length} file${files.length === 1 ? '' : 's'}, ${(bytes / MB).toFixed(1)} MB`);
  const folder = join(scratch, name);
  await mkdir(folder, { recursive: true });
  const paths: string[] = [];
  for (const { key } of files) paths.push(await cache.fetch(key, folder, 'a live file'));
  return paths;
}

/** The rows of files with every column there is, null where a file has none: also of no file, and of files from before a column. */
function rowsOf(columns: readonly Column[], paths: readonly string[]): string {
  const none = `SELECT ${columns.map(({ name, type }) => `NULL::${sqlType(type)} AS ${identifier(name)}`).join(', ')} WHERE false`;
  if (paths.length === 0) return none;
  const read = `read_parquet([${paths.map(literal).join(', ')}], union_by_name = true, hive_partitioning = false)`;
  return `${none} UNION ALL BY NAME SELECT * FROM ${read}`;
}
