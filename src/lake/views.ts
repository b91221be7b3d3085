/** The lake as views: live rows and current rows of every table, verdicts of every ledger, and what is derived of them. The one way from SQL to the store. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readLedger } from '../activities/ledger-view.ts';
import type { Ports } from '../activities/ports.ts';
import type { View } from '../adapters/engine/reader.ts';
import { type Column, EVENT_DATE, type Table, tableColumns } from '../domain/contracts/contract.ts';
import { DERIVED } from '../domain/kpi/figures/derived.ts';
import { type Source, ledgerRoot, tableRoot } from '../domain/layout.ts';
import { LEDGER_COLUMNS } from '../domain/ledger.ts';
import { currentVerdicts, identifier, literal } from '../domain/sql.ts';

/** Event days, inclusive; absent: all. */
export interface Days {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export type LakeNeeds = Pick<Ports, 'store' | 'cache' | 'logs' | 'contracts'>;

export interface ViewOptions extends Days {
  /** Where live files are brought to; the views read them there. */
  readonly scratch: string;
  /** Hears how much is read. */
  readonly say: (text: string) => void;
}

const MB = 1_048_576;

/**
 * The views that a statement names, in the order in which they have to be made: `<table>`, `<table>_current`, `ledger_<source>`,
 * `ledger_<source>_revisions`, `ledger`, and those of DERIVED.
 */
export async function lakeViews(ports: LakeNeeds, sql: string, options: ViewOptions): Promise<readonly View[]> {
  const named = (text: string, name: string): boolean => new RegExp(`\\b${name}\\b`, 'i').test(text);
  const derived = DERIVED.filter(({ name }) => named(sql, name));
  const whole = [sql, ...derived.flatMap(({ needs }) => needs)].join(' ');
  const views: View[] = [];
  const everything = named(sql, 'ledger');
  for (const { source, tables } of ports.contracts.values()) {
    for (const table of tables)
      if (named(whole, table.name) || named(whole, `${table.name}_current`))
        views.push(...(await tableViews(ports, table, options)));
    if (everything || named(sql, `ledger_${source}`) || named(sql, `ledger_${source}_revisions`))
      views.push(...(await ledgerViews(ports, source, options)));
  }
  if (everything) {
    const each = [...ports.contracts.keys()].map(
      (source) => `SELECT ${literal(source)} AS source, * FROM ledger_${source}`,
    );
    views.push({ name: 'ledger', sql: each.join(' UNION ALL ') });
  }
  const kept = new Set(views.map(({ name }) => name));
  for (const { name, needs, sql: made, empty } of derived)
    views.push({ name, sql: needs.every((table) => kept.has(table)) ? made : empty });
  return views;
}

/** A table's live rows of some days, and the current version of each entity: all its versions lie in one day. */
async function tableViews(
  ports: LakeNeeds,
  table: Table,
  { from = '', to = '9999-12-31', ...options }: ViewOptions,
): Promise<readonly View[]> {
  const { files } = await ports.logs(tableRoot(table.name)).refresh();
  const wanted = [...files.values()].flatMap(({ path, size, partitionValues }) => {
    const day = partitionValues[EVENT_DATE.name] ?? '';
    return day >= from && day <= to
      ? [{ key: `${tableRoot(table.name)}${path}`, folder: `event_date=${day}`, size }]
      : [];
  });
  const glob = await fetchAll(ports, table.name, wanted, options);
  const current = `SELECT * FROM ${identifier(table.name)} QUALIFY row_number() OVER (PARTITION BY entity ORDER BY version DESC) = 1`;
  const rows =
    glob === undefined
      ? emptyRows([...tableColumns(table), EVENT_DATE])
      : `SELECT * FROM read_parquet(${literal(glob)}, union_by_name = true, hive_partitioning = true, hive_types = {'event_date': DATE})`;
  return [
    { name: table.name, sql: rows },
    { name: `${table.name}_current`, sql: current },
  ];
}

async function ledgerViews(
  ports: LakeNeeds,
  source: Source,
  options: Pick<ViewOptions, 'scratch' | 'say'>,
): Promise<readonly View[]> {
  const { state } = await readLedger(ports, source);
  const files = [...state.files.values()].map(({ path, size }) => ({
    key: `${ledgerRoot(source)}${path}`,
    folder: '.',
    size,
  }));
  const name = `ledger_${source}`;
  const glob = await fetchAll(ports, name, files, options);
  const rows =
    glob === undefined
      ? emptyRows(LEDGER_COLUMNS)
      : `SELECT * FROM read_parquet(${literal(glob)}, union_by_name = true)`;
  const opened = `make_timestamp(1000 * regexp_extract(raw_key, '/(\\d{13,})-', 1)::BIGINT) AS opened_at`;
  return [
    { name: `${name}_revisions`, sql: `SELECT *, ${opened} FROM (${rows})` },
    { name, sql: currentVerdicts(`${name}_revisions`) },
  ];
}

/** Brings live files to the local disk; a pattern that finds them, or undefined when there are none. */
async function fetchAll(
  ports: LakeNeeds,
  name: string,
  files: readonly { readonly key: string; readonly folder: string; readonly size: number }[],
  { scratch, say }: Pick<ViewOptions, 'scratch' | 'say'>,
): Promise<string | undefined> {
  if (files.length === 0) return undefined;
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  say(`${name}: ${files.length} file${files.length === 1 ? '' : 's'}, ${(bytes / MB).toFixed(1)} MB`);
  for (const { key, folder } of files) {
    const own = join(scratch, name, folder);
    await mkdir(own, { recursive: true });
    await ports.cache.fetch(key, own, 'a live file');
  }
  return join(scratch, name, '**', '*.parquet');
}

const TYPES: Readonly<Record<Column['type'], string>> = {
  text: 'VARCHAR',
  int32: 'INTEGER',
  int64: 'BIGINT',
  bool: 'BOOLEAN',
  timestamp: 'TIMESTAMPTZ',
  date: 'DATE',
  'text[]': 'VARCHAR[]',
  'issue[]': 'STRUCT(field VARCHAR, code VARCHAR, original VARCHAR)[]',
};

/** No rows, of the right types: a table nobody has written to yet. */
const emptyRows = (columns: readonly Column[]): string =>
  `SELECT ${columns.map(({ name, type }) => `NULL::${TYPES[type]} AS ${identifier(name)}`).join(', ')} WHERE false`;
