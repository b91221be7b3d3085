/** Local dates and times of a named IANA zone: strict reading, and the one UTC instant they mean. */

/** A wall clock reading. `month` and `day` from 1. */
export interface WallClock {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

export interface Instant {
  readonly epochMs: number;
  /** `repeated`: the clock showed it twice, the earlier is taken. `skipped`: it never showed it, the time just after the gap is taken. */
  readonly flag?: 'repeated' | 'skipped';
}

const DAY_MS = 86_400_000;

/** Reads `dd/MM/yyyy HH:mm:ss` strictly: 01/13/2021 is an error, never swapped. */
export function readWallClock(text: string): WallClock | undefined {
  const match = /^(\d{2})\/(\d{2})\/(\d{4}) (\d{2}):(\d{2}):(\d{2})$/.exec(text.trim());
  if (match === null) return undefined;
  const [day = 0, month = 0, year = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const back = new Date(Date.UTC(year, month - 1, day));
  const exists =
    year >= 1000 && back.getUTCFullYear() === year && back.getUTCMonth() === month - 1 && back.getUTCDate() === day;
  return exists && hour < 24 && minute < 60 && second < 60 ? { year, month, day, hour, minute, second } : undefined;
}

/** The instant a wall clock of `zone` means (IANA time zone database through Intl). */
export function resolveLocal(clock: WallClock, zone: string): Instant {
  const local = Date.UTC(clock.year, clock.month - 1, clock.day, clock.hour, clock.minute, clock.second);
  const before = offsetMs(local - DAY_MS, zone);
  const after = offsetMs(local + DAY_MS, zone);
  const candidates = [...new Set([before, after])].map((offset) => local - offset);
  const real = candidates.filter((instant) => instant + offsetMs(instant, zone) === local).sort((a, b) => a - b);
  const [first, second] = real;
  if (first === undefined) return { epochMs: local - before, flag: 'skipped' };
  return second === undefined ? { epochMs: first } : { epochMs: first, flag: 'repeated' };
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string): Intl.DateTimeFormat {
  let found = formatters.get(zone);
  if (found === undefined) {
    const two = '2-digit';
    found = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: two,
      day: two,
      hour: two,
      minute: two,
      second: two,
      era: 'short',
    });
    formatters.set(zone, found);
  }
  return found;
}

/** True for a name of the IANA time zone database, as far as this build of Intl knows it. */
export function isZone(name: string): boolean {
  try {
    formatter(name);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** The wall clock of a zone at an instant. */
export function wallClockAt(epochMs: number, zone: string): WallClock {
  const local = new Date(epochMs + offsetMs(epochMs, zone));
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
  };
}

/** What Intl says; some ten microseconds. */
function askWallClock(epochMs: number, zone: string): WallClock {
  const parts = Object.fromEntries(
    formatter(zone)
      .formatToParts(epochMs)
      .map((part) => [part.type, Number(part.value)]),
  );
  const {
    year = 0,
    month = 0,
    day = 0,
    hour = 0,
    minute = 0,
    second = 0,
  } = parts as Partial<Record<keyof WallClock, number>>;
  return { year, month, day, hour, minute, second };
}

/** Offsets by UTC day of those days in which a zone's offset does not change; undefined: it changes. */
const offsets = new Map<string, Map<number, number | undefined>>();
const DAYS_REMEMBERED = 100_000;

/** Local time minus UTC at an instant, in milliseconds. */
function offsetMs(epochMs: number, zone: string): number {
  const day = Math.floor(epochMs / DAY_MS);
  let known = offsets.get(zone);
  if (known === undefined) offsets.set(zone, (known = new Map<number, number | undefined>()));
  let offset = known.get(day);
  if (offset === undefined && !known.has(day)) {
    // No zone changes its offset and changes it back within a day.
    const first = askOffset(day * DAY_MS, zone);
    offset = askOffset((day + 1) * DAY_MS - 1, zone) === first ? first : undefined;
    if (known.size >= DAYS_REMEMBERED) known.clear();
    known.set(day, offset);
  }
  return offset ?? askOffset(epochMs, zone);
}

function askOffset(epochMs: number, zone: string): number {
  const c = askWallClock(epochMs, zone);
  return Date.UTC(c.year, c.month - 1, c.day, c.hour, c.minute, c.second) - Math.floor(epochMs / 1000) * 1000;
}

/** What a calendar says of a local day. Weekday from 1 (Monday), as ISO 8601. */
export interface CalendarDay {
  readonly date: string;
  readonly weekday: number;
  readonly isoYear: number;
  readonly isoWeek: number;
  readonly epiYear: number;
  readonly epiWeek: number;
}

/** ISO 8601 weeks (Monday to Sunday) and epidemiological weeks (Sunday to Saturday, SINAN); both: week 1 has at least four days of January. */
export function calendarDay(clock: Pick<WallClock, 'year' | 'month' | 'day'>): CalendarDay {
  const ms = Date.UTC(clock.year, clock.month - 1, clock.day);
  const sunday0 = new Date(ms).getUTCDay();
  const iso = weekOf(ms, (sunday0 + 6) % 7);
  const epi = weekOf(ms, sunday0);
  return {
    date: new Date(ms).toISOString().slice(0, 10),
    weekday: sunday0 === 0 ? 7 : sunday0,
    isoYear: iso.year,
    isoWeek: iso.week,
    epiYear: epi.year,
    epiWeek: epi.week,
  };
}

/** A week belongs to the year of its fourth day; `dayInWeek` counts from 0. */
function weekOf(ms: number, dayInWeek: number): { year: number; week: number } {
  const fourth = ms + (3 - dayInWeek) * DAY_MS;
  const year = new Date(fourth).getUTCFullYear();
  return { year, week: Math.floor((fourth - Date.UTC(year, 0, 1)) / (7 * DAY_MS)) + 1 };
}
