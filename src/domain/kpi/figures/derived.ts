/**
 * Views made of others, once for a ledger version: what figures ask of what came before or after a row, and counts that are asked for so
 * often that nobody should count all rows for each.
 */
import { ISSUES, VISITS, WAYS } from './derived-desk.ts';
import { HEALTH } from './derived-health.ts';
import type { DerivedView } from './derived-view.ts';
import { CONVERSATIONS, TERMS, WORDS, WORD_DAYS, WRITERS, WRITTEN } from './derived-telegram.ts';

/** Whole days that an event may be older than its receipt. */
export const LATE_DAYS = 2;

/** Verdicts of each seal, counted by hour of receipt: made of `ledger` or of one source's, which are a row per message. */
export const ledgerHours = (
  ledger: string,
): string => `SELECT source, seal, date_trunc('hour', opened_at) AS hour, receipt_date,
  verdict, coalesce(reason, '') AS reason, coalesce(field, '') AS field, coalesce(verdict = 'enriched' AND receipt_date > event_date::DATE + ${LATE_DAYS}, false) AS late,
  count(*)::INTEGER AS n, min(opened_at) AS first_at, max(opened_at) AS last_at
FROM ${ledger} GROUP BY ALL`;

const LEDGER_HOURS: DerivedView = {
  name: 'ledger_hours',
  about: 'verdicts counted by source, seal, hour of receipt, reason and field',
  needs: ['ledger'],
  by: { column: 'seal', of: 'seal' },
  sql: (of) => ledgerHours(of('ledger')),
  empty: `SELECT NULL::VARCHAR AS source, NULL::VARCHAR AS seal, NULL::TIMESTAMP AS hour, NULL::DATE AS receipt_date, NULL::VARCHAR AS verdict,
  NULL::VARCHAR AS reason, NULL::VARCHAR AS field, NULL::BOOLEAN AS late, NULL::INTEGER AS n, NULL::TIMESTAMP AS first_at, NULL::TIMESTAMP AS last_at WHERE false`,
};

/** All of them; what is made of a view stands after it. */
export const DERIVED: readonly DerivedView[] = [
  LEDGER_HOURS,
  VISITS,
  WAYS,
  ISSUES,
  HEALTH,
  WRITTEN,
  WRITERS,
  CONVERSATIONS,
  TERMS,
  WORDS,
  WORD_DAYS,
];

/** The views that are named, and those that they are made of, in the order in which they have to be made. */
export function derivedFor(isNamed: (name: string) => boolean): readonly DerivedView[] {
  const chosen: DerivedView[] = [];
  for (const view of [...DERIVED].reverse())
    if (isNamed(view.name) || chosen.some(({ needs }) => needs.includes(view.name))) chosen.unshift(view);
  return chosen;
}
