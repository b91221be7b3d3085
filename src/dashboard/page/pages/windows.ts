/** Hours of receipt as a calendar: days down, hours across, each cell how far the hour has come. */
import type { Operations, WindowOfPages, WindowState } from '../../api.ts';
import type { App, Part } from '../app.ts';
import { note } from '../cards/frame.ts';
import { type Child, fill, h } from '../lib/dom.ts';
import { daysOf, eachDay } from '../lib/days.ts';
import { labelOf } from '../lib/labels.ts';
import type { OperationsData } from './operations-data.ts';
import { saveCalendar } from './windows-png.ts';
import { windowTools, windowsCounted, windowsTable } from './windows-tools.ts';

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const STATES: readonly WindowState[] = ['open', 'pending', 'published', 'verified', 'parked'];
/** So that colour is not all that tells them apart. */
const SIGNS: Readonly<Record<WindowState, string>> = {
  open: '…',
  pending: '◔',
  published: '◑',
  verified: '✓',
  parked: '!',
};
/** More days than that are shown without those on which nothing came. */
const MOST_DAYS = 62;

const dayOf = ({ window }: WindowOfPages): string => window.slice(0, 10);
const hourOf = ({ window }: WindowOfPages): number => Number(window.slice(11, 13));

/** The days that are chosen are local ones, the hours of the calendar are named in UTC as windows are. */
function dayIn(zone: string): (window: WindowOfPages) => string {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' });
  return ({ window }) => format.format(new Date(`${window}:00:00Z`));
}

/** What stays when the calendar is drawn anew: the hour that was chosen last, and whether its numbers are read as a table. */
interface ChosenHour {
  key?: string;
  isTable?: boolean;
}
const keyOf = ({ source, window }: WindowOfPages): string => `${source} ${window}`;

/** The hours of the days shown. */
function windowsShown(app: App, { windows }: Operations): readonly WindowOfPages[] {
  const range = app.range();
  const localDay = dayIn(app.state().zone);
  return windows.filter((w) => {
    const day = localDay(w);
    return range === null || (day >= range.from && day <= range.to);
  });
}

/** The calendar with its tools. */
export function windowsPanel(app: App, data: OperationsData): Part {
  const chosen: ChosenHour = {};
  let shown: readonly WindowOfPages[] = [];
  const onTable = (): boolean => {
    chosen.isTable = chosen.isTable !== true;
    panel.update('look');
    return chosen.isTable;
  };
  const draw = (answer: Operations): readonly Child[] => {
    shown = windowsShown(app, answer);
    return windowsCalendar(app, shown, chosen);
  };
  const panel = data.panel('windows', 'wide', draw, {
    about: 'windowsAbout',
    tools: windowTools(app, {
      onTable,
      onPng: () => saveCalendar(app, { windows: shown, signs: SIGNS, daysOf: daysShown }),
      shown: () => shown,
    }),
    foot: windowsCounted(app),
  });
  return panel;
}

/** The calendars of all sources, and below them what the chosen hour holds. */
function windowsCalendar(app: App, shown: readonly WindowOfPages[], chosen: ChosenHour): readonly Child[] {
  if (shown.length === 0) return [note(app.t('windowsNone'))];
  if (chosen.isTable === true) return [windowsTable(app, shown)];
  const detail = h('div', { class: 'window-detail', 'aria-live': 'polite' }, app.t('windowChoose'));
  const choose = (window: WindowOfPages): void => {
    chosen.key = keyOf(window);
    fill(detail, ...windowDetail(app, window));
  };
  const before = shown.find((window) => keyOf(window) === chosen.key);
  if (before !== undefined) fill(detail, ...windowDetail(app, before));
  const sources = [...new Set(shown.map(({ source }) => source))].sort();
  return [
    stateKey(app),
    ...sources.map((source) =>
      calendar(
        app,
        source,
        shown.filter((w) => w.source === source),
        choose,
      ),
    ),
    detail,
  ];
}

function stateKey({ t }: App): HTMLElement {
  return h(
    'ul',
    { class: 'state-key' },
    ...STATES.map((state) =>
      h(
        'li',
        {},
        h('span', { class: `badge badge-${state}`, 'aria-hidden': 'true' }, SIGNS[state]),
        t(`state${state}`),
      ),
    ),
  );
}

