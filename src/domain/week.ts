/** Weeks as ISO 8601 counts them: from Monday to Sunday, the year's first is the one with its first Thursday; written `2026-W47`. */
import { wallClockAt } from './judge/rules/local-time.ts';

const DAY_MS = 86_400_000;
const PATTERN = /^(\d{4})-W(\d{2})$/;

/** `2026-W47`. */
export type Week = string & { readonly __week: true };

export interface DaysOfWeek {
  readonly from: string;
  readonly to: string;
}

const mondayOf = (utcMs: number): number => utcMs - ((new Date(utcMs).getUTCDay() + 6) % 7) * DAY_MS;
const dayText = (utcMs: number): string => new Date(utcMs).toISOString().slice(0, 10);

/** The week that begins on a Monday. */
function weekFrom(mondayMs: number): Week {
  const year = new Date(mondayMs + 3 * DAY_MS).getUTCFullYear();
  const n = (mondayMs - firstMonday(year)) / (7 * DAY_MS) + 1;
  return `${year.toString().padStart(4, '0')}-W${n.toString().padStart(2, '0')}` as Week;
}

/** 4 January always lies in the first week. */
const firstMonday = (year: number): number =>
  mondayOf(Date.parse(`${year.toString().padStart(4, '0')}-01-04T00:00:00Z`));

/** The week of a text, or undefined when it is none that exists. */
export function parseWeek(text: string): Week | undefined {
  const [, year = '', n = ''] = PATTERN.exec(text) ?? [];
  const monday = firstMonday(Number(year)) + (Number(n) - 1) * 7 * DAY_MS;
  return year !== '' && weekFrom(monday) === text ? (text as Week) : undefined;
}

/** Its Monday and its Sunday. */
export function daysOfWeek(week: Week): DaysOfWeek {
  const [, year = '', n = ''] = PATTERN.exec(week) ?? [];
  const monday = firstMonday(Number(year)) + (Number(n) - 1) * 7 * DAY_MS;
  return { from: dayText(monday), to: dayText(monday + 6 * DAY_MS) };
}

/** The last whole week before an instant, by a zone's calendar. */
export function weekBefore(epochMs: number, zone: string): Week {
  const { year, month, day } = wallClockAt(epochMs, zone);
  return weekFrom(mondayOf(Date.UTC(year, month - 1, day)) - 7 * DAY_MS);
}
