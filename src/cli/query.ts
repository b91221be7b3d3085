/** `chatlake query`: SQL over the live tables and ledgers, read-only. */
import type { Command } from 'commander';
import { PermanentError } from '../domain/errors.ts';
import { DERIVED } from '../domain/kpi/figures/derived.ts';
import { isDay } from '../domain/window.ts';
import { type Days, lakeViews } from '../lake/views.ts';
import { type Readers, openReaders } from '../wiring/ports.ts';
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

const MOST_ROWS = 100_000;
const FORMATS = ['table', 'csv', 'json'] as const;

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
    const views = await lakeViews(ports, sql, { ...days, scratch, say });
    const { columns, rows, more } = await ports.reader.ask(views, sql, most, scratch).catch((error: unknown) => {
      if (!(error instanceof PermanentError) || !error.message.includes('Table with name')) throw error;
      throw new PermanentError(`${error.message}; chatlake query --list shows what can be asked`, { cause: error });
    });
    if (more) say(`only the first ${most} rows are shown`);
    return { columns, rows };
  });
}

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
      ...DERIVED.map(({ name, about }) => [name, about]),
      ...[...contracts.keys()].map((source) => [`ledger_${source}`, 'one row per received message: its verdict today']),
      ['ledger', 'the same of all sources, with the column source'],
    ],
  };
}
