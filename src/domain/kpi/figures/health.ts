/**
 * Health figures and who must not be found in them. They are counted over whole epidemiological weeks that are over and over all channels,
 * whatever days and channel a page shows; a cell is shown or hidden once, for its week and part, and every larger figure adds up shown
 * cells only. So what any two pages differ by, also of before and after late data, is made of shown cells, and no subtraction yields a
 * hidden one. What is judged again (a rebuild, a repaired message, a later state of the same interaction) is no part of its own: who sees
 * the figures before and after sees what it changed.
 */
import { IS_OVER, SYMPTOMS, TEST } from './derived-health.ts';
import { type Asked, type Cells, type Figure, columns } from './figure.ts';
import { text } from '../../text.ts';
import { literal } from '../../sql.ts';

const COMMON = { source: 'desk', smallCells: 'health', days: 'event', byChannel: false, bySource: false } as const;

/** The whole weeks, Sunday to Saturday, that the range touches and that are over. */
const weeks = ({ from, to }: Asked): string =>
  `sunday BETWEEN DATE ${literal(from)} - dayofweek(DATE ${literal(from)})::INTEGER AND DATE ${literal(to)} AND ${IS_OVER}`;

/** Cells of health data with fewer people than this are hidden. */
export const MIN_CELL = 5;

/** Too few people to be shown; nobody at all is no person. */
export const isSmall = (people: number): boolean => people > 0 && people < MIN_CELL;

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

const number = (value: unknown): number => Number(value ?? 0);

/** Bounds of Wilson's 95 % interval of a share, rounded to four decimals. */
export function wilson(hits: number, of: number): { readonly low: number; readonly high: number } | undefined {
  if (of === 0) return undefined;
  const z = 1.959_963_984_540_054;
  const p = hits / of;
  const middle = p + (z * z) / (2 * of);
  const half = z * Math.sqrt((p * (1 - p)) / of + (z * z) / (4 * of * of));
  const below = 1 + (z * z) / of;
  return { low: round(Math.max(0, (middle - half) / below)), high: round(Math.min(1, (middle + half) / below)) };
}

const round = (n: number): number => Math.round(n * 10_000) / 10_000;

/** A base cell: people and interactions on both sides of one question, in one group of one part of one week. */
interface Base {
  readonly row: Cells;
  readonly yes: number;
  readonly no: number;
  readonly yesPeople: number;
  readonly noPeople: number;
}

const base = (row: Cells): Base => ({
  row,
  yes: number(row['yes']),
  no: number(row['no']),
  yesPeople: number(row['yes_people']),
  noPeople: number(row['no_people']),
});

const isUnsafe = ({ yesPeople, noPeople }: Base): boolean => isSmall(yesPeople) || isSmall(noPeople);

const DESK_SYMPTOMS: Figure = {
  ...COMMON,
  id: 'desk_symptoms',
  title: text('Symptoms by epidemiological week', 'Sintomas por semana epidemiológica'),
  definition: text(
    'Interactions that answered yes, of those that answered, by whole epidemiological week (Sunday to Saturday) over all channels, shown once it is over; a week in which fewer than five people answered yes, or no, is hidden, and what came late of it is judged apart in the same way.',
    'Atendimentos que responderam sim, dos que responderam, por semana epidemiológica inteira (domingo a sábado) em todos os canais, mostrada depois que termina; fica oculta a semana em que menos de cinco pessoas responderam sim, ou não, e o que chegou atrasado é julgado à parte, do mesmo modo.',
  ),
  formula: text('yes / answered', 'sim / respondidos'),
  numerator: text('answered yes', 'responderam sim'),
  denominator: text('answered', 'responderam'),
  missing: text('interactions without an answer', 'atendimentos sem resposta'),
  columns: columns('week', 'question', 'yes', 'answered', 'share', 'hidden'),
  sql: (asked) =>
    `SELECT week, part, question, yes, no, yes_people, no_people FROM desk_health WHERE ${weeks(asked)} AND question IN (${SYMPTOMS.map(literal).join(', ')}) ORDER BY week, question, part`,
  finish: (rows) =>
    [...groupBy(rows.map(base), ({ row }) => `${String(row['week'])}\n${String(row['question'])}`)].map(
      ([key, cells]) => {
        const [week, question] = key.split('\n');
        const { yes, of, hidden } = added(
          cells.filter((cell) => !isUnsafe(cell)),
          cells,
        );
        const share = of === 0 ? null : round(yes / of);
        return {
          week,
          question,
          yes: share === null ? null : yes,
          answered: share === null ? null : of,
          share,
          hidden,
        };
      },
    ),
};

