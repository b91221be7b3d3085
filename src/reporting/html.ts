/** A report as one HTML file: no script, no request, everything in it; it prints to A4. */
import type { Format } from '../dashboard/page/lib/format.ts';
import { labelOf } from '../dashboard/page/lib/labels.ts';
import type { Cells, Language, Text } from '../domain/kpi/figures/figure.ts';
import { chartOf } from './chart.ts';
import type { Section } from './sections.ts';

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
  desk: { en: 'Customer service desk', pt: 'Central de atendimento' },
  telegram: { en: 'Telegram', pt: 'Telegram' },
  until: { en: 'to', pt: 'a' },
  version: { en: 'Ledger version', pt: 'Versão do registro' },
  manifest: { en: 'manifest', pt: 'manifesto' },
  none: { en: 'No messages in these days.', pt: 'Nenhuma mensagem nestes dias.' },
  more: { en: 'more rows in the CSV', pt: 'linhas a mais no CSV' },
  zone: { en: 'Days and hours of America/Sao_Paulo.', pt: 'Dias e horas de America/Sao_Paulo.' },
};
const word = (lang: Language, name: string): string => WORDS[name]?.[lang] ?? name;

/** Width of a chart over one column and over both, in pixels of the paper. */
const NARROW = 330;
const WIDE = 680;
const TABLE_ROWS = 10;

const STYLE = `
:root { color-scheme: light; font: 13px/1.4 system-ui, sans-serif; color: #1c2733; }
body { max-width: 720px; margin: 24px auto; padding: 0 16px; }
h1 { font-size: 24px; margin: 0; } h2 { font-size: 18px; margin: 0 0 2px; } h3 { font-size: 14px; margin: 0 0 2px; }
p { margin: 0; } .faint { color: #51606e; font-size: 11px; overflow-wrap: anywhere; }
.source { margin-top: 20px; } .sections { display: grid; grid-template-columns: 1fr 1fr; gap: 14px 20px; margin-top: 10px; }
section { break-inside: avoid; min-width: 0; } .wide { grid-column: 1 / -1; } svg { max-width: 100%; height: auto; display: block; }
.tiles { display: flex; flex-wrap: wrap; gap: 8px 26px; margin: 4px 0; } .tiles b { display: block; font-size: 22px; }
table { border-collapse: collapse; width: 100%; margin-top: 4px; font-size: 11px; }
th, td { text-align: left; padding: 2px 6px 2px 0; border-bottom: 1px solid #dbe2e8; vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
@page { size: A4; margin: 12mm; } @media print { body { margin: 0; max-width: none; padding: 0; } .source + .source { break-before: page; } }
@media (max-width: 560px) { .sections { grid-template-columns: 1fr; } }
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
<h2>${word(lang, source)}</h2>
<p class="faint">${word(lang, 'version')} ${ledgerVersion}${escaped(of)}</p>
<div class="sections">
${sections.map((section) => sectionOf(section, format)).join('\n')}
</div>
</div>`;
}

function sectionOf(section: FilledSection, format: Format): string {
  const { figure, drawing, wide, rows } = section;
  const { lang } = format;
  const shown =
    rows.length === 0
      ? `<p>${word(lang, 'none')}</p>`
      : drawing.kind === 'tiles'
        ? tiles(section, drawing.columns, format)
        : drawing.kind === 'table'
          ? table(section, format)
          : chartOf(drawing, rows, format, wide ? WIDE : NARROW);
  return `<section${wide ? ' class="wide"' : ''}>
<h3>${escaped(figure.title[lang])}</h3>
${shown}
<p class="faint">${escaped(figure.definition[lang])}</p>
</section>`;
}

/** A row per measure with its counts, or the columns of the only row. */
function tiles({ figure, rows }: FilledSection, columns: readonly string[] | undefined, format: Format): string {
  const [row = {}] = rows;
  const all =
    columns === undefined
      ? rows.map((one) => ({
          name: labelOf(format.lang, 'measure', one['measure'], one),
          text: format.value(one),
          note: `${format.number(one['numerator'])} / ${format.count(one['denominator'])}`,
        }))
      : columns.map((name) => ({
          name: figure.columns.find((column) => column.name === name)?.title[format.lang] ?? name,
          text: format.count(row[name]),
          note: '',
        }));
  const one = ({ name, text, note }: (typeof all)[number]): string =>
    `<p>${escaped(name)}<b>${escaped(text)}</b><span class="faint">${escaped(note)}</span></p>`;
  return `<div class="tiles">${all.map(one).join('')}</div>`;
}

const NUMBERS: ReadonlySet<string> = new Set(['count', 'share', 'number', 'net', 'seconds']);

function table({ figure: { columns }, rows }: FilledSection, format: Format): string {
  const side = (kind: string): string => (NUMBERS.has(kind) ? ' class="n"' : '');
  const head = columns.map(({ title, kind }) => `<th${side(kind)}>${escaped(title[format.lang])}</th>`).join('');
  const body = rows
    .slice(0, TABLE_ROWS)
    .map((row) =>
      columns.map((column) => `<td${side(column.kind)}>${escaped(format.cell(column, row))}</td>`).join(''),
    );
  const left = rows.length - TABLE_ROWS;
  const more = left > 0 ? `<p class="faint">${left} ${word(format.lang, 'more')}</p>` : '';
  return `<table><thead><tr>${head}</tr></thead><tbody>${body.map((cells) => `<tr>${cells}</tr>`).join('')}</tbody></table>${more}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
