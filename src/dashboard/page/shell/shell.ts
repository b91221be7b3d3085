/** What surrounds every page: name, ways to the pages, controls, and how fresh it all is. */
import { PAGES, type PageName } from '../../api.ts';
import type { App } from '../app.ts';
import type { Connection } from '../lib/live.ts';
import { type Preset, presetRange } from '../lib/days.ts';
import { fill, h } from '../lib/dom.ts';
import { labelOf } from '../lib/labels.ts';
import { type View, daysWithData, hasChannels, hasSources, hrefOf } from '../lib/view.ts';
import { channelControl, rangeControl, settingsControl, sourceControl } from './controls.ts';

export interface Freshness {
  readonly versions: Readonly<Record<string, number>>;
  readonly at: Date | undefined;
  readonly connection: Connection;
}

export interface Shell {
  readonly element: HTMLElement;
  /** Where the page goes. */
  readonly content: HTMLElement;
  readonly heading: HTMLElement;
  /** Controls and links as the view and state are now. `preset`: the days follow it from page to page. */
  update(preset: Preset | null): void;
  freshness(freshness: Freshness): void;
  /** Says something to who listens. */
  announce(text: string): void;
}

/** The frame, in the view's language. */
export function createShell(app: App, onLogout: () => void): Shell {
  const { t } = app;
  const [range, channel, source, settings] = [
    rangeControl(app),
    channelControl(app),
    sourceControl(app),
    settingsControl(app),
  ];
  const links = new Map(PAGES.map((page) => [page, pageLink(app, page)]));
  const heading = h('h1', { tabindex: -1 });
  const lead = h('p', { class: 'lead' });
  const fresh = h('p', { class: 'fresh' });
  const asked = h('p', { class: 'on-paper' });
  const said = h('div', { class: 'sr', role: 'status', 'aria-live': 'polite' });
  const content = h('div', { id: 'page' });
  const controls = h('div', { class: 'controls' }, range.element, channel.element, source.element);
  const account = h('div', { class: 'account' });
  const element = h(
    'div',
    { class: 'shell' },
    h('a', { class: 'skip', href: '#main', onclick: (event: Event) => skip(event, heading) }, t('skip')),
    h('header', { class: 'top' }, brand(), waysOf(app, [...links.values()]), settings.element, account),
    h(
      'main',
      { id: 'main' },
      h('div', { class: 'page-head' }, h('div', {}, heading, lead, asked, fresh), controls),
      content,
    ),
    said,
  );
  return {
    element,
    content,
    heading,
    update(preset) {
      const view = app.view();
      heading.textContent = t(view.page);
      lead.textContent = t(`${view.page}Lead`);
      document.title = `${t(view.page)} · chatlake`;
      controls.hidden = view.page === 'message';
      asked.textContent = controls.hidden ? '' : askedLine(app);
      for (const control of [range, channel, source, settings]) control.update(preset);
      for (const [page, link] of links) {
        link.href = hrefOf(viewOf(app, page, preset));
        link.removeAttribute('aria-current');
        if (page === view.page) mark(link);
      }
      element.dataset['version'] = app.state().chatlakeVersion;
      fill(account, logout(app, onLogout));
    },
    freshness: (freshness) => fill(fresh, ...freshLine(app, freshness)),
    announce: (text) => (said.textContent = text),
  };
}

const brand = (): HTMLElement =>
  h('span', { class: 'brand' }, h('span', { class: 'brand-mark', 'aria-hidden': 'true' }), 'chatlake');

const waysOf = ({ t }: App, links: readonly HTMLElement[]): HTMLElement =>
  h('nav', { 'aria-label': t('pages') }, h('ul', {}, ...links.map((link) => h('li', {}, link))));

/** A button, where somebody is logged in. */
function logout(app: App, onLogout: () => void): HTMLElement | false {
  const { needed, user } = app.state().login;
  return (
    needed &&
    user !== null &&
    h('button', { type: 'button', class: 'button', onclick: onLogout }, app.t('logout', user))
  );
}

/** What the controls say, for paper, which has none. */
function askedLine(app: App): string {
  const { page, lang, channel, source } = app.view();
  const { t } = app;
  const { day } = app.format();
  const range = app.range();
  const chosen = hasChannels(page)
    ? channel === null
      ? t('allChannels')
      : labelOf(lang, 'channel', channel)
    : hasSources(page) && (source === null ? t('allSources') : labelOf(lang, 'source', source));
  const parts = [range !== null && t('rangeOf', day(range.from), day(range.to)), chosen];
  return parts.filter((part) => part !== false).join(' · ');
}

/** Marks the link of the page that is shown; on a narrow screen the row of links moves so that it is seen. */
function mark(link: HTMLElement): void {
  link.setAttribute('aria-current', 'page');
  requestAnimationFrame(() => {
    const row = link.closest('ul');
    if (row !== null) row.scrollLeft = link.offsetLeft - row.offsetLeft - (row.clientWidth - link.offsetWidth) / 2;
  });
}

function skip(event: Event, heading: HTMLElement): void {
  event.preventDefault();
  heading.focus();
}

/** Another page with the days as they are; those of a preset are the last ones of that page's source. */
function viewOf(app: App, page: PageName, preset: Preset | null): View {
  const view = app.view();
  const state = app.state();
  const range =
    preset === null ? app.range() : presetRange(preset, daysWithData(state, { page, source: view.source }), state.zone);
  return { ...view, page, from: range?.from ?? null, to: range?.to ?? null };
}

function pageLink(app: App, page: PageName): HTMLAnchorElement {
  return h('a', { href: hrefOf({ ...app.view(), page }), 'data-page': page }, app.t(page));
}

function freshLine(app: App, { versions, at, connection }: Freshness): readonly (HTMLElement | string)[] {
  const { t } = app;
  const clock = at === undefined ? '' : app.format().clock(at);
  const held = Object.entries(versions).map(
    ([source, version]) => `${source} ${version < 0 ? t('nothingYet') : String(version)}`,
  );
  const dot = h('span', { class: `live live-${connection}`, 'aria-hidden': 'true' });
  if (connection === 'lost') return [dot, t('lost', clock)];
  const parts = [
    ...(held.length > 0 ? [t('asOf', held.join(', '))] : []),
    ...(clock === '' ? [] : [t('updated', clock)]),
    t('zone', app.state().zone),
  ];
  return [dot, h('span', {}, h('span', { class: 'off-paper' }, `${t(connection)} · `), parts.join(' · '))];
}
