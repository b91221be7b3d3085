/** `chatlake report`: the desk's figures over a range of event days, read from the tables now. */
import { makeReport } from '../activities/report.ts';
import { appliedBy } from '../activities/project.ts';
import { DESK } from '../domain/contracts/desk.ts';
import { PermanentError, invariant } from '../domain/errors.ts';
import { REPORTS } from '../domain/kpi/index.ts';
import { printReport } from '../domain/kpi/report.ts';
import { tableRoot } from '../domain/layout.ts';
import { isDay } from '../domain/window.ts';
import type { Config } from '../wiring/config.ts';
import { openReaders } from '../wiring/ports.ts';

export interface ReportOptions {
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
}

/** Prints the report; all days with data unless a range is given. Throws PermanentError for a day that does not exist. */
export async function report(config: Config, options: ReportOptions, print: (text: string) => void): Promise<void> {
  for (const [name, day] of [
    ['--from', options.from],
    ['--to', options.to],
  ] as const) {
    if (day !== undefined && !isDay(day))
      throw new PermanentError(`${name} must be a day that exists, such as 2021-08-02, not "${day}"`);
  }
  const definition = REPORTS.get(DESK.source);
  invariant(definition !== undefined, 'the desk has a report');
  const { ports, close } = await openReaders(config);
  try {
    const table = await ports.logs(tableRoot(definition.table)).refresh();
    const { from = '', to = '9999-12-31' } = options;
    const made = await makeReport(
      ports,
      definition,
      table,
      appliedBy(table, DESK.source),
      (day) => day >= from && day <= to,
    );
    print(options.json === true ? JSON.stringify(made) : printReport(definition, made));
  } finally {
    await close();
  }
}
