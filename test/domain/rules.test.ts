/** The rules of fields, by the vectors of their own specifications. */
import { describe, expect, test } from '@jest/globals';
import type { RuleContext } from '../../src/domain/contracts/contract.ts';
import { DESK } from '../../src/domain/contracts/desk.ts';
import type { Json } from '../../src/domain/json.ts';
import { cpfDigits, fiscalRegion, isCpf } from '../../src/domain/rules/cpf.ts';
import { ageBand, readInteger } from '../../src/domain/rules/integer.ts';
import { calendarDay, readWallClock, resolveLocal, wallClockAt } from '../../src/domain/rules/local-time.ts';
import { editDistance, fold, matchTerm } from '../../src/domain/rules/vocabulary.ts';

const ZONE = 'America/Sao_Paulo';
const context: RuleContext = { pseudonym: (purpose, id) => `k1:${purpose}:${id}` };

/** What the desk's contract makes of one field. */
function ruled(
  path: string,
  value: Json | undefined,
): { cells: Record<string, unknown>; issues: string[]; reject: unknown } {
  const field = DESK.fields.find((candidate) => candidate.path === path)!;
  const { cells, issues, reject } = field.apply(value, context);
  return {
    cells: Object.fromEntries(field.columns.map((column, i) => [column.name, cells[i]])),
    issues: issues.map((issue) => (issue.original === null ? issue.code : `${issue.code} ${issue.original}`)),
    reject,
  };
}

describe('CPF', () => {
  test.each(['123.456.789-09', '529.982.247-25', '987.654.321-00', '000.000.001-91', '111.444.777-35'])(
    '%s holds',
    (text) => {
      expect(isCpf(cpfDigits(text, false)?.digits ?? '')).toBe(true);
    },
  );

  test.each([
    '111.111.111-11',
    '000.000.000-00',
    '999.999.999-99',
    '123.456.789-12',
    '529.982.247-52',
    '529.982.247-2',
    '1529.982.247-25',
    '',
  ])('%s does not', (text) => {
    expect(isCpf(cpfDigits(text, false)?.digits ?? '')).toBe(false);
  });

  test('of all eleven-digit numbers that share nine digits exactly one holds', () => {
    for (const nine of ['123456789', '000000001', '998877665']) {
      const good = Array.from({ length: 100 }, (_, i) => `${nine}${String(i).padStart(2, '0')}`).filter(isCpf);
      expect(good).toHaveLength(1);
    }
  });

  test('a number lost its zeros, a text did not', () => {
    expect(cpfDigits('191', true)).toEqual({ digits: '00000000191', padded: true });
    expect(cpfDigits('191', false)).toBeUndefined();
    expect(cpfDigits('529.982.247-25', false)).toEqual({ digits: '52998224725', padded: false });
  });

  test('the ninth digit is the region', () => expect(fiscalRegion('52998224725')).toBe(7));

  test('the contract keeps no digits', () => {
    expect(ruled('document', '529.982.247-25').cells).toEqual({ person: 'k1:desk/person:52998224725', cpf_region: 7 });
    expect(ruled('document', 191)).toMatchObject({ cells: { cpf_region: 1 }, issues: ['padded_cpf'] });
    expect(ruled('document', '123.456.789-12')).toMatchObject({ cells: { person: null }, issues: ['invalid_cpf'] });
    expect(ruled('document', true)).toMatchObject({ cells: { person: null }, issues: ['invalid_cpf'] });
    expect(ruled('document', null)).toMatchObject({ cells: { person: null }, issues: [] });
  });
});

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
    expect(skipped.issues).toEqual(['skipped_local_time 04/11/2018 00:30:00']);
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

