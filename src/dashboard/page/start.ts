/** The beginning: asks how the lake stands, then shows the pages, or the login where one is needed. */
import type { FigureDefinition, State } from '../api.ts';
import { ApiError, ask } from './lib/api.ts';
import { fill, h } from './lib/dom.ts';
import { applyTheme } from './lib/theme.ts';
import { localeOf, parseView } from './lib/view.ts';
import { translate } from './lib/words.ts';
import { loginPage } from './pages/login.ts';
import { Running } from './running.ts';

const REFUSED = 401;

/** Shows the pages in an element. */
export async function start(root: HTMLElement): Promise<void> {
  const first = parseView(new URL(location.href), navigator.language);
  applyTheme(first);
  try {
    const [state, figures] = await Promise.all([ask<State>('state'), ask<readonly FigureDefinition[]>('definitions')]);
    new Running(root, first, state, figures).begin();
  } catch (error) {
    const t = translate.bind(null, first.lang);
    document.documentElement.lang = localeOf(first.lang);
    if (error instanceof ApiError && error.status === REFUSED) {
      fill(
        root,
        loginPage(first.lang, () => void start(root)),
      );
      return;
    }
    const told = error instanceof ApiError ? error.sentence[first.lang] : '';
    const sentence = told === '' ? t('noAnswer') : told;
    const again = h('button', { type: 'button', class: 'button', onclick: () => void start(root) }, t('again'));
    const about = h(
      'div',
      { class: 'note note-error', role: 'alert' },
      h('p', {}, h('strong', {}, sentence)),
      h('p', {}, t('errorDo')),
      again,
    );
    fill(root, h('main', { class: 'login', id: 'main' }, h('h1', {}, 'chatlake'), about));
  }
}
