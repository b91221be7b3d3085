/** Days, channel, language and colours: what the address says, to be changed. */
import type { Days } from '../../api.ts';
import type { App } from '../app.ts';
import { PRESETS, type Preset, isDay, presetRange } from '../lib/days.ts';
import { type Child, fill, h, newId } from '../lib/dom.ts';
import { labelOf } from '../lib/labels.ts';
import { THEMES, type Theme, daysWithData, hasChannels, hasSources, localeOf } from '../lib/view.ts';

export interface Control {
  readonly element: HTMLElement;
  /** Shows what the view says now; `preset`: the days were chosen so. */
  update(preset: Preset | null): void;
}

/** A labelled choice of few. */
function choice(
  label: string,
  name: string,
  onChange: (value: string) => void,
): { readonly element: HTMLElement; readonly select: HTMLSelectElement } {
  const id = newId();
  const select: HTMLSelectElement = h('select', { id, name, onchange: () => onChange(select.value) });
  return { select, element: h('div', { class: 'field' }, h('label', { for: id }, label), select) };
}

const option = (value: string, text: string, selected: boolean): HTMLOptionElement =>
  h('option', { value, selected }, text);

/** Presets and two dates. */
export function rangeControl(app: App): Control {
  const { t } = app;
  const daysOfSource = (): Days => daysWithData(app.state(), app.view());
  const buttons = PRESETS.map((preset: Preset) => {
    const choose = (): void => {
      const range = presetRange(preset, daysOfSource(), app.state().zone);
      if (range !== null) app.go(range, preset);
    };
    return h(
      'button',
      {
        type: 'button',
        'data-preset': preset,
        title: t(preset === 'week' ? 'presetTitleweek' : 'presetTitle'),
        onclick: choose,
      },
      t(`preset${preset}`),
    );
  });
  const date = (name: 'from' | 'to'): readonly [HTMLElement, HTMLInputElement] => {
    const id = newId();
    const change = (): void => {
      const shown = app.range();
      if (!isDay(input.value) || shown === null) return;
      const range = { ...shown, [name]: input.value };
      // The other end follows rather than that the range is turned round.
      app.go(range.from <= range.to ? range : { from: input.value, to: input.value }, null);
    };
    const input = h('input', { id, name, type: 'date', required: true, onchange: change });
    return [h('div', { class: 'field' }, h('label', { for: id }, t(name)), input), input];
  };
  const [from, fromInput] = date('from');
  const [to, toInput] = date('to');
  return {
    element: h(
      'div',
      { class: 'range', role: 'group', 'aria-label': t('days') },
      h('div', { class: 'presets' }, ...buttons),
      from,
      to,
    ),
    update(preset) {
      const range = app.range();
      fromInput.value = range?.from ?? '';
      toInput.value = range?.to ?? '';
      const isShown = (name: Preset): boolean => {
        const of = presetRange(name, daysOfSource(), app.state().zone);
        return of !== null && of.from === range?.from && of.to === range.to;
      };
      // Two presets may be the same days: the one that was chosen is pressed.
      const pressed = [...(preset === null ? [] : [preset]), ...PRESETS].find(isShown);
      for (const button of buttons) {
        const name = button.dataset['preset'] as Preset;
        button.disabled = presetRange(name, daysOfSource(), app.state().zone) === null;
        button.setAttribute('aria-pressed', String(name === pressed));
      }
    },
  };
}

/** One channel or all, on the pages that show all. */
export function channelControl(app: App): Control {
  const { t } = app;
  const { element, select } = choice(t('channel'), 'channel', (value) =>
    app.go({ channel: value === '' ? null : value }),
  );
  return {
    element,
    update() {
      const { channel, lang, page } = app.view();
      element.hidden = !hasChannels(page);
      const known = new Set([...app.state().channels, ...(channel === null ? [] : [channel])]);
      fill(
        select,
        option('', t('allChannels'), channel === null),
        ...[...known].sort().map((name) => option(name, labelOf(lang, 'channel', name), name === channel)),
      );
    },
  };
}

/** One source or all, on the pages that show all. */
export function sourceControl(app: App): Control {
  const { t } = app;
  const { element, select } = choice(t('source'), 'source', (value) => app.go({ source: value === '' ? null : value }));
  return {
    element,
    update() {
      const { source, lang, page } = app.view();
      element.hidden = !hasSources(page);
      const known = new Set([...Object.keys(app.state().versions), ...(source === null ? [] : [source])]);
      fill(
        select,
        option('', t('allSources'), source === null),
        ...[...known].sort().map((name) => option(name, labelOf(lang, 'source', name), name === source)),
      );
    },
  };
}

/** Language and colours. */
export function settingsControl(app: App): Control {
  const { t } = app;
  const language = choice(t('language'), 'lang', (value) => app.go({ lang: value === 'pt-BR' ? 'pt' : 'en' }));
  const theme = choice(t('theme'), 'theme', (value) =>
    app.go({ theme: THEMES.find((name) => name === value) ?? 'auto' }),
  );
  const children: readonly Child[] = [language.element, theme.element];
  return {
    element: h('div', { class: 'settings', role: 'group', 'aria-label': t('settings') }, ...children),
    update() {
      const view = app.view();
      fill(
        language.select,
        option('en', 'English', view.lang === 'en'),
        option('pt-BR', 'Português', view.lang === 'pt'),
      );
      language.select.value = localeOf(view.lang);
      fill(theme.select, ...THEMES.map((name: Theme) => option(name, t(`theme${name}`), view.theme === name)));
    },
  };
}
