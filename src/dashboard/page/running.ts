/** The app while it runs: one view at a time, made of the address and the lake's state. */
import type { FigureDefinition, PageName, State } from '../api.ts';
import type { App, Part } from './app.ts';
import { paletteOf } from './charts/palette.ts';
import { ApiError, logout } from './lib/api.ts';
import { PRESETS, type Preset, presetRange } from './lib/days.ts';
import { fill } from './lib/dom.ts';
import { createFormat } from './lib/format.ts';
import { type Connection, type Live, listen } from './lib/live.ts';
import { applyTheme, darkness, drawForPaper, isDark } from './lib/theme.ts';
import { type View, daysWithData, hrefOf, localeOf, parseView } from './lib/view.ts';
import { translate } from './lib/words.ts';
import { deskPage } from './pages/desk.ts';
import { messagePage } from './pages/message.ts';
import { operationsPage } from './pages/operations.ts';
import { overviewPage } from './pages/overview.ts';
import { telegramPage } from './pages/telegram.ts';
import { type Shell, createShell } from './shell/shell.ts';

const MAKERS: Readonly<Record<PageName, (app: App) => Part>> = {
  overview: overviewPage,
  desk: deskPage,
  telegram: telegramPage,
  operations: operationsPage,
  message: messagePage,
};
const FIRST: Preset = '30';
const REFUSED = 401;
const ANNOUNCE_MS = 30_000;

/** Shows views in an element until somebody has to log in. */
export class Running implements App {
  readonly #root: HTMLElement;
  readonly #figures: ReadonlyMap<string, FigureDefinition>;
  #view: View;
  #state: State;
  #preset: Preset | null;
  #shell: Shell | undefined;
  #page: Part | undefined;
  #live: Live | undefined;
  #versions: State['versions'] = {};
  #updated: Date | undefined;
  #connection: Connection = 'connecting';
  #announced = 0;

  constructor(root: HTMLElement, view: View, state: State, figures: readonly FigureDefinition[]) {
    this.#root = root;
    this.#state = state;
    this.#figures = new Map(figures.map((figure) => [figure.id, figure]));
    const kept = PRESETS.find((preset) => preset === (history.state as { preset?: unknown } | null)?.preset) ?? null;
    this.#preset = view.from === null ? FIRST : kept;
    this.#view = this.#withDays(view);
  }

