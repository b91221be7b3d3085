/** People who told the desk of their health, and what figures say of them: for attacks on small cells. */
import type { Cells } from '../../src/domain/kpi/figures/figure.ts';
import { FIGURES } from '../../src/domain/kpi/figures/index.ts';
import { MIN_CELL } from '../../src/domain/kpi/figures/health.ts';
import { plusDays } from '../../src/dashboard/page/lib/days.ts';

export const HEALTH = [...FIGURES.values()].filter(({ smallCells }) => smallCells === 'health');
/** A Sunday, on which epidemiological weeks begin. */
export const FIRST = '2021-08-01';
export const WEEKS = 5;
export const CHANNELS = ['whatsapp', 'telefone', 'email'];
const SEXES = ['masculino', 'feminino', 'outro'];
const QUESTIONS = { headache: 'headache', other_symptoms: 'otherSymptoms', covid_contact: 'covidContact' } as const;

export interface Said {
  readonly week: number;
  readonly sex: string;
  readonly age: number;
  readonly body: Readonly<Record<string, string>>;
}

/** What one person said in a week; nobody comes twice. */
export function saidIn(week: number, next: () => number): Said {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  const sex = next() < 0.85 ? pick(SEXES.slice(0, 2)) : pick(SEXES);
  const age = 10 + Math.floor(next() * 60);
  const [year, month, day] = plusDays(FIRST, 7 * week + Math.floor(next() * 7)).split('-');
  const yes = (share: number): string => (next() < share ? 'sim' : 'nao');
  const body = {
    ...{ sex, age: String(age), channel: pick(CHANNELS), date: `${day}/${month}/${year} 12:00:00` },
    ...{ headache: yes(0.2), otherSymptoms: yes(0.05), covidContact: yes(0.5) },
    covidTest: next() < 0.25 ? 'positivo' : 'negativo',
  };
  return { week, sex, age, body };
}

const ageGroup = (age: number): string => (age < 18 ? '0-17' : age < 40 ? '18-39' : age < 60 ? '40-59' : '60+');

export type Counts = readonly [yes: number, no: number];

/** People on both sides of every question in every group of every week, counted by hand. */
export function truthOf(said: readonly Said[]): ReadonlyMap<string, Counts> {
  const cells = new Map<string, Counts>();
  const count = (cell: string, isYes: boolean): void => {
    const [yes, no] = cells.get(cell) ?? [0, 0];
    cells.set(cell, isYes ? [yes + 1, no] : [yes, no + 1]);
  };
  for (const { week, sex, age, body } of said) {
    for (const group of ['all ', `sex ${sex}`, `age ${ageGroup(age)}`])
      count(`${week} ${group}`, body['covidTest'] === 'positivo');
    for (const [name, field] of Object.entries(QUESTIONS)) count(`${week} ${name}`, body[field] === 'sim');
  }
  return cells;
}

/** The group that a row of either figure is about, as in the names of cells. */
export const groupOf = (row: Cells): string =>
  typeof row['question'] === 'string' ? row['question'] : `${String(row['dimension'])} ${String(row['category'])}`;

/** What a row says; null: it is hidden. */
export function countsOf(row: Cells): Counts | null {
  const [yes, of] = row['question'] === undefined ? [row['positive'], row['tested']] : [row['yes'], row['answered']];
  return typeof yes === 'number' && typeof of === 'number' ? [yes, of - yes] : null;
}

export const isSmall = (n: number): boolean => n > 0 && n < MIN_CELL;
