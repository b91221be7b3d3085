/** `chatlake query`: SQL over the live tables and ledgers, read-only. */
import type { Command } from 'commander';
import { PermanentError } from '../domain/errors.ts';
import { DERIVED } from '../domain/kpi/figures/derived.ts';
import { type Figure, figureRows } from '../domain/kpi/figures/figure.ts';
import { FIGURES } from '../domain/kpi/figures/index.ts';
import { isDay } from '../domain/window.ts';
import { type Days, lakeViews, tablesOf } from '../lake/views.ts';
import { type Readers, openReaders } from '../wiring/ports.ts';
import type { VerbNeeds } from './explain.ts';
import { type Grid, printGrid } from './grid.ts';
import { namedQueries } from './queries.ts';

/** SQL over rows of some event days. */
interface Question extends Days {
  readonly sql: string;
  /** How many rows are answered; absent: 100,000. */
  readonly most?: number;
}

interface QueryOptions extends Days {
  readonly format: string;
  readonly list?: boolean;
  readonly json?: boolean;
}

const MOST_ROWS = 100_000;
const FORMATS = ['table', 'csv', 'json'] as const;

/** Adds the verb. */
export function addQuery(program: Command, { config, print, say }: VerbNeeds): void {
  program
    .command('query')
    .description(
      'SQL (DuckDB) over the live tables, <table>_current and ledger_<source>; or @name of a query or figure; @ lists them',
    )
    .argument('[sql]', 'one SELECT, or @name; @: the names')
    .option('--format <format>', FORMATS.join(', '), 'table')
    .option('--from <day>', 'first event day of the tables’ rows, such as 2021-08-02: reads less')
    .option('--to <day>', 'last event day')
    .option('--list', 'the named queries, and what can be asked: the same as @')
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
      const isList = options.list === true || text === '@';
      if (!isList && text === undefined)
        throw new PermanentError('Give a SELECT in quotes, or @name; chatlake query @ shows the names.');
      const { ports, close } = await openReaders(config());
      try {
        const answer = isList ? await listed(ports) : await answered(ports, text ?? '', options, say);
        print(printGrid(answer, format, isList ? Infinity : undefined));
      } finally {
        await close();
      }
    });
}

/** What stands on the command line: a SELECT, a named query, or a figure of some days. */
function answered(ports: Readers, asked: string, days: Days, say: (text: string) => void): Promise<Grid> {
  if (!asked.startsWith('@')) return query(ports, { ...days, sql: asked }, say);
  const name = asked.slice(1);
  const figure = FIGURES.get(name);
  if (figure !== undefined) return askFigure(ports, figure, days, say);
  const named = namedQueries().get(name);
  if (named === undefined)
    throw new PermanentError(`There is no query ${asked}; chatlake query @ shows the names of queries and figures.`);
  return query(ports, { ...days, sql: named.sql }, say);
}

/** A figure as a grid, its small cells hidden. Throws PermanentError where its days are not given. */
export async function askFigure(
  ports: Readers,
  figure: Figure,
  { from, to, channel }: Days & { readonly channel?: string },
  say: (text: string) => void,
): Promise<Grid> {
  if (from === undefined || to === undefined)
    throw new PermanentError(
      `@${figure.id} is of some days: add --from and --to, such as --from 2021-08-01 --to 2021-08-31.`,
    );
  const sql = figure.sql({ from, to, ...(channel === undefined ? {} : { channel }) });
  // Figures choose their days themselves: some look at what was before.
  const rows = figureRows(figure, await query(ports, { sql }, say));
  const columns = figure.columns.map(({ name }) => name);
  return { columns, rows: rows.map((row) => columns.map((name) => row[name])) };
}

/** Answers SQL over the lake as it is now, by at most `most` rows. Throws PermanentError in one sentence for a statement that is wrong or does more than read. */
export async function query(
  ports: Readers,
  { sql, most = MOST_ROWS, ...days }: Question,
  say: (text: string) => void,
): Promise<Grid> {
  return ports.cache.withScratch(async (scratch) => {
    const views = await lakeViews(ports, sql, days, { scratch, say });
    const { columns, rows, more } = await ports.reader.ask(views, sql, most, scratch).catch((error: unknown) => {
      if (!(error instanceof PermanentError) || !error.message.includes('Table with name')) throw error;
      throw new PermanentError(`${error.message}; chatlake query @ shows what can be asked`, { cause: error });
    });
    if (more) say(`only the first ${most} rows are shown`);
    return { columns, rows };
  });
}

/** The named queries, then what SQL may name. */
async function listed(ports: Readers): Promise<Grid> {
  const { contracts } = ports;
  const tables = (await Promise.all([...contracts.keys()].map((source) => tablesOf(ports, source)))).flat();
  return {
    columns: ['name', 'about'],
    rows: [
      ...[...namedQueries()].map(([name, { about }]) => [`@${name}`, about]),
      ...[...FIGURES.values()].map(({ id, definition }) => [`@${id}`, definition.en]),
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