describe('vocabularies', () => {
  const vocabulary = { positivo: ['pos', 'reagente'], negativo: ['neg'], sim: ['s'], nao: ['n'], 'nao realizado': [] };

  test.each([
    ['positivo', 'exact positivo'],
    ['  POSITIVO ', 'exact positivo'],
    ['Reagente', 'exact positivo'],
    ['não', 'exact nao'],
    ['NA\u0303O', 'exact nao'],
    ['\uff33\uff29\uff2d', 'exact sim'],
    ['não   realizado', 'exact nao realizado'],
    ['postivio', 'repaired positivo'],
    ['positvo', 'repaired positivo'],
    ['nao realisado', 'repaired nao realizado'],
    ['sin', 'unknown'],
    ['sao', 'unknown'],
    ['nap', 'unknown'],
    ['positivamente', 'unknown'],
    ['', 'unknown'],
    ['x'.repeat(100_000), 'unknown'],
  ])('%j', (text, expected) => {
    const match = matchTerm(vocabulary, text);
    expect(match.kind === 'unknown' ? 'unknown' : `${match.kind} ${match.term}`).toBe(expected);
  });

  test('a repair must have one goal only', () => {
    expect(matchTerm({ positivo: [], positiva: [] }, 'positivx').kind).toBe('unknown');
  });

  test('distance and folding', () => {
    expect(editDistance('kitten', 'sitting')).toBe(3);
    expect(editDistance('', 'abc')).toBe(3);
    expect(fold(' Ação\u00a0Ü ')).toBe('acao u');
  });

  test('the contract keeps the original of a repair, and leaves unknown words out', () => {
    expect(ruled('covidTest', 'Postivio ')).toMatchObject({
      cells: { covid_test: 'positivo' },
      issues: ['repaired Postivio'],
    });
    expect(ruled('channel', 'pombo')).toMatchObject({ cells: { channel: null }, issues: ['unknown_value'] });
    expect(ruled('channel', { a: 1 })).toMatchObject({ cells: { channel: null }, issues: ['wrong_type'] });
    expect(ruled('solved', true).cells).toEqual({ solved: true });
    expect(ruled('solved', 0).cells).toEqual({ solved: false });
    expect(ruled('headache', 'SÍM').cells).toEqual({ headache: true });
  });
});

describe('whole numbers', () => {
  test.each([
    ['40', 40],
    [' 7 ', 7],
    ['+7', 7],
    ['10,0', 10],
    ['10.00', 10],
    ['-0', 0],
    ['007', 7],
    ['-1', 'out_of_range'],
    ['121', 'out_of_range'],
    ['10,5', 'not_an_integer'],
    ['1e1', 'not_an_integer'],
    ['', 'not_an_integer'],
    ['1.', 'not_an_integer'],
    ['1 0', 'not_an_integer'],
    ['٤', 'not_an_integer'],
    ['1234567890123456', 'not_an_integer'],
  ])('%j', (text, expected) => {
    const reading = readInteger(text, 0, 120);
    expect(reading.kind === 'value' ? reading.value : reading.kind).toBe(expected);
  });

  test('zero is never negative zero', () => {
    const reading = readInteger('-0', -1, 1);
    expect(reading.kind === 'value' && Object.is(reading.value, 0)).toBe(true);
  });

  test('bands', () =>
    expect([0, 9, 10, 79, 80, 120].map(ageBand)).toEqual(['0-9', '0-9', '10-19', '70-79', '80+', '80+']));

  test('the contract', () => {
    expect(ruled('age', 40).cells).toEqual({ age: 40, age_band: '40-49' });
    expect(ruled('age', '40,0').cells).toEqual({ age: 40, age_band: '40-49' });
    expect(ruled('age', 40.5).issues).toEqual(['wrong_type']);
    expect(ruled('serviceScore', 11).issues).toEqual(['out_of_range']);
  });
});

describe('services', () => {
  const services = (value: Json): unknown => ruled('services', value).cells['services'];

  test('keep the order in which they were chosen', () => {
    const numbered = { 10: 'informacoes', 2: 'cancelar consulta', 1: 'agendar consulta' };
    expect(services(numbered)).toEqual(['agendar consulta', 'cancelar consulta', 'informacoes']);
    expect(services({ '01': 'informacoes', '1': 'agendar consulta' })).toEqual(['informacoes', 'agendar consulta']);
    expect(services(['informacoes', 'Agendar  Consulta'])).toEqual(['informacoes', 'agendar consulta']);
    expect(services('info')).toEqual(['informacoes']);
    expect(services(['informacoes', 'informacoes'])).toEqual(['informacoes', 'informacoes']);
  });

  test('keep a new service, repair a misspelt one, leave out what is no word', () => {
    expect(ruled('services', ['segunda via'])).toEqual({
      cells: { services: ['segunda via'] },
      issues: ['new_value'],
      reject: undefined,
    });
    expect(ruled('services', ['agendar consultas'])).toMatchObject({ issues: ['repaired agendar consultas'] });
    expect(ruled('services', ['123', null, '', { a: 1 }])).toMatchObject({
      cells: { services: [] },
      issues: ['unreadable_item', 'unreadable_item'],
    });
    expect(ruled('services', { a: 'info' })).toMatchObject({ cells: { services: null }, issues: ['wrong_type'] });
    expect(ruled('services', 7)).toMatchObject({ cells: { services: null }, issues: ['wrong_type'] });
  });
});
