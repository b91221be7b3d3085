/** report: makes the days anew that were touched since the last report, from the tables. */
import type { ReportDefinition } from '../../domain/kpi/report.ts';
import type { Source } from '../../domain/formats/layout.ts';
import { contractOf } from '../../lake/lake.ts';
import type { Progress } from '../../projections/progress.ts';
import { makeReports } from '../../projections/reports.ts';
import type { Ports } from '../ports.ts';
import type { ForwardInput } from '../types.ts';

/** Builds the activity. A source without a report is never behind. */
export function createReport(ports: Ports, definitions: ReadonlyMap<Source, ReportDefinition>) {
  return async function report({ source, reached, applied }: ForwardInput): Promise<Progress> {
    contractOf(ports, source);
    const definition = definitions.get(source);
    return definition === undefined
      ? { applied: -1, behind: 0 }
      : makeReports(ports, source, definition, { tables: reached, reports: applied });
  };
}
