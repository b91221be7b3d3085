/** `chatlake query`: SQL over the live tables and ledgers, read-only. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { readLedger } from '../activities/ledger-view.ts';
import type { View } from '../adapters/engine/reader.ts';
import { type Column, EVENT_DATE, type Table, tableColumns } from '../domain/contracts/contract.ts';
import { PermanentError } from '../domain/errors.ts';
import { type Source, ledgerRoot, tableRoot } from '../domain/layout.ts';
import { LEDGER_COLUMNS } from '../domain/ledger.ts';
import { currentVerdicts, identifier, literal } from '../domain/sql.ts';
import { isDay } from '../domain/window.ts';
import { type Readers, openReaders } from '../wiring/ports.ts';
import { counted } from './counted.ts';
import type { VerbNeeds } from './explain.ts';
import { QUERIES } from './queries.ts';
import { type Grid, printGrid } from './grid.ts';

interface QueryOptions {
  readonly format: string;
  readonly from?: string;
  readonly to?: string;
  readonly list?: boolean;
  readonly json?: boolean;
}

/** Event days, inclusive. */
interface Days {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

const MOST_ROWS = 100_000;
const FORMATS = ['table', 'csv', 'json'] as const;
const MB = 1_048_576;

/** Adds the verb. */
export function addQuery(program: Command, { config, print, say }: VerbNeeds): void {
  program
    .command('query')
    .description('SQL (DuckDB) over the live tables, <table>_current and ledger_<source>; or @name of a listed one')
    .argument('[sql]', 'one SELECT, or @name')
    .option('--format <format>', FORMATS.join(', '), 'table')
    .option('--from <day>', 'first event day of the tables’ rows, such as 2021-08-02: reads less')
    .option('--to <day>', 'last event day')
    .option('--list', 'the named queries, and what can be asked')
    .option('--json', 'the same as --format json')
    .addHelpText(
      'after',
      '\nExamples:\n  chatlake query @quarantine\n  chatlake query "SELECT channel, count(*) FROM desk_interactions_current GROUP BY ALL" --format csv',
    )
    .action(async (text: string | undefined, options: QueryOptions) => {
      const format = options.json === true ? 'json' : FORMATS.find((known) => known === options.format);
      if (format === undefined)
        throw new PermanentError(`"${options.format}" is not a format; there are: ${FORMATS.join(', ')}`);
      for (const [name, day] of [
        ['--from', options.from],
        ['--to', options.to],
      ] as const)
        if (day !== undefined && !isDay(day))
          throw new PermanentError(`${name} must be a day that exists, such as 2021-08-02, not "${day}"`);
      if (options.list !== true && text === undefined)
        throw new PermanentError('Give a SELECT in quotes, or @name; chatlake query --list shows the names.');
      const { ports, close } = await openReaders(config());
      try {
        const isList = text === undefined || options.list === true;
        const answer = isList ? listed(ports) : await query(ports, sqlOf(text), options, say);
        print(printGrid(answer, format, isList ? Infinity : undefined));
      } finally {
        await close();
      }
    });
}

function sqlOf(text: string): string {
  if (!text.startsWith('@')) return text;
  const named = QUERIES[text.slice(1)];
  if (named === undefined)
    throw new PermanentError(
      `There is no query ${text}; there are: ${Object.keys(QUERIES)
        .map((name) => `@${name}`)
        .join(', ')}`,
    );
  return named.sql;
}

/** Answers SQL over the lake as it is now, by at most `most` rows. Throws PermanentError in one sentence for a statement that is wrong or does more than read. */
export async function query(
  ports: Readers,
  sql: string,
  days: Days,
  say: (text: string) => void,
  most = MOST_ROWS,
): Promise<Grid> {
  return ports.cache.withScratch(async (scratch) => {
    const asked = (name: string): boolean => new RegExp(`\\b${name}\\b`, 'i').test(sql);
    const views: View[] = [];
    const everything = asked('ledger');
    for (const { source, tables } of ports.contracts.values()) {
      for (const table of tables)
        if (asked(table.name) || asked(`${table.name}_current`))
          views.push(...(await tableViews(ports, table, days, scratch, say)));
      if (everything || asked(`ledger_${source}`) || asked(`ledger_${source}_revisions`))
        views.push(...(await ledgerViews(ports, source, scratch, say)));
    }
    if (everything) {
      const each = [...ports.contracts.keys()].map(
        (source) => `SELECT ${literal(source)} AS source, * FROM ledger_${source}`,
      );
      views.push({ name: 'ledger', sql: each.join(' UNION ALL ') });
    }
    const { columns, rows, more } = await ports.reader.ask(views, sql, most, scratch).catch((error: unknown) => {
      if (!(error instanceof PermanentError) || !error.message.includes('Table with name')) throw error;
      throw new PermanentError(`${error.message}; chatlake query --list shows what can be asked`, { cause: error });
    });
    if (more) say(`only the first ${most} rows are shown`);
    return { columns, rows };
  });
}

/** A table's live rows of some days, and the current version of each entity: all its versions lie in one day. */
async function tableViews(
  ports: Readers,
  table: Table,
  { from = '', to = '9999-12-31' }: Days,
  scratch: string,
  say: (text: string) => void,
): Promise<readonly View[]> {
  const { files } = await ports.logs(tableRoot(table.name)).refresh();
  const wanted = [...files.values()].flatMap(({ path, size, partitionValues }) => {
    const day = partitionValues[EVENT_DATE.name] ?? '';
    return day >= from && day <= to
      ? [{ key: `${tableRoot(table.name)}${path}`, folder: `event_date=${day}`, size }]
      : [];
  });
  const glob = await fetchAll(ports, table.name, wanted, scratch, say);
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
  ports: Readers,
  source: Source,
  scratch: string,
  say: (text: string) => void,
): Promise<readonly View[]> {
  const { state } = await readLedger(ports, source);
  const files = [...state.files.values()].map(({ path, size }) => ({
    key: `${ledgerRoot(source)}${path}`,
    folder: '.',
    size,
  }));
  const name = `ledger_${source}`;
  const glob = await fetchAll(ports, name, files, scratch, say);
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
  ports: Readers,
  name: string,
  files: readonly { readonly key: string; readonly folder: string; readonly size: number }[],
  scratch: string,
  say: (text: string) => void,
): Promise<string | undefined> {
  if (files.length === 0) return undefined;
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  say(`${name}: ${counted(files.length, 'files')}, ${(bytes / MB).toFixed(1)} MB`);
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

/** The named queries, then what SQL may name. */
function listed({ contracts }: Readers): Grid {
  const tables = [...contracts.values()].flatMap((contract) => contract.tables);
  return {
    columns: ['name', 'about'],
    rows: [
      ...Object.entries(QUERIES).map(([name, { about }]) => [`@${name}`, about]),
      ...tables.flatMap(({ name, doc }) => [
        [name, doc],
        [`${name}_current`, 'the highest version of each entity'],
      ]),
      ...[...contracts.keys()].map((source) => [`ledger_${source}`, 'one row per received message: its verdict today']),
      ['ledger', 'the same of all sources, with the column source'],
    ],
  };
}