function windowDetail(app: App, window: WindowOfPages): readonly Child[] {
  const { link, state } = window;
  return [
    h('span', { class: `badge badge-${state}`, 'aria-hidden': 'true' }, SIGNS[state]),
    h('span', {}, windowText(app, window)),
    link !== null && h('a', { class: 'button', href: link, target: '_blank', rel: 'noreferrer' }, app.t('windowRun')),
  ];
}

function windowText(app: App, window: WindowOfPages): string {
  const { count, day } = app.format();
  const { source, state, received, enriched, duplicates, quarantined } = window;
  const at = `${day(dayOf(window))} ${String(hourOf(window)).padStart(2, '0')}:00 UTC`;
  const counts = [received, enriched, duplicates, quarantined].map(count);
  return app.t('windowLabel', labelOf(app.view().lang, 'source', source), at, app.t(`state${state}`), ...counts);
}

function calendar(
  app: App,
  source: string,
  windows: readonly WindowOfPages[],
  choose: (window: WindowOfPages) => void,
): HTMLElement {
  const cells = new Map<string, HTMLElement>();
  const newest = [...windows].sort((a, b) => (a.window < b.window ? 1 : -1))[0];
  const cell = (day: string, hour: number): HTMLElement => {
    const window = windows.find((w) => dayOf(w) === day && hourOf(w) === hour);
    if (window === undefined) return h('td');
    const button = h(
      'button',
      {
        type: 'button',
        class: `hour badge-${window.state}`,
        tabindex: window === newest ? 0 : -1,
        'aria-label': windowText(app, window),
        'data-window': window.window,
        'data-key': keyOf(window),
        onclick: () => choose(window),
        onfocus: () => choose(window),
      },
      SIGNS[window.state],
    );
    cells.set(window.window, button);
    return h('td', {}, button);
  };
  const name = labelOf(app.view().lang, 'source', source);
  const table = h(
    'table',
    { class: 'calendar', onkeydown: (event: KeyboardEvent) => move(event, cells) },
    h('caption', {}, h('span', {}, name)),
    h('thead', {}, h('tr', {}, h('td'), ...HOURS.map((hour) => h('th', { scope: 'col' }, String(hour))))),
    h(
      'tbody',
      {},
      ...daysShown(windows).map((day) =>
        h('tr', {}, h('th', { scope: 'row' }, app.format().shortDay(day)), ...HOURS.map((hour) => cell(day, hour))),
      ),
    ),
  );
  const scroll = h('div', { class: 'calendar-scroll' }, table);
  // On a narrow screen the newest hour, and not midnight, is what is seen first.
  requestAnimationFrame(() => {
    const last = cells.get(newest?.window ?? '')?.getBoundingClientRect().right ?? 0;
    scroll.scrollLeft += Math.max(0, last - scroll.getBoundingClientRect().right + 4);
  });
  return scroll;
}

function daysShown(windows: readonly WindowOfPages[]): readonly string[] {
  const days = [...new Set(windows.map(dayOf))].sort();
  const range = { from: days[0] ?? '', to: days.at(-1) ?? '' };
  const all = daysOf(range) > MOST_DAYS ? days : eachDay(range);
  return [...all].reverse();
}

const STEPS: Readonly<Record<string, readonly [hours: number, isDay: boolean]>> = {
  ArrowRight: [1, false],
  ArrowLeft: [-1, false],
  ArrowUp: [1, true],
  ArrowDown: [-1, true],
};

/** Moves to the next hour that has messages, or to the nearest hour of the next day that has. */
function move(event: KeyboardEvent, cells: ReadonlyMap<string, HTMLElement>): void {
  const step = STEPS[event.key];
  const from = (event.target as HTMLElement).dataset['window'];
  if (step === undefined || from === undefined) return;
  event.preventDefault();
  const [direction, isDay] = step;
  const all = [...cells.keys()].sort();
  const next = isDay ? ofAnotherDay(all, from, direction) : all[all.indexOf(from) + direction];
  const target = next === undefined ? undefined : cells.get(next);
  if (target === undefined) return;
  for (const cell of cells.values()) cell.tabIndex = -1;
  target.tabIndex = 0;
  target.focus();
}

function ofAnotherDay(all: readonly string[], from: string, direction: number): string | undefined {
  const days = [...new Set(all.map((window) => window.slice(0, 10)))];
  const day = days[days.indexOf(from.slice(0, 10)) + direction];
  const hour = Number(from.slice(11, 13));
  const distance = (window: string): number => Math.abs(Number(window.slice(11, 13)) - hour);
  return all.filter((window) => window.slice(0, 10) === day).sort((a, b) => distance(a) - distance(b))[0];
}
