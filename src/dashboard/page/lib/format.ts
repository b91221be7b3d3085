/** Numbers, days and times as the reader's language writes them. */
import { measureKind } from '../../../domain/kpi/desk.ts';
import type { Cells, FigureColumn, Language } from '../../api.ts';
import { labelOf } from './labels.ts';
import { translate } from './words.ts';

export interface Format {
  readonly lang: Language;
  readonly count: (value: unknown) => string;
  readonly number: (value: unknown) => string;
  readonly share: (value: unknown) => string;
  /** Points between −100 and 100 of a ratio between −1 and 1. */
  readonly net: (value: unknown) => string;
  readonly seconds: (value: unknown) => string;
  readonly day: (value: unknown) => string;
  /** As short as an axis wants it. */
  readonly shortDay: (value: unknown) => string;
  readonly month: (value: unknown) => string;
  readonly time: (value: unknown) => string;
  readonly clock: (date: Date) => string;
  readonly weekday: (iso: number) => string;
  /** What the ratio `value` of a row is: a share, points or a mean, by its measure. */
  readonly value: (row: Cells) => string;
  /** A cell of a figure's row as text. */
  readonly cell: (column: FigureColumn, row: Cells) => string;
}

export const NOTHING = '—';
const isNothing = (value: unknown): boolean => value === null || value === undefined || value === '';

/** Writers for a language and the zone of the lake's days. */
export function createFormat(lang: Language, zone: string): Format {
  const locale = lang === 'pt' ? 'pt-BR' : 'en-GB';
  const numbers = (options: Intl.NumberFormatOptions): ((value: unknown) => string) => {
    const format = new Intl.NumberFormat(locale, options);
    return (value) => (isNothing(value) ? NOTHING : format.format(Number(value)));
  };
  const dates = (options: Intl.DateTimeFormatOptions): ((value: unknown) => string) => {
    const format = new Intl.DateTimeFormat(locale, options);
    return (value) => (isNothing(value) ? NOTHING : format.format(new Date(String(value))));
  };
  const count = numbers({ maximumFractionDigits: 0 });
  const number = numbers({ maximumFractionDigits: 2 });
  const share = numbers({ style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const points = numbers({ signDisplay: 'exceptZero', minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const net = (value: unknown): string => (isNothing(value) ? NOTHING : points(Number(value) * 100));
  const time = dates({ dateStyle: 'short', timeStyle: 'short', timeZone: zone });
  const weekday = dates({ weekday: 'short', timeZone: 'UTC' });
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' });
  const format: Format = {
    lang,
    count,
    number,
    share,
    net,
    seconds: (value) => (isNothing(value) ? NOTHING : duration(Number(value), number)),
    day: dates({ day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }),
    shortDay: dates({ day: 'numeric', month: 'short', timeZone: 'UTC' }),
    month: dates({ month: 'short', year: 'numeric', timeZone: 'UTC' }),
    time,
    clock: (date) => clock.format(date),
    // 4 January 2021 is a Monday.
    weekday: (iso) => weekday(`2021-01-0${3 + iso}`),
    value: ({ measure, value }) => {
      const kind = measureKind(measure);
      if (kind === 'net') return net(value);
      return kind === 'mean' ? number(value) : share(value);
    },
    cell: (column, row) => cell(format, column, row),
  };
  return format;
}

function cell(format: Format, { name, kind }: FigureColumn, row: Cells): string {
  const value = row[name];
  if (name === 'hidden') return flag(format.lang, row);
  if (name === 'value') return row['hidden'] === true && value === null ? flag(format.lang, row) : format.value(row);
  if (value === null && row['hidden'] === true) return flag(format.lang, row);
  if (name === 'weekday') return format.weekday(Number(value));
  if (name === 'score' && value === null) return translate(format.lang, 'noScore');
  switch (kind) {
    case 'word':
    case 'text':
      return labelOf(format.lang, name, value, row);
    case 'flag':
      return value === true ? translate(format.lang, 'yes') : '';
    case 'count':
    case 'day':
    case 'net':
    case 'number':
    case 'seconds':
    case 'share':
    case 'time':
      return format[kind](value);
  }
}

function flag(lang: Language, row: Cells): string {
  if (row['hidden'] !== true) return '';
  const isPartly = (row['value'] ?? row['yes'] ?? null) !== null;
  return translate(lang, isPartly ? 'partlyHidden' : 'hidden');
}

/** The points of a time axis in words; months are named with their year. */
export function axisDays(format: Format, days: readonly string[]): readonly string[] {
  const [first = '', second = ''] = days;
  const isMonths = second !== '' && Date.parse(second) - Date.parse(first) >= 28 * DAY_MS;
  return days.map(isMonths ? format.month : format.shortDay);
}
const DAY_MS = 86_400_000;

/** A number and its unit stay on one line. */
const HARD_SPACE = '\u00a0';

/** The two largest units of a duration. */
function duration(seconds: number, number: (value: unknown) => string): string {
  if (seconds < 60) return `${number(Math.round(seconds * 10) / 10)}${HARD_SPACE}s`;
  const units: readonly (readonly [number, string])[] = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'min'],
    [1, 's'],
  ];
  const first = units.findIndex(([size]) => seconds >= size);
  const parts: string[] = [];
  let rest = Math.round(seconds);
  for (const [size, name] of units.slice(first, first + 2)) {
    const n = Math.floor(rest / size);
    rest -= n * size;
    if (n > 0) parts.push(`${number(n)}${HARD_SPACE}${name}`);
  }
  return parts.join(' ');
}
