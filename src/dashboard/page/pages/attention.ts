/** What needs a person: why, since when, and the command or page that mends it. */
import type { Attention, Operations } from '../../api.ts';
import type { App } from '../app.ts';
import { type Child, h } from '../lib/dom.ts';
import { labelOf } from '../lib/labels.ts';

/** That nothing is amiss. */
export const allWell = (sentence: string): HTMLElement =>
  h('p', { class: 'all-well' }, h('span', { class: 'badge badge-verified', 'aria-hidden': 'true' }, '✓'), sentence);

/** The list, or that there is nothing. */
export function attentionList(app: App, { attention, missing }: Operations): readonly Child[] {
  const { t } = app;
  const { lang } = app.view();
  const parts =
    missing.length > 0 &&
    h('p', { class: 'about' }, `${t('parts')}: ${missing.map((sentence) => sentence[lang]).join('; ')}`);
  if (attention.length === 0) return [allWell(t('attentionNone')), parts];
  return [h('ul', { class: 'attention' }, ...attention.map((item) => attentionItem(app, item))), parts];
}

function attentionItem(app: App, { source, thing, since, why, next, link }: Attention): HTMLElement {
  const { t } = app;
  const { lang } = app.view();
  const head = [
    ...(source === '' ? [] : [labelOf(lang, 'source', source)]),
    ...(since === null ? [] : [t('since', app.format().time(since))]),
  ]
    .map((text, i) => (i === 0 && thing === '' ? text : ` · ${text}`))
    .join('');
  return h(
    'li',
    {},
    h('span', { class: 'badge badge-parked', 'aria-hidden': 'true' }, '!'),
    h(
      'div',
      {},
      thing + head !== '' && h('p', {}, h('strong', {}, thing), h('span', { class: 'muted' }, head)),
      h('p', {}, why[lang]),
      h(
        'p',
        { class: 'next' },
        command(app, next[lang]),
        link !== null && h('a', { href: link, class: 'button', target: '_blank', rel: 'noreferrer' }, t('open')),
      ),
    ),
  );
}

/** A command to copy; a sentence is only read. */
function command({ t }: App, next: string): HTMLElement {
  const isCommand = /^(npx )?chatlake |^npm /.test(next);
  if (!isCommand) return h('span', {}, next);
  const copy = h(
    'button',
    {
      type: 'button',
      class: 'button',
      onclick: () => {
        void navigator.clipboard.writeText(next).then(() => (copy.textContent = t('copied')));
      },
    },
    t('copy'),
  );
  return h('span', { class: 'command' }, h('code', {}, next), copy);
}