/** Shown cells added up. `hidden`: not all of them are shown. */
function added(
  shown: readonly Base[],
  all: readonly Base[],
): { readonly yes: number; readonly of: number; readonly hidden: boolean } {
  const yes = shown.reduce((sum, cell) => sum + cell.yes, 0);
  return { yes, of: shown.reduce((sum, cell) => sum + cell.no, yes), hidden: shown.length < all.length };
}

/**
 * Which groups of one part of a week and dimension are hidden, when the part's sum over the groups is shown: the small ones, and then as many of
 * the others, the smallest first, as it takes for the hidden ones together to be small no more. One hidden group alone would be the sum
 * less the others.
 */
export function hiddenGroups(groups: readonly Base[]): ReadonlySet<Base> {
  const hidden = new Set(groups.filter(isUnsafe));
  if (hidden.size === 0) return hidden;
  const rest = groups.filter((group) => !hidden.has(group)).sort((a, b) => a.yes + a.no - b.yes - b.no);
  const isEnough = (): boolean => {
    const sum = (pick: (group: Base) => number): number => [...hidden].reduce((total, group) => total + pick(group), 0);
    return hidden.size > 1 && !isSmall(sum((g) => g.yesPeople)) && !isSmall(sum((g) => g.noPeople));
  };
  while (!isEnough() && rest.length > 0) hidden.add(rest.shift() as Base);
  return hidden;
}

const partOf = ({ row }: Base): string => `${String(row['week'])} ${String(row['part'])}`;

/** The cells that are shown of base cells by week, part, dimension and category. Where the part itself is hidden, so is all of it. */
export function shownCells(rows: readonly Cells[]): {
  readonly shown: readonly Base[];
  readonly hidden: readonly Base[];
} {
  const cells = rows.map(base);
  const closed = new Set(cells.filter((cell) => cell.row['dimension'] === 'all' && isUnsafe(cell)).map(partOf));
  const hidden = new Set(cells.filter((cell) => closed.has(partOf(cell))));
  const tables = groupBy(
    cells.filter((cell) => !hidden.has(cell) && cell.row['dimension'] !== 'all'),
    (cell) => `${partOf(cell)} ${String(cell.row['dimension'])}`,
  );
  for (const table of tables.values()) for (const cell of hiddenGroups(table)) hidden.add(cell);
  return { shown: cells.filter((cell) => !hidden.has(cell)), hidden: [...hidden] };
}

const DESK_POSITIVITY: Figure = {
  ...COMMON,
  id: 'desk_positivity',
  title: text('Positivity', 'Positividade'),
  definition: text(
    'Positive tests of positive and negative ones, with Wilson’s 95 % interval, in all, by sex and by age; whole epidemiological weeks that are over, over all channels; a person is in one group a week. What came late is judged apart. Cells with fewer than five people are hidden, and with them what would give them away.',
    'Testes positivos entre positivos e negativos, com intervalo de Wilson de 95 %, no total, por sexo e por idade; semanas epidemiológicas inteiras já terminadas, em todos os canais; cada pessoa está em um só grupo por semana. O que chegou atrasado é julgado à parte. Células com menos de cinco pessoas ficam ocultas, e com elas o que as revelaria.',
  ),
  formula: text('positive / (positive + negative)', 'positivos / (positivos + negativos)'),
  numerator: text('positive', 'positivos'),
  denominator: text('positive or negative', 'positivos ou negativos'),
  missing: text(
    'inconclusive, untested and unknown are left out',
    'inconclusivos, não realizados e desconhecidos ficam de fora',
  ),
  columns: columns('dimension', 'category', 'positive', 'tested', 'value', 'low', 'high', 'hidden'),
  sql: (asked) =>
    `SELECT week, part, dimension, category, yes, no, yes_people, no_people FROM desk_health WHERE ${weeks(asked)} AND question = ${literal(TEST)} ORDER BY dimension, category, week, part`,
  finish: (rows) => {
    const { shown, hidden } = shownCells(rows);
    const isShown = new Set(shown);
    const groups = groupBy(
      [...shown, ...hidden],
      ({ row }) => `${String(row['dimension'])}\n${String(row['category'])}`,
    );
    return [...groups]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, cells]) => {
        const [dimension, category] = key.split('\n');
        const {
          yes,
          of,
          hidden: isHidden,
        } = added(
          cells.filter((cell) => isShown.has(cell)),
          cells,
        );
        const interval = wilson(yes, of);
        const some = of > 0;
        return {
          dimension,
          category,
          positive: some ? yes : null,
          tested: some ? of : null,
          value: some ? round(yes / of) : null,
          low: interval?.low ?? null,
          high: interval?.high ?? null,
          hidden: isHidden,
        };
      });
  },
};

export const HEALTH_FIGURES: readonly Figure[] = [DESK_SYMPTOMS, DESK_POSITIVITY];
