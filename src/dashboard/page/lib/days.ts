/** Days as ISO 8601 text, and the ranges that people ask for most. */
import type { Days } from '../../api.ts';

const DAY_MS = 86_400_000;
export const PRESETS = ['week', '7', '30', '90', 'all'] as const;
export type Preset = (typeof PRESETS)[number];

/** What the server answers at once: five years. */
const MOST_DAYS = 5 * 366;

export interface Range {
  readonly from: string;
  readonly to: string;
}

/** The day so many days later. */
export const plusDays = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);

/** How many days a range has, both ends counted. */
export const daysOf = ({ from, to }: Range): number =>
  Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS) + 1;

/** All days of a range. */
export const eachDay = (range: Range): readonly string[] =>
  Array.from({ length: Math.max(0, daysOf(range)) }, (_, i) => plusDays(range.from, i));

/** True for a day that exists, written so. */
export const isDay = (text: string | null): text is string =>
  text !== null && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) && plusDays(text, 0) === text;

/** The last days with data, all of them, or the whole week before this one, from Monday to Sunday in `zone`; null where there are no data. */
export function presetRange(preset: Preset, days: Days | undefined, zone: string): Range | null {
  if (days === null || days === undefined) return null;
  if (preset === 'week') return weekBefore(todayIn(zone));
  const { to } = days;
  if (preset !== 'all') return { from: plusDays(to, 1 - Number(preset)), to };
  const earliest = plusDays(to, 1 - MOST_DAYS);
  return { from: days.from < earliest ? earliest : days.from, to };
}

const todayIn = (zone: string): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' }).format(new Date());

function weekBefore(day: string): Range {
  const sinceMonday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
  return { from: plusDays(day, -sinceMonday - 7), to: plusDays(day, -sinceMonday - 1) };
}
