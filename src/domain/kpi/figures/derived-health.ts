/**
 * Health answers counted by epidemiological week and by part of it, the only way in which they are ever asked for. What was in the ledger
 * before its first receipt of after the week is the part that came on time; what a later seal brought is a part of its own. Parts never
 * change while nothing is judged again, so a figure that adds up whole parts, each shown or hidden once, tells nobody who looks twice what
 * few people said who came in between.
 */
import { sealsRelation } from '../../formats/ledger.ts';
import type { DerivedView } from './derived-view.ts';

export const SYMPTOMS = ['headache', 'other_symptoms', 'covid_contact'] as const;
export const TEST = 'covid_test';

/** A week as people write it: `2021-SE31`, counted from Sunday. */
const WEEK = "epi_year || '-SE' || lpad(epi_week::VARCHAR, 2, '0')";
/** The Sunday that it begins with. */
const SUNDAY = 'event_date - dayofweek(event_date)::INTEGER';
/** Days after its Sunday on which the receipts of a week still come on time: the week and the Sunday after. */
const ON_TIME_DAYS = 7;
export const SEALS = sealsRelation('desk');
/** The condition that a week is over: a part that came on time grows no more. */
export const IS_OVER = `sunday + ${ON_TIME_DAYS} < (SELECT max(upto) FROM ${SEALS})`;
/** Empty: on time. */
const PART = `CASE WHEN upto <= ${SUNDAY} + ${ON_TIME_DAYS} THEN '' ELSE _seal END`;
/**
 * Whose interaction it is; one without a known person is taken for a person's own. Two people of one hash would count as one, which hides
 * a cell and never shows one.
 */
const WHO = 'CASE WHEN person IS NULL THEN hash(entity) ELSE hash(person) END';
/** Few bands, so that few of them are small. */
const AGE_GROUP =
  "CASE WHEN age IS NULL THEN '' WHEN age < 18 THEN '0-17' WHEN age < 40 THEN '18-39' WHEN age < 60 THEN '40-59' ELSE '60+' END";

/** Each condition and its opposite, counted for a person of a week. */
const sides = (name: string, condition: string): string =>
  `count(*) FILTER (WHERE ${condition}) AS ${name}_yes, count(*) FILTER (WHERE NOT (${condition})) AS ${name}_no`;

/** Interactions and people on both sides of one question, of people's counts; where nobody answered there is no row. */
const cell = (question: string, dimension: string, category: string, from: string): string =>
  `SELECT sunday, week, part, '${question}' AS question, '${dimension}' AS dimension, ${category} AS category, sum(${question}_yes)::INTEGER AS yes, sum(${question}_no)::INTEGER AS no,
  count(*) FILTER (WHERE ${question}_yes > 0)::INTEGER AS yes_people, count(*) FILTER (WHERE ${question}_no > 0)::INTEGER AS no_people
FROM ${from} GROUP BY ALL HAVING sum(${question}_yes) + sum(${question}_no) > 0`;

/**
 * A person is in one group a week, the known one before the unknown: people of hidden groups can then be added up. Counted in each group
 * that an interaction of theirs names, the same three people in two groups would pass for six, and the rest of the week would tell of them.
 */
export const HEALTH: DerivedView = {
  name: 'desk_health',
  about:
    'health answers by epidemiological week and part of it (empty: came on time; else the seal that came late), in all, by sex and by age: interactions and people on both sides',
  needs: ['desk_interactions', SEALS],
  by: { column: 'sunday', of: SUNDAY },
  sql: (
    of,
  ) => `WITH asked AS (SELECT ${SUNDAY} AS sunday, ${WEEK} AS week, ${PART} AS part, ${WHO} AS who, ${SYMPTOMS.join(', ')},
    CASE covid_test WHEN 'positivo' THEN true WHEN 'negativo' THEN false END AS ${TEST}, coalesce(sex, '') AS sex, ${AGE_GROUP} AS age FROM ${of('desk_interactions_current')} LEFT JOIN ${SEALS} ON seal = _seal),
  people AS (SELECT sunday, week, part, who, ${[...SYMPTOMS, TEST].map((name) => sides(name, name)).join(', ')} FROM asked GROUP BY sunday, week, part, who),
  sexes AS (SELECT sunday, week, part, who, max(sex) AS sex, ${sides(TEST, TEST)} FROM asked WHERE ${TEST} IS NOT NULL GROUP BY sunday, week, part, who),
  ages AS (SELECT sunday, week, part, who, max(age) AS age, ${sides(TEST, TEST)} FROM asked WHERE ${TEST} IS NOT NULL GROUP BY sunday, week, part, who)
${[
  ...[...SYMPTOMS, TEST].map((name) => cell(name, 'all', "''", 'people')),
  cell(TEST, 'sex', 'sex', 'sexes'),
  cell(TEST, 'age', 'age', 'ages'),
].join('\nUNION ALL ')}`,
  empty: `SELECT NULL::DATE AS sunday, NULL::VARCHAR AS week, NULL::VARCHAR AS part, NULL::VARCHAR AS question, NULL::VARCHAR AS dimension, NULL::VARCHAR AS category, NULL::INTEGER AS yes, NULL::INTEGER AS no,
  NULL::INTEGER AS yes_people, NULL::INTEGER AS no_people WHERE false`,
};
