/** The desk's first report: who was served, how, and how well. Rows are current interactions (the highest version of each entity). */
import type { Breakdown, Measure } from './measure.ts';

export const DESK_REPORT = 'desk_service';

export const DESK_BREAKDOWNS: readonly Breakdown[] = [
  {
    id: 'channel',
    title: 'Interactions by channel',
    titlePt: 'Atendimentos por canal',
    definition: 'Interactions whose channel is known, by channel.',
    definitionPt: 'Atendimentos com canal conhecido, por canal.',
    column: 'channel',
    list: false,
  },
  {
    id: 'services',
    title: 'Services chosen',
    titlePt: 'Serviços escolhidos',
    definition: 'Menu options chosen, each choice counted; one interaction may choose several.',
    definitionPt: 'Opções de menu escolhidas, cada escolha contada; um atendimento pode escolher várias.',
    column: 'services',
    list: true,
  },
];

const known = (column: string): string => `${column} IS NOT NULL`;

/** What is measured of any days. Health is not: of single days its small cells would follow by subtraction; it is counted by whole weeks, in figures of its own. */
export const DESK_MEASURES: readonly Measure[] = [
  {
    id: 'resolution',
    title: 'Resolution rate',
    titlePt: 'Taxa de resolução',
    definition: 'Interactions marked solved, of those where solved is known.',
    definitionPt: 'Atendimentos marcados como resolvidos, dos que informam se foram.',
    kind: 'share',
    numerator: 'solved',
    denominator: known('solved'),
  },
  {
    id: 'csat',
    title: 'CSAT (score ≥ 8)',
    titlePt: 'CSAT (nota ≥ 8)',
    definition: 'Interactions scored 8 or more, of those with a score.',
    definitionPt: 'Atendimentos com nota 8 ou mais, dos que têm nota.',
    kind: 'share',
    numerator: 'service_score >= 8',
    denominator: known('service_score'),
  },
  {
    id: 'nps_style',
    title: 'NPS-style score',
    titlePt: 'Índice no estilo NPS',
    definition:
      'Share of scores 9–10 minus share of scores 0–6, × 100; the question rated the service, not a recommendation.',
    definitionPt:
      'Proporção de notas 9–10 menos a de notas 0–6, × 100; a pergunta avaliou o atendimento, não uma recomendação.',
    kind: 'net',
    numerator: 'CASE WHEN service_score >= 9 THEN 1 WHEN service_score <= 6 THEN -1 ELSE 0 END',
    denominator: known('service_score'),
  },
  {
    id: 'mean_score',
    title: 'Mean score',
    titlePt: 'Nota média',
    definition: 'Sum of scores divided by the number of interactions with a score.',
    definitionPt: 'Soma das notas dividida pelo número de atendimentos com nota.',
    kind: 'mean',
    numerator: 'service_score',
    denominator: known('service_score'),
  },
  {
    id: 'mean_age',
    title: 'Mean age',
    titlePt: 'Idade média',
    definition: 'Sum of ages divided by the number of interactions with an age.',
    definitionPt: 'Soma das idades dividida pelo número de atendimentos com idade.',
    kind: 'mean',
    numerator: 'age',
    denominator: known('age'),
  },
];

/** A measure as people read it. */
type Shown = Omit<Measure, 'numerator' | 'denominator'>;

/** The score in the middle: no numerator and no denominator make it; it is read as a mean is. */
export const MEDIAN_SCORE: Shown = {
  id: 'median_score',
  title: 'Median score',
  titlePt: 'Nota mediana',
  definition: 'the middle score.',
  definitionPt: 'a nota do meio.',
  kind: 'mean',
};

/** All that pages and files show as a measure. */
export const DESK_SHOWN: readonly Shown[] = [...DESK_MEASURES, MEDIAN_SCORE];

/** What the value of a measure is; undefined for what is none of the desk's. */
export const measureKind = (id: unknown): Measure['kind'] | undefined =>
  DESK_SHOWN.find((shown) => shown.id === id)?.kind;
