/** A report as one HTML file: no script, no request, everything in it; each source prints to a page of A4. */
import type { Format } from '../dashboard/page/lib/format.ts';
import { labelOf } from '../dashboard/page/lib/labels.ts';
import type { Cells } from '../domain/kpi/figures/figure.ts';
import { SOURCE_TITLES } from '../domain/sources/titles.ts';
import type { Language, Text } from '../domain/text.ts';
import { chartOf } from './chart.ts';
import type { Drawing, Section, Width } from './sections.ts';

/** A section with the rows of its figure. */
export interface FilledSection extends Section {
  readonly rows: readonly Cells[];
}

export interface SourceReport {
  readonly source: string;
  readonly from: string;
  readonly to: string;
  /** The ledger version that the rows are of, and the key of the manifest that it published; null: none did. */
  readonly ledgerVersion: number;
  readonly manifest: string | null;
  readonly sections: readonly FilledSection[];
}

const WORDS: Readonly<Record<string, Text>> = {
  title: { en: 'Report', pt: 'Relatório' },
  until: { en: 'to', pt: 'a' },
  version: { en: 'Ledger version', pt: 'Versão do registro' },
  manifest: { en: 'manifest', pt: 'manifesto' },
  none: { en: 'No messages in these days.', pt: 'Nenhuma mensagem nestes dias.' },
  more: { en: 'more rows in the CSV', pt: 'linhas a mais no CSV' },
  hidden: { en: 'hidden (n < 5)', pt: 'oculto (n < 5)' },
  week: { en: 'Epidemiological week', pt: 'Semana epidemiológica' },
  receipt: { en: 'By the day of the receipt.', pt: 'Pelo dia do recebimento.' },
  zone: { en: 'Days and hours of America/Sao_Paulo.', pt: 'Dias e horas de America/Sao_Paulo.' },
};
const word = (lang: Language, name: string): string => WORDS[name]?.[lang] ?? name;

/** Width of a chart in pixels of the paper. */
const WIDTHS: Readonly<Record<Width, number>> = { wide: 680, half: 330, third: 214 };
const TABLE_ROWS = 7;

const STYLE = `
:root { color-scheme: light; font: 12px/1.35 system-ui, sans-serif; color: #1c2733; }
body { max-width: 720px; margin: 24px auto; padding: 0 16px; }
h1 { font-size: 20px; margin: 0; } h2 { font-size: 16px; margin: 0 0 2px; } h3 { font-size: 12px; margin: 0 0 2px; }
p { margin: 0; } .faint { color: #51606e; font-size: 9px; line-height: 1.25; overflow-wrap: anywhere; } .nowrap { white-space: nowrap; }
.source { margin-top: 8px; } .sections { display: grid; grid-template-columns: repeat(6, minmax(0, 1fr)); gap: 9px 18px; margin-top: 6px; }
section { break-inside: avoid; min-width: 0; } .wide { grid-column: span 6; } .half { grid-column: span 3; } .third { grid-column: span 2; }
svg { max-width: 100%; height: auto; display: block; }
.tiles { display: flex; flex-wrap: wrap; gap: 4px 22px; margin: 2px 0; } .tiles p { font-size: 11px; } .tiles b { display: block; font-size: 18px; line-height: 1.2; }
table { border-collapse: collapse; width: 100%; margin: 2px 0; font-size: 10.5px; }
th, td { text-align: left; padding: 1px 6px 1px 0; border-bottom: 1px solid #dbe2e8; vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; } td.n:last-child, th.n:last-child { padding-right: 0; }
@page { size: A4; margin: 9mm; } @media print { body { margin: 0; max-width: none; padding: 0; zoom: 0.9; } .source + .source { break-before: page; } }
@media (max-width: 560px) { .half, .third { grid-column: span 6; } }
`;

/** The file. Same reports, same text. */
export function htmlOf(reports: readonly SourceReport[], format: Format): string {
  const { lang } = format;
  const [first] = reports;
  const range = first === undefined ? '' : `${format.day(first.from)} ${word(lang, 'until')} ${format.day(first.to)}`;
  return `<!doctype html>
<html lang="${lang === 'pt' ? 'pt-BR' : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>chatlake: ${escaped(range)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${word(lang, 'title')}</h1>
<p>${escaped(range)}. ${word(lang, 'zone')}</p>
${reports.map((report) => sourceOf(report, format)).join('\n')}
</body>
</html>
`;
}

function sourceOf({ source, ledgerVersion, manifest, sections }: SourceReport, format: Format): string {
  const { lang } = format;
  const of = manifest === null ? '' : `, ${word(lang, 'manifest')} ${manifest}`;
  return `<div class="source">
<h2>${SOURCE_TITLES[source]?.long[lang] ?? source}</h2>
<p class="faint">${word(lang, 'version')} ${ledgerVersion}${escaped(of)}</p>
<div class="sections">
${sections
  .filter((section) => !isLeftOut(section))
  .map((section) => sectionOf(section, format))
  .join('\n')}
</div>
</div>`;
}

/** A figure of all sources says nothing where nothing was received in these days of its own. */
const isLeftOut = ({ figure, rows }: FilledSection): boolean => figure.source === 'lake' && rows.length === 0;

