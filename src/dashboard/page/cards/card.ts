/** A figure's card: asks, draws, and keeps what it has until something newer is there. */
import type { Cells, FigureAnswer, FigureDefinition } from '../../api.ts';
import type { App, Part, Why } from '../app.ts';
import { type Chart, type Option, createChart, forSheet } from '../charts/echarts.ts';
import type { Look } from '../charts/look.ts';
import { ask, isAbort } from '../lib/api.ts';
import { fill, h } from '../lib/dom.ts';
import { enqueue } from '../lib/queue.ts';
import { isOnPaper } from '../lib/theme.ts';
import { countedDetails } from './counted.ts';
import { type Frame, type Size, createFrame, note, showEmpty, showError } from './frame.ts';
import { saveFigure } from './png.ts';
import { figureTable } from './table.ts';
import { type Tools, createTools } from './tools.ts';

export interface Drawn {
  /** Above the chart, or instead of one. */
  readonly node?: Node;
  readonly option?: Option;
  readonly height?: number;
  /** The chart in one sentence, for who does not see it. */
  readonly summary?: string;
}

export interface CardSpec {
  readonly figure: string;
  readonly size: Size;
  readonly draw: (rows: readonly Cells[], look: Look) => Drawn;
  /** Absent: no row holds a number other than zero. */
  readonly isEmpty?: (rows: readonly Cells[]) => boolean;
}

/** Charts of the usual height are lower on a sheet, so that three rows of cards have room; taller ones need theirs. */
const PAPER_PX = 230;
const USUAL_PX = 320;
const paperHeight = (height: number): number => (height > USUAL_PX ? height : Math.min(height, PAPER_PX));

const PLACES = new Set(['weekday', 'hour', 'score', 'rank', 'hours', 'step']);
/** A card of the figure; a part of a page. */
export function createCard(app: App, spec: CardSpec): Part {
  const definition = app.definition(spec.figure);
  if (definition === undefined) {
    const { element, body } = createFrame(spec.figure, spec.size);
    fill(body, note(app.t('errorDo')));
    return { element, update: () => undefined, dispose: () => undefined };
  }
  return new Card(app, spec, definition);
}

class Card implements Part {
  readonly element: HTMLElement;
  readonly #app: App;
  readonly #spec: CardSpec;
  readonly #figure: FigureDefinition;
  readonly #frame: Frame;
  readonly #canvas = h('div', { class: 'canvas', role: 'img' });
  readonly #tools: Tools;
  readonly #size: ResizeObserver;
  readonly #seen: IntersectionObserver;
  #chart: Chart | undefined;
  #asking: AbortController | undefined;
  #answer: FigureAnswer | undefined;
  /** What it is the answer to. */
  #answered = '';
  #hasFailed = false;
  #isNear = false;
  #isStale = false;
  #isTable = false;
  #width = 0;

