/** The reports there are, by the source whose ledger they follow. */
import { DESK } from '../sources/desk/contract.ts';
import type { Source } from '../formats/layout.ts';
import { DESK_BREAKDOWNS, DESK_MEASURES, DESK_REPORT } from './desk.ts';
import type { ReportDefinition } from './report.ts';
import { TELEGRAM_REPORT } from './telegram.ts';

export const REPORTS: ReadonlyMap<Source, ReportDefinition> = new Map<Source, ReportDefinition>([
  [
    DESK.source,
    {
      name: DESK_REPORT,
      rows: 'interactions',
      table: DESK.tables[0].name,
      breakdowns: DESK_BREAKDOWNS,
      measures: DESK_MEASURES,
    },
  ],
  ['telegram', TELEGRAM_REPORT],
]);
