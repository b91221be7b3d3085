/** The rules of fields, by the vectors of their own specifications. */
import { describe, expect, test } from '@jest/globals';
import type { Json } from '../../../src/domain/json.ts';
import { cpfDigits, isCpf } from '../../../src/domain/judge/rules/cpf.ts';
import { ageBand, readInteger } from '../../../src/domain/judge/rules/integer.ts';
import { editDistance, fold, matchTerm } from '../../../src/domain/judge/rules/vocabulary.ts';
import { ruled } from '../../support/ruled.ts';

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

  test.each([
    ['529.982.247-25', true],
    ['  52998224725\t', true],
    ['529982247-25', true],
    ['529.982.24725', true],
    ['-52998224725', false],
    ['52998224725-', false],
    ['529-982-247-25', false],
    ['529.982.247–25', false],
    ['529 982 247 25', false],
    ['529.982.247/25', false],
    ['+52998224725', false],
    ['52998224725a', false],
    ['CPF 529.982.247-25', false],
    ['５２９９８２２４７２５', false],
    ['5.2998224725e+10', false],
  ])('%s is written as one: %s', (text, written) => {
    expect(cpfDigits(text, false)?.digits).toBe(written ? '52998224725' : undefined);
  });

  test.each([-52998224725, -191, 529982247250, 1e30, 52998224725.5])('the number %d is none', (number) => {
    expect(ruled('document', number)).toMatchObject({ cells: { person: null }, issues: ['invalid_cpf'] });
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

  test('the contract keeps no digits', () => {
    expect(ruled('document', '529.982.247-25').cells).toEqual({ person: 'k1:desk/person:52998224725' });
    expect(ruled('document', 191)).toMatchObject({
      cells: { person: 'k1:desk/person:00000000191' },
      issues: ['padded_cpf'],
    });
    expect(ruled('document', '123.456.789-12')).toMatchObject({ cells: { person: null }, issues: ['invalid_cpf'] });
    expect(ruled('document', true)).toMatchObject({ cells: { person: null }, issues: ['invalid_cpf'] });
    expect(ruled('document', null)).toMatchObject({ cells: { person: null }, issues: [] });
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

  test('the contract says that a word was repaired, not which, and leaves unknown words out', () => {
    expect(ruled('covidTest', 'Postivio ')).toMatchObject({
      cells: { covid_test: 'positivo' },
      issues: ['repaired'],
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

  test('count a word that is not in the menu as `*`, repair a misspelt one, leave out what is no word', () => {
    expect(ruled('services', ['segunda via'])).toEqual({
      cells: { services: ['*'] },
      issues: ['new_value'],
      reject: undefined,
    });
    expect(ruled('services', ['agendar consultas'])).toMatchObject({ issues: ['repaired'] });
    expect(ruled('services', ['123', null, '', { a: 1 }])).toMatchObject({
      cells: { services: [] },
      issues: ['unreadable_item', 'unreadable_item'],
    });
    expect(ruled('services', { a: 'info' })).toMatchObject({ cells: { services: null }, issues: ['wrong_type'] });
    expect(ruled('services', 7)).toMatchObject({ cells: { services: null }, issues: ['wrong_type'] });
  });
});
