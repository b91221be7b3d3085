/** The local day and hour of an instant, as columns. */
import type { Cell, Column } from '../contract.ts';
import { calendarDay, wallClockAt } from '../../judge/rules/local-time.ts';

/** Telegram's dates are instants; days and hours are those of the people served. */
export const ZONE = 'America/Sao_Paulo';

const whole = (name: string, doc: string, document: string, range?: readonly [number, number]): Column => ({
  name,
  type: 'int32',
  privacy: 'public',
  doc,
  document,
  ...(range === undefined ? {} : { min: range[0], max: range[1] }),
});

export const CALENDAR_COLUMNS: readonly Column[] = [
  whole('local_hour', 'hour of the day in the source’s zone', 'localHour', [0, 23]),
  whole('weekday', 'ISO weekday of the local day, Monday is 1', 'weekday', [1, 7]),
  whole('iso_year', 'year of the ISO 8601 week', 'isoYear'),
  whole('iso_week', 'ISO 8601 week (Monday to Sunday)', 'isoWeek', [1, 53]),
  whole('epi_year', 'year of the epidemiological week', 'epiYear'),
  whole('epi_week', 'epidemiological week (Sunday to Saturday)', 'epiWeek', [1, 53]),
];

/** What a clock in the source’s zone shows at an instant, as an export writes it: `2021-08-02T11:35:42`. */
export function localClock(epochMs: number): string {
  const clock = wallClockAt(epochMs, ZONE);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${clock.year}-${two(clock.month)}-${two(clock.day)}T${two(clock.hour)}:${two(clock.minute)}:${two(clock.second)}`;
}

/** The local day of an instant and the cells of CALENDAR_COLUMNS. */
export function localDay(epochMs: number): { readonly date: string; readonly cells: Readonly<Record<string, Cell>> } {
  const clock = wallClockAt(epochMs, ZONE);
  const day = calendarDay(clock);
  return {
    date: day.date,
    cells: {
      local_hour: clock.hour,
      weekday: day.weekday,
      iso_year: day.isoYear,
      iso_week: day.isoWeek,
      epi_year: day.epiYear,
      epi_week: day.epiWeek,
    },
  };
}
