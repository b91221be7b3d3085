/** `chatlake report`: the figures of each source over a range of event days, read from the tables now. */
import { PermanentError } from '../domain/errors.ts';
import { REPORTS } from '../domain/kpi/index.ts';
import { printReport } from '../domain/kpi/print-report.ts';
import type { Source } from '../domain/formats/layout.ts';
import { isDay } from '../domain/window.ts';
import { appliedBy, tableState } from '../lake/tables.ts';
import { reportOfRange, volumeOfRange } from '../projections/reports.ts';
import type { Config } from '../wiring/config.ts';
import { openDashboard } from '../wiring/dashboard.ts';
import { openReaders } from '../wiring/ports.ts';
import { writeReport } from './report-file.ts';

export interface ReportOptions {
  /** Absent: every source. */
  readonly source?: Source;
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
  /** A folder: the report goes there as HTML and CSV instead of to the terminal. */
  readonly out?: string;
  readonly lang?: string;
}

/**
 * Prints the report of each source, of all days with data unless a range is given; as JSON one object with a report per source.
 * Throws PermanentError for a day that does not exist or a source that has no report.
 */
export async function report(config: Config, options: ReportOptions, print: (text: string) => void): Promise<void> {
  for (const [name, day] of [
    ['--from', options.from],
    ['--to', options.to],
  ] as const) {
    if (day !== undefined && !isDay(day))
      throw new PermanentError(`${name} must be a day that exists, such as 2021-08-02, not "${day}"`);
  }
  if (options.source !== undefined && !REPORTS.has(options.source))
    throw new PermanentError(
      `"${options.source}" has no report; there are reports of: ${[...REPORTS.keys()].join(', ')}`,
    );
  if (options.out !== undefined) return toFile(config, { ...options, out: options.out }, print);
  const { from = '0001-01-01', to = '9999-12-31' } = options;
  const { ports, close } = await openReaders(config);
  try {
    const texts: string[] = [];
    const made: Record<Source, unknown> = {};
    for (const [source, definition] of REPORTS) {
      if (options.source !== undefined && options.source !== source) continue;
      const table = await tableState(ports, source, definition.table);
      const figures = await reportOfRange(ports, definition, table, {
        from,
        to,
        ledgerVersion: appliedBy(table, source),
      });
      const days = await volumeOfRange(ports, definition, table, { from, to });
      texts.push(printReport(definition, figures, days));
      made[source] = figures;
    }
    print(options.json === true ? JSON.stringify(made) : texts.join('\n\n'));
  } finally {
    await close();
  }
}

async function toFile(
  config: Config,
  { out, source, from, to, lang = 'en' }: ReportOptions & { readonly out: string },
  print: (text: string) => void,
): Promise<void> {
  const language = { en: 'en', 'pt-BR': 'pt', pt: 'pt' }[lang];
  if (language !== 'en' && language !== 'pt') throw new PermanentError(`"${lang}" is not en or pt-BR`);
  const { ports, close } = await openDashboard(config);
  try {
    const days = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
    const paths = await writeReport(ports, {
      out,
      lang: language,
      ...days,
      ...(source === undefined ? {} : { source }),
    });
    print(paths.join('\n'));
  } finally {
    await close();
  }
}