  begin(): void {
    this.#write(true);
    this.#rebuild();
    addEventListener('popstate', () => this.#onBack());
    document.addEventListener('click', (event) => this.#onClick(event));
    darkness.addEventListener('change', () => this.#recolour());
    drawForPaper(() => this.#recolour());
    this.#live = listen(
      (state) => this.#onState(state),
      (connection) => this.#onConnection(connection),
    );
  }

  readonly t: App['t'] = (key, ...args) => translate(this.#view.lang, key, ...args);
  view = (): View => this.#view;
  state = (): State => this.#state;
  definition = (id: string): FigureDefinition | undefined => this.#figures.get(id);
  format = (): ReturnType<App['format']> => createFormat(this.#view.lang, this.#state.zone);
  palette = (): ReturnType<App['palette']> => paletteOf(isDark(this.#view));
  range = (): ReturnType<App['range']> => {
    const { from, to } = this.#view;
    return from === null || to === null ? null : { from, to };
  };

  go(change: Partial<View>, preset?: Preset | null): void {
    const before = this.#view;
    if (preset !== undefined) this.#preset = preset;
    this.#view = this.#withDays({ ...before, ...change });
    this.#write(false);
    this.#show(before);
  }

  goToData(): void {
    const range = presetRange(FIRST, daysWithData(this.#state, this.#view), this.#state.zone);
    if (range !== null) this.go(range, FIRST);
  }

  answered({ versions }: Pick<State, 'versions'>): void {
    this.#versions = versions;
    this.#updated = new Date();
    this.#tellFreshness();
  }

  explainError(error: unknown): readonly [sentence: string, advice: string] {
    if (!(error instanceof ApiError)) return [String(error), this.t('errorDo')];
    if (error.status === REFUSED) this.#leave();
    return error.status === 0
      ? [this.t('noAnswer'), this.t('noAnswerDo')]
      : [error.sentence[this.#view.lang], this.t('errorDo')];
  }

  /** The last days with data where the view names none. */
  #withDays(view: View): View {
    if (view.from !== null && view.to !== null) return view;
    const range = presetRange(this.#preset ?? FIRST, daysWithData(this.#state, view), this.#state.zone);
    return range === null ? view : { ...view, ...range };
  }

  #write(isReplaced: boolean): void {
    const state = { preset: this.#preset };
    if (isReplaced) history.replaceState(state, '', hrefOf(this.#view));
    else history.pushState(state, '', hrefOf(this.#view));
  }

  #onBack(): void {
    const before = this.#view;
    const kept = (history.state as { preset?: unknown } | null)?.preset;
    this.#preset = PRESETS.find((preset) => preset === kept) ?? null;
    this.#view = this.#withDays(parseView(new URL(location.href), navigator.language));
    this.#show(before);
  }

  /** Links between pages change the view; with a key held, they open as links do. */
  #onClick(event: MouseEvent): void {
    const link = (event.target as Element | null)?.closest<HTMLAnchorElement>('a[data-page]');
    if (link === null || link === undefined || event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0)
      return;
    event.preventDefault();
    const next = parseView(new URL(link.href), navigator.language);
    if (next.page === this.#view.page) return;
    const { channel, source } = this.#view;
    this.go({ ...next, channel, source, id: null });
    scrollTo(0, 0);
    this.#shell?.heading.focus();
  }

  #show(before: View): void {
    const { page, lang, theme } = this.#view;
    applyTheme(this.#view);
    if (lang !== before.lang) {
      this.#rebuild();
      return;
    }
    if (page !== before.page) {
      this.#open();
      return;
    }
    this.#shell?.update(this.#preset);
    this.#page?.update(theme === before.theme ? 'view' : 'look');
  }

  #rebuild(): void {
    document.documentElement.lang = localeOf(this.#view.lang);
    this.#shell = createShell(this, () => void logout().then(() => this.#leave()));
    fill(this.#root, this.#shell.element);
    this.#open();
    this.#tellFreshness();
  }

  #open(): void {
    this.#page?.dispose();
    this.#page = MAKERS[this.#view.page](this);
    this.#shell?.update(this.#preset);
    if (this.#shell !== undefined) fill(this.#shell.content, this.#page.element);
  }

  #recolour(): void {
    applyTheme(this.#view);
    this.#page?.update('look');
  }

  #onState(state: State): void {
    const isNews = state.id !== this.#state.id;
    this.#state = state;
    if (!isNews) return;
    // Days that were chosen as "the last" follow the data; days that somebody named stay.
    const range =
      this.#preset === null && this.range() !== null
        ? null
        : presetRange(this.#preset ?? FIRST, daysWithData(this.#state, this.#view), this.#state.zone);
    const isMoved = range !== null && (range.from !== this.#view.from || range.to !== this.#view.to);
    if (isMoved) {
      this.#view = { ...this.#view, ...range };
      this.#write(true);
    }
    this.#shell?.update(this.#preset);
    this.#page?.update(isMoved ? 'view' : 'state');
    this.#announce();
  }

  #announce(): void {
    if (Date.now() - this.#announced < ANNOUNCE_MS) return;
    this.#announced = Date.now();
    this.#shell?.announce(this.t('figuresUpdated'));
  }

  #onConnection(connection: Connection): void {
    const isBack = this.#connection === 'lost' && connection === 'live';
    this.#connection = connection;
    this.#tellFreshness();
    if (isBack) this.#page?.update('back');
    if (connection !== 'connecting') this.#shell?.announce(this.t(connection, this.#clock()));
  }

  #clock(): string {
    return this.#updated === undefined ? '' : this.format().clock(this.#updated);
  }

  #tellFreshness(): void {
    this.#shell?.freshness({ versions: this.#versions, at: this.#updated, connection: this.#connection });
  }

  /** Ends this run and asks anew, which leads to the login where one is needed. */
  #leave(): void {
    this.#live?.close();
    this.#page?.dispose();
    location.reload();
  }
}
