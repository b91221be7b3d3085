/** What `reportWeekly` takes. */
import { type Week, parseWeek } from '../week.ts';
import { givenFields, kindOf, present } from './given.ts';

export interface ReportWeeklyInput {
  /** Absent: the last whole week before the time the run was scheduled for, or started at. */
  readonly week?: Week;
}

const REPORT_WEEKLY = { fields: ['week'], sample: '{"week":"2026-W47"}; {} for last week' } as const;

/** Reads the input of `reportWeekly`. Throws PermanentError. */
export function readReportWeeklyInput(value: unknown): ReportWeeklyInput {
  const given = givenFields(value, REPORT_WEEKLY);
  const text = given.value('week');
  const week = typeof text === 'string' ? parseWeek(text) : undefined;
  if (text !== undefined && week === undefined)
    given.fail(`"week" must be a week that exists, such as 2026-W47, not ${kindOf(text)}`);
  return present<ReportWeeklyInput>({ week });
}
