/** Local dates and times: strict reading, the zone's edges, the two calendars of weeks. */
import { describe, expect, test } from '@jest/globals';
import { calendarDay, readWallClock, resolveLocal, wallClockAt } from '../../../src/domain/judge/rules/local-time.ts';
import { ruled } from '../../support/ruled.ts';

const ZONE = 'America/Sao_Paulo';

describe('dates', () => {
  test.each([
    '02/08/2021 11:35:42',
    ' 02/08/2021 11:35:42\n',
    '29/02/2020 00:00:00',
    '31/12/2021 23:59:59',
    '29/02/2000 12:00:00',
  ])('%j exists', (text) => {
    expect(readWallClock(text)).toBeDefined();
  });

  test.each([
    '01/13/2021 10:00:00',
    '31/04/2021 10:00:00',
    '29/02/2021 10:00:00',
    '29/02/1900 10:00:00',
    '00/01/2021 10:00:00',
    '02/08/2021 24:00:00',
    '02/08/2021 11:60:00',
    '02/08/2021 11:35:60',
    '2/8/2021 11:35:42',
    '02/08/21 11:35:42',
    '02-08-2021 11:35:42',
    '2021-08-02 11:35:42',
    '02/08/2021',
    '02/08/2021  11:35:42',
    '02/08/0021 11:35:42',
  ])('%j does not', (text) => {
    expect(readWallClock(text)).toBeUndefined();
  });

  const at = (text: string, zone = ZONE): string => {
    const { epochMs, flag } = resolveLocal(readWallClock(text)!, zone);
    return `${new Date(epochMs).toISOString().slice(0, 19)}${flag === undefined ? '' : ` ${flag}`}`;
  };

  test('summer time of São Paulo, its edges included', () => {
    expect(at('03/11/2018 23:59:59')).toBe('2018-11-04T02:59:59');
    expect(at('04/11/2018 00:00:00')).toBe('2018-11-04T03:00:00 skipped');
    expect(at('04/11/2018 00:30:00')).toBe('2018-11-04T03:30:00 skipped');
    expect(at('04/11/2018 00:59:59')).toBe('2018-11-04T03:59:59 skipped');
    expect(at('04/11/2018 01:00:00')).toBe('2018-11-04T03:00:00');
    expect(at('16/02/2019 22:59:59')).toBe('2019-02-17T00:59:59');
    expect(at('16/02/2019 23:00:00')).toBe('2019-02-17T01:00:00 repeated');
    expect(at('16/02/2019 23:15:00')).toBe('2019-02-17T01:15:00 repeated');
    expect(at('16/02/2019 23:59:59')).toBe('2019-02-17T01:59:59 repeated');
    expect(at('17/02/2019 00:00:00')).toBe('2019-02-17T03:00:00');
    expect(at('02/08/2021 11:35:42')).toBe('2021-08-02T14:35:42');
  });

  test('other zones', () => {
    expect(at('02/08/2021 11:35:42', 'UTC')).toBe('2021-08-02T11:35:42');
    expect(at('28/03/2021 02:30:00', 'Europe/Berlin')).toBe('2021-03-28T01:30:00 skipped');
    expect(at('31/10/2021 02:30:00', 'Europe/Berlin')).toBe('2021-10-31T00:30:00 repeated');
    expect(at('30/12/2011 10:00:00', 'Pacific/Apia')).toContain('skipped');
    expect(at('01/01/2021 00:00:00', 'Asia/Kathmandu')).toBe('2020-12-31T18:15:00');
  });

  test('an unambiguous instant reads back as the clock it came from', () => {
    for (let ms = Date.UTC(2018, 9, 1); ms < Date.UTC(2019, 3, 1); ms += 6_599_000) {
      const clock = wallClockAt(ms, ZONE);
      const { epochMs, flag } = resolveLocal(clock, ZONE);
      expect(flag === 'repeated' ? wallClockAt(epochMs, ZONE) : epochMs).toEqual(flag === 'repeated' ? clock : ms);
    }
  });

  test('the contract rejects what is no date and moves a skipped hour', () => {
    expect(ruled('date', undefined).reject).toBe('missing_field');
    expect(ruled('date', ' ').reject).toBe('missing_field');
    expect(ruled('date', ['02/08/2021 11:35:42']).reject).toBe('wrong_type');
    expect(ruled('date', 20210802).reject).toBe('invalid_date');
    const skipped = ruled('date', '04/11/2018 00:30:00');
    expect(skipped.issues).toEqual(['skipped_local_time']);
    expect(skipped.cells).toMatchObject({
      event_date: '2018-11-04',
      local_hour: 1,
      date_original: '04/11/2018 00:30:00',
    });
  });
});

describe('weeks', () => {
  const weeks = (year: number, month: number, day: number): string => {
    const d = calendarDay({ year, month, day });
    return `${d.date} ${d.weekday} iso ${d.isoYear}-${d.isoWeek} epi ${d.epiYear}-${d.epiWeek}`;
  };

  // ISO 8601 by the calendar; epidemiological weeks by the Ministry of Health's calendars (2020 has 53, 2021 starts on 3 January).
  test.each([
    [2020, 12, 31, '2020-12-31 4 iso 2020-53 epi 2020-53'],
    [2021, 1, 2, '2021-01-02 6 iso 2020-53 epi 2020-53'],
    [2021, 1, 3, '2021-01-03 7 iso 2020-53 epi 2021-1'],
    [2021, 1, 4, '2021-01-04 1 iso 2021-1 epi 2021-1'],
    [2021, 8, 2, '2021-08-02 1 iso 2021-31 epi 2021-31'],
    [2022, 1, 1, '2022-01-01 6 iso 2021-52 epi 2021-52'],
    [2022, 1, 2, '2022-01-02 7 iso 2021-52 epi 2022-1'],
    [2019, 12, 28, '2019-12-28 6 iso 2019-52 epi 2019-52'],
    [2019, 12, 29, '2019-12-29 7 iso 2019-52 epi 2020-1'],
    [2019, 12, 30, '2019-12-30 1 iso 2020-1 epi 2020-1'],
    [2016, 1, 2, '2016-01-02 6 iso 2015-53 epi 2015-52'],
    [2016, 1, 3, '2016-01-03 7 iso 2015-53 epi 2016-1'],
    [2025, 12, 31, '2025-12-31 3 iso 2026-1 epi 2025-53'],
    [2024, 2, 29, '2024-02-29 4 iso 2024-9 epi 2024-9'],
  ])('%i-%i-%i', (year, month, day, expected) => {
    expect(weeks(year, month, day)).toBe(expected);
  });
});
