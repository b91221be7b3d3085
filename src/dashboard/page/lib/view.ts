/** What a page shows is what its address says, so that a link shows what its sender saw. */
import {
  type Days,
  type FigureDefinition,
  type Language,
  PAGES,
  type PageName,
  type State,
  pathOf,
} from '../../api.ts';
import { isDay } from './days.ts';

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export interface View {
  readonly page: PageName;
  /** Null until the days with data are known. */
  readonly from: string | null;
  readonly to: string | null;
  readonly channel: string | null;
  /** Of the pages that show all sources: one of them; null: all. */
  readonly source: string | null;
  readonly lang: Language;
  readonly theme: Theme;
  /** Of the page `message`. */
  readonly id: string | null;
}

/** Whose days with data a page begins with. */
const SOURCE_OF: Readonly<Record<PageName, FigureDefinition['source']>> = {
  overview: 'lake',
  desk: 'desk',
  telegram: 'telegram',
  operations: 'lake',
  message: 'lake',
};

/** True for a page that shows all sources, or one that is chosen. */
export const hasSources = (page: PageName): boolean => page === 'overview' || page === 'operations';

/** True for a page that shows all channels, or one that is chosen. */
export const hasChannels = (page: PageName): boolean => page === 'desk';

/** The days with data of what a page shows. */
export const daysWithData = ({ days }: Pick<State, 'days'>, { page, source }: Pick<View, 'page' | 'source'>): Days =>
  days[hasSources(page) && source !== null ? `lake/${source}` : SOURCE_OF[page]] ?? null;

const oneOf = <T extends string>(all: readonly T[], text: string | null): T | undefined =>
  all.find((item) => item === text);

/** The view of an address; what it does not say comes from the browser. */
export function parseView(url: URL, browserLanguage: string): View {
  const query = url.searchParams;
  const given = (name: string): string | null => (query.get(name) === '' ? null : query.get(name));
  const [from, to] = [given('from'), given('to')];
  const range = isDay(from) && isDay(to) ? { from: from < to ? from : to, to: from < to ? to : from } : {};
  const lang = (given('lang') ?? browserLanguage).toLowerCase().startsWith('pt') ? 'pt' : 'en';
  return {
    page: oneOf(PAGES, url.pathname.replace(/^\/|\/$/g, '')) ?? PAGES[0],
    from: null,
    to: null,
    ...range,
    channel: given('channel'),
    source: given('source'),
    lang,
    theme: oneOf(THEMES, given('theme')) ?? 'auto',
    id: given('id'),
  };
}

/** The address of a view, from the path on. */
export function hrefOf({ page, from, to, channel, source, lang, theme, id }: View): string {
  const query = new URLSearchParams();
  if (page !== 'message' && from !== null && to !== null) {
    query.set('from', from);
    query.set('to', to);
  }
  if (hasChannels(page) && channel !== null) query.set('channel', channel);
  if (hasSources(page) && source !== null) query.set('source', source);
  if (page === 'message' && id !== null) query.set('id', id);
  query.set('lang', localeOf(lang));
  if (theme !== 'auto') query.set('theme', theme);
  return `${pathOf(page)}?${query.toString()}`;
}

/** The language as browsers name it. */
export const localeOf = (lang: Language): string => (lang === 'pt' ? 'pt-BR' : 'en');