  constructor(app: App, spec: CardSpec, figure: FigureDefinition) {
    this.#app = app;
    this.#spec = spec;
    this.#figure = figure;
    const title = figure.title[app.view().lang];
    this.#tools = createTools(app, figure, { onTable: () => this.#toggle(), onPng: () => this.#savePng() });
    this.#frame = createFrame(title, spec.size, Object.values(this.#tools));
    this.element = this.#frame.element;
    this.element.dataset['figure'] = figure.id;
    fill(this.#frame.foot, ...countedDetails(app, figure));
    this.#size = new ResizeObserver(() => this.#resize());
    this.#size.observe(this.#frame.body);
    this.#seen = new IntersectionObserver(([entry]) => this.#near(entry?.isIntersecting ?? false), {
      rootMargin: '300px',
    });
    this.#seen.observe(this.element);
    this.#load();
  }

  update(why: Why): void {
    if (why === 'look') this.#draw();
    else if (why === 'view') this.#load();
    else if (why === 'back' && !this.#hasFailed) return;
    else if (this.#isNear || why === 'back') this.#load();
    else this.#isStale = true;
  }

  dispose(): void {
    this.#asking?.abort();
    this.#size.disconnect();
    this.#seen.disconnect();
    this.#chart?.dispose();
  }

  #near(isNear: boolean): void {
    this.#isNear = isNear;
    if (!isNear || !this.#isStale) return;
    this.#isStale = false;
    this.#load();
  }

  #query(): URLSearchParams | undefined {
    const range = this.#app.range();
    if (range === null) return undefined;
    const { channel, source } = this.#app.view();
    const { byChannel, bySource } = this.#figure;
    return new URLSearchParams({
      from: range.from,
      to: range.to,
      ...(byChannel && channel !== null ? { channel } : {}),
      ...(bySource && source !== null ? { source } : {}),
    });
  }

  #load(): void {
    this.#asking?.abort();
    const query = this.#query();
    if (query === undefined) {
      showEmpty(this.#frame.body, this.#app, this.#figure);
      return;
    }
    const asking = new AbortController();
    this.#asking = asking;
    this.element.setAttribute('aria-busy', 'true');
    this.#tools.csv.href = `/api/figures/${this.#figure.id}.csv?${query.toString()}&lang=${this.#app.view().lang}`;
    const isOld = (): boolean => asking.signal.aborted;
    const run = async (): Promise<void> => {
      if (isOld()) return;
      try {
        const answer = await ask<FigureAnswer>(`figures/${this.#figure.id}?${query.toString()}`, asking.signal);
        if (isOld()) return;
        this.#answered = query.toString();
        this.#show(answer);
      } catch (error) {
        if (!isAbort(error) && !isOld()) this.#fail(error);
      }
    };
    enqueue(run, () => this.#isNear);
  }

  #show(answer: FigureAnswer): void {
    const isSame = !this.#hasFailed && JSON.stringify(this.#answer?.rows) === JSON.stringify(answer.rows);
    this.#answer = answer;
    this.#hasFailed = false;
    this.element.removeAttribute('aria-busy');
    this.element.dataset['state'] = answer.state;
    this.#app.answered(answer);
    // The empty sentence names the range that is asked for, so it is written again.
    if (!isSame || this.#isEmpty()) this.#draw();
  }

  #fail(error: unknown): void {
    this.#hasFailed = true;
    this.element.removeAttribute('aria-busy');
    // What is shown of the same days stays: the header says that the connection is lost and from when the figures are.
    if (this.#answer !== undefined && this.#answered === this.#query()?.toString()) return;
    this.#answer = undefined;
    this.#drop();
    showError(this.#frame.body, this.#app, error, () => this.#load());
  }

  #isEmpty(): boolean {
    const rows = this.#answer?.rows ?? [];
    if (this.#spec.isEmpty !== undefined) return this.#spec.isEmpty(rows);
    const counted = this.#figure.columns.filter(
      ({ name, kind }) => !PLACES.has(name) && !['word', 'text', 'day', 'time'].includes(kind),
    );
    return rows.every((row) => counted.every(({ name }) => [null, 0, false].includes(row[name] as number | null)));
  }

  #look(): Look {
    const { t } = this.#app;
    const width = this.#frame.body.clientWidth;
    return { lang: this.#app.view().lang, t, format: this.#app.format(), palette: this.#app.palette(), width };
  }

  #drop(): void {
    this.#chart?.dispose();
    this.#chart = undefined;
    this.#tools.png.hidden = true;
  }

  #draw(): void {
    if (this.#answer === undefined) return;
    const { body } = this.#frame;
    const look = this.#look();
    this.#width = look.width;
    const { rows } = this.#answer;
    const title = this.#figure.title[look.lang];
    this.element.classList.toggle('is-empty', this.#isEmpty());
    if (this.#isEmpty()) {
      this.#drop();
      showEmpty(body, this.#app, this.#figure);
      return;
    }
    if (this.#isTable) {
      this.#drop();
      fill(body, figureTable(look, title, this.#figure.columns, rows));
      return;
    }
    const { node, option, height = 280, summary = '' } = this.#spec.draw(rows, look);
    if (option === undefined) {
      this.#drop();
      fill(body, node);
      return;
    }
    this.#canvas.style.height = `${isOnPaper() ? paperHeight(height) : height}px`;
    this.#canvas.setAttribute('aria-label', look.t('chartLabel', title, summary === '' ? '' : `${summary} `));
    const isThere = this.#canvas.isConnected;
    if (!isThere) fill(body, node, this.#canvas);
    else if (node !== undefined) body.firstChild?.replaceWith(node);
    this.#chart ??= createChart(this.#canvas);
    this.#chart.resize();
    this.#chart.setOption(option, { replaceMerge: ['series', 'xAxis', 'yAxis', 'grid'] });
    forSheet(this.#chart, this.#canvas);
    this.#tools.png.hidden = false;
  }

  #resize(): void {
    const width = this.#frame.body.clientWidth;
    if (width === this.#width || this.#chart === undefined) return;
    this.#draw();
  }

  #toggle(): void {
    this.#isTable = !this.#isTable;
    this.#tools.table.setAttribute('aria-pressed', String(this.#isTable));
    this.#draw();
  }

  #savePng(): void {
    if (this.#chart !== undefined && this.#answer !== undefined)
      saveFigure(this.#app, this.#chart, this.#figure, this.#answer);
  }
}
