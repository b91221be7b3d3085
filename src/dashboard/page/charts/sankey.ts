/** The way through the menu: each step's options as columns, who goes on as bands. */
import type { Cells } from '../../api.ts';
import { type Option, type Point, base, tipLines, tooltip } from './echarts.ts';
import { h } from '../lib/dom.ts';
import { type Look, label, n, s } from './look.ts';
import { colourOf } from './palette.ts';

interface Link {
  readonly source: string;
  readonly target: string;
  readonly value: number;
}

/** An option is another node at each step, so that the way never turns back. */
const nodeOf = (step: number, option: string): string => `${step}\n${option}`;
const partsOf = (node: string): readonly [step: string, option: string] => {
  const [step = '', option = ''] = node.split('\n');
  return [step, option];
};

/** Narrower than this no name has room beside its node. */
const isNarrow = ({ width }: Look): boolean => width < 560;
const optionsOf = (rows: readonly Cells[]): readonly string[] =>
  [...new Set(rows.flatMap((row) => [s(row, 'from_option'), s(row, 'to_option')]))].sort();

const colourIn = ({ palette }: Look, options: readonly string[], option: string): string =>
  option === '' ? palette.middle : colourOf(palette, options.indexOf(option));

/** Which colour is which option, where the picture has no room for names. */
export function sankeyKey(look: Look, rows: readonly Cells[]): HTMLElement | undefined {
  if (!isNarrow(look)) return undefined;
  const options = optionsOf(rows);
  const one = (option: string): HTMLElement => {
    const dot = h('span', { class: 'dot', 'aria-hidden': 'true' });
    dot.style.background = colourIn(look, options, option);
    // The end is named in the picture; its neighbour to the left leaves the beginning no room.
    return h('li', {}, dot, label(look, option === '' ? 'from_option' : 'option', option));
  };
  return h('ul', { class: 'key' }, ...options.map(one));
}

/** The picture of `desk_funnel`; the end is one node at each step, so that no band crosses the whole picture. */
export function sankey(look: Look, rows: readonly Cells[]): Option {
  const links = rows.map(linkOf);
  const nodes = [...new Set(links.flatMap(({ source, target }) => [source, target]))];
  const options = optionsOf(rows);
  return {
    ...base(look),
    animation: false,
    tooltip: tooltip(look, ([point]) => tip(look, point), 'item'),
    series: [
      {
        id: 'sankey',
        type: 'sankey',
        left: 4,
        right: isNarrow(look) ? 34 : 120,
        top: 8,
        bottom: 8,
        nodeWidth: 14,
        nodeGap: 10,
        draggable: false,
        layoutIterations: 48,
        emphasis: { focus: 'adjacency' },
        lineStyle: { color: 'source', opacity: look.palette.isDark ? 0.35 : 0.25, curveness: 0.5 },
        label: nodeLabel(look),
        data: nodes.map((name) => ({ name, itemStyle: { color: colourIn(look, options, partsOf(name)[1]) } })),
        links,
      },
    ],
  };
}

function linkOf(row: Cells): Link {
  const step = n(row, 'step');
  return {
    source: nodeOf(step, s(row, 'from_option')),
    target: nodeOf(step + 1, s(row, 'to_option')),
    value: n(row, 'interactions'),
  };
}

function nameOf(look: Look, node: string): string {
  const [step, option] = partsOf(node);
  return label(look, step === '0' ? 'from_option' : 'to_option', option);
}

const nodeLabel = (look: Look): object => ({
  color: look.palette.ink,
  width: isNarrow(look) ? 60 : 140,
  overflow: 'truncate',
  formatter: ({ name }: { name: string }) =>
    isNarrow(look) && (!name.endsWith('\n') || name === nodeOf(0, '')) ? '' : nameOf(look, name),
});

function tip(look: Look, point: Point | undefined): HTMLElement {
  const { t, format } = look;
  if (point?.dataType === 'edge') {
    const { source, target, value } = point.data as Link;
    return tipLines(`${nameOf(look, source)} → ${nameOf(look, target)}`, [
      [null, t('interactions'), format.count(value)],
    ]);
  }
  return tipLines(nameOf(look, point?.name ?? ''), [[null, t('interactions'), format.count(point?.value)]]);
}
