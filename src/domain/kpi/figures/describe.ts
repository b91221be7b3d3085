/** The figures in words: docs/kpi.md is generated from here. */
import { SOURCE_TITLES } from '../../sources/titles.ts';
import type { Figure } from './figure.ts';

const headOf = (source: string): string => `## ${SOURCE_TITLES[source]?.long.en ?? 'What came in (all sources)'}`;

const SMALL: Readonly<Record<Figure['smallCells'], string>> = {
  open: 'shown from the first on',
  health:
    'fewer than 5 people hidden, also from subtraction between two pages, or of the same page before and after late data; not of what is judged again (a rebuild, a repaired message, a later state of the same interaction), which changes what is shown',
  people: 'what fewer than 3 people wrote is left out',
};

/** Markdown: every figure with its sentence in both languages, formula, counts, rule for small cells, and SQL for a sample week. */
export function describeFigures(figures: Iterable<Figure>): string {
  const parts: string[] = [];
  let source: string | undefined;
  for (const figure of figures) {
    if (figure.source !== source) parts.push(headOf(figure.source));
    source = figure.source;
    parts.push(describeFigure(figure));
  }
  return parts.join('\n\n');
}

function mayAsk({ byChannel, bySource }: Pick<Figure, 'byChannel' | 'bySource'>): string {
  if (bySource) return '; one source may be asked for';
  return byChannel ? '; one channel may be asked for' : '';
}

function describeFigure(figure: Figure): string {
  const {
    id,
    title,
    definition,
    formula,
    numerator,
    denominator,
    missing,
    smallCells,
    days,
    byChannel,
    bySource,
    sql,
  } = figure;
  const facts = [
    `- formula: ${formula.en} · *${formula.pt}*`,
    `- numerator: ${numerator.en}`,
    ...(denominator === null ? [] : [`- denominator: ${denominator.en}`]),
    ...(missing === null ? [] : [`- not in it: ${missing.en}`]),
    `- small cells: ${SMALL[smallCells]}`,
    `- days: of the ${days}${mayAsk({ byChannel, bySource })}`,
    `- columns: ${figure.columns.map((column) => `\`${column.name}\` ${column.title.en.toLowerCase()}`).join(', ')}`,
  ];
  return [
    `### ${title.en} · ${title.pt} (\`${id}\`)`,
    definition.en,
    `*${definition.pt}*`,
    facts.join('\n'),
    [
      '<details><summary>SQL</summary>',
      '',
      '```sql',
      sql({ from: '2021-08-01', to: '2021-08-07' }),
      '```',
      '',
      '</details>',
    ].join('\n'),
  ].join('\n\n');
}
