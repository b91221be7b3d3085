/** One person in two groups of a week counts for one person, or people of hidden groups could not be added up. */
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from '@jest/globals';
import { HEALTH, SEALS } from '../../../src/domain/kpi/figures/derived-health.ts';
import type { Cells } from '../../../src/domain/kpi/figures/figure.ts';
import { shownCells } from '../../../src/domain/kpi/figures/health.ts';

/** Tests of one day: who, of which sex and age (null: not told), with which result. */
type Tested = readonly [person: string, sex: string | null, age: number | null, result: 'positivo' | 'negativo'];

async function healthOf(tests: readonly Tested[]): Promise<readonly Cells[]> {
  const connection = await (await DuckDBInstance.create()).connect();
  try {
    const values = tests.map(([person, sex, age, result], i) => {
      const told = sex === null ? 'NULL' : `'${sex}'`;
      return `('${person}', 'e${i}', DATE '2021-08-02', 2021, 31, ${told}::VARCHAR, ${age ?? 'NULL'}::INTEGER, '${result}', NULL::BOOLEAN, NULL::BOOLEAN, NULL::BOOLEAN, 'seal')`;
    });
    await connection.run(
      `CREATE TABLE desk_interactions_current AS FROM (VALUES ${values.join(', ')}) AS t(person, entity, event_date, epi_year, epi_week, sex, age, covid_test, headache, other_symptoms, covid_contact, _seal)`,
    );
    await connection.run(`CREATE TABLE ${SEALS} AS SELECT 'seal' AS seal, DATE '2021-08-03' AS upto`);
    const answer = await connection.runAndReadAll(`FROM (${HEALTH.sql((name) => name)}) WHERE question = 'covid_test'`);
    return answer.getRowObjectsJson();
  } finally {
    connection.closeSync();
  }
}

const many = (name: string, n: number, of: (person: string) => readonly Tested[]): readonly Tested[] =>
  Array.from({ length: n }, (_, i) => of(`${name}${i}`)).flat();

test('three people who told their sex once and once not are three hidden people: the week less the others does not tell of them', async () => {
  const rows = await healthOf([
    ...many('few', 3, (who) => [
      [who, 'feminino', 30, 'positivo'],
      [who, null, null, 'positivo'],
      [who, 'feminino', 30, 'negativo'],
      [who, null, null, 'negativo'],
    ]),
    ...many('man', 9, (who) => [
      [who, 'masculino', 70, 'positivo'],
      [who, 'masculino', 70, 'negativo'],
    ]),
  ]);
  for (const dimension of ['sex', 'age']) {
    const { shown, hidden } = shownCells(rows.filter((row) => ['all', dimension].includes(String(row['dimension']))));
    expect(shown.map(({ row }) => row['dimension'])).toEqual(['all']);
    const people = hidden.reduce((sum, { yesPeople }) => sum + yesPeople, 0);
    expect([dimension, people]).toEqual([dimension, 12]);
  }
});

test('groups of a week hold each of its people once, and all of its interactions', async () => {
  const rows = await healthOf([
    ['a', null, null, 'positivo'],
    ['a', 'feminino', 39, 'positivo'],
    ['a', 'feminino', 40, 'negativo'],
    ['b', null, 17, 'negativo'],
  ]);
  const told = rows.map(({ dimension, category, yes, no, yes_people, no_people }) =>
    [dimension, category, yes, no, yes_people, no_people].join(' '),
  );
  expect([...told].sort()).toEqual([
    'age 0-17 0 1 0 1',
    'age 40-59 2 1 1 1',
    'all  2 2 1 2',
    'sex  0 1 0 1',
    'sex feminino 2 1 1 1',
  ]);
});