function sectionOf(section: FilledSection, format: Format): string {
  const { figure, width, rows } = section;
  const { lang } = format;
  const shown = rows.length === 0 ? `<p>${word(lang, 'none')}</p>` : drawn(section, format);
  const days = figure.days === 'receipt' ? ` ${word(lang, 'receipt')}` : '';
  return `<section class="${width}">
<h3>${escaped(figure.title[lang])}</h3>
${shown}
<p class="faint">${escaped(figure.definition[lang])}${days}</p>
</section>`;
}

function drawn(section: FilledSection, format: Format): string {
  const { drawing, width, rows } = section;
  switch (drawing.kind) {
    case 'tiles':
      return tiles(
        drawing.columns === undefined ? measureTiles(rows, format) : columnTiles(section, drawing.columns, format),
      );
    case 'sums':
      return tiles(columnTiles({ ...section, rows: [sumsOf(rows, drawing.columns)] }, drawing.columns, format));
    case 'table':
      return table(section, drawing.columns, format);
    case 'pivot':
      return pivot(rows, drawing, format);
    case 'days':
    case 'bars':
    case 'columns':
      return chartOf(drawing, rows, format, WIDTHS[width]);
  }
}

interface Tile {
  readonly name: string;
  readonly text: string;
  readonly note: string;
}

const measureTiles = (rows: readonly Cells[], format: Format): readonly Tile[] =>
  rows.map((row) => ({
    name: labelOf(format.lang, 'measure', row['measure'], row),
    text: format.value(row),
    note: madeOf(row, format),
  }));

const columnTiles = (
  { figure, rows: [row = {}] }: FilledSection,
  columns: readonly string[],
  format: Format,
): readonly Tile[] =>
  figure.columns
    .filter(({ name }) => columns.includes(name))
    .sort((a, b) => columns.indexOf(a.name) - columns.indexOf(b.name))
    .map((column) => ({
      // One number alone needs no name, but what it is made of.
      name: columns.length === 1 ? '' : column.title[format.lang],
      text: format.cell(column, row),
      note: column.name === 'value' ? madeOf(row, format) : '',
    }));

const madeOf = (row: Cells, format: Format): string =>
  isCount(row['numerator']) && isCount(row['denominator'])
    ? `${format.number(row['numerator'])} / ${format.count(row['denominator'])}`
    : '';
const isCount = (value: unknown): boolean => value !== null && value !== undefined;

const sumsOf = (rows: readonly Cells[], columns: readonly string[]): Cells =>
  Object.fromEntries(columns.map((name) => [name, rows.reduce((sum, row) => sum + Number(row[name] ?? 0), 0)]));

function tiles(all: readonly Tile[]): string {
  const one = ({ name, text, note }: Tile): string =>
    `<p>${escaped(name)}<b>${escaped(text)}</b><span class="faint">${escaped(note)}</span></p>`;
  return `<div class="tiles">${all.map(one).join('')}</div>`;
}

const NUMBERS: ReadonlySet<string> = new Set(['count', 'share', 'number', 'net', 'seconds']);

function table({ figure, rows }: FilledSection, wanted: readonly string[], format: Format): string {
  const columns = figure.columns.filter(({ name }) => wanted.includes(name));
  const side = (kind: string): string => (NUMBERS.has(kind) ? ' class="n"' : '');
  const head = columns.map(({ title, kind }) => `<th${side(kind)}>${escaped(title[format.lang])}</th>`).join('');
  const line = (row: Cells): string => {
    const [name, ...others] = columns;
    const cells = columns.map((column) => `<td${side(column.kind)}>${escaped(format.cell(column, row))}</td>`);
    // What is hidden is said once, and not in every cell.
    return row['hidden'] === true && others.every(({ name }) => row[name] === null) && name !== undefined
      ? `${cells[0] ?? ''}<td class="n" colspan="${others.length}">${word(format.lang, 'hidden')}</td>`
      : cells.join('');
  };
  return tableOf(head, rows.map(line), format);
}

/** A line per value of one column, a column per value of another, in each cell the share and what it is made of. */
function pivot(rows: readonly Cells[], { line, column }: Extract<Drawing, { kind: 'pivot' }>, format: Format): string {
  const of = (name: string): readonly string[] => [...new Set(rows.map((row) => String(row[name])))];
  const cell = (row: Cells | undefined): string => {
    if (row === undefined) return '—';
    if (row['hidden'] === true) return word(format.lang, 'hidden');
    const made = `${format.count(row['yes'])} / ${format.count(row['answered'])}`;
    return `${escaped(format.share(row['share']))} <span class="faint">${escaped(made)}</span>`;
  };
  const titles = of(column).map((value) => `<th class="n">${escaped(labelOf(format.lang, column, value, {}))}</th>`);
  const lines = of(line).map((value) => {
    const cells = of(column).map((other) =>
      cell(rows.find((row) => String(row[line]) === value && String(row[column]) === other)),
    );
    return `<td>${escaped(value)}</td>${cells.map((text) => `<td class="n nowrap">${text}</td>`).join('')}`;
  });
  return tableOf(`<th>${word(format.lang, line)}</th>${titles.join('')}`, lines, format);
}

function tableOf(head: string, lines: readonly string[], format: Format): string {
  const left = lines.length - TABLE_ROWS;
  const more = left > 0 ? `<p class="faint">${left} ${word(format.lang, 'more')}</p>` : '';
  const body = lines.slice(0, TABLE_ROWS).map((cells) => `<tr>${cells}</tr>`);
  return `<table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table>${more}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
