/** Operations: how far each hour has come, how far behind what is made of it, what could not be read, and what runs next. */
import type { Lag, Operations } from '../../api.ts';
import type { App, Part } from '../app.ts';
import { note } from '../cards/frame.ts';
import { plainTable } from '../cards/table.ts';
import { type Child, h } from '../lib/dom.ts';
import { NOTHING } from '../lib/format.ts';
import { labelOf } from '../lib/labels.ts';
import { allWell, attentionList } from './attention.ts';
import { figurePage } from './figure-page.ts';
import { createOperations } from './operations-data.ts';
import { unreadMessages } from './shared.ts';
import { windowsPanel } from './windows.ts';

function lagTable(app: App, { lags }: Operations): readonly Child[] {
  const { t } = app;
  const sourceOf = ({ source }: Lag): string => labelOf(app.view().lang, 'source', source);
  return [
    plainTable(
      t('lag'),
      [t('source'), t('part'), t('applied'), t('behind'), t('waitsFor')],
      lags.map((lag) => [
        sourceOf(lag),
        t(`lag${lag.name}`),
        lag.applied < 0 ? t('nothingYet') : app.format().count(lag.applied),
        lag.behind === 0 ? h('span', { class: 'ok' }, t('upToDate')) : h('b', {}, app.format().count(lag.behind)),
        lag.waiting === null ? NOTHING : lag.waiting[app.view().lang],
      ]),
    ),
  ];
}

function sampleTable(app: App, { samples }: Operations): readonly Child[] {
  const { t } = app;
  if (samples.length === 0) return [note(t('samplesNone'))];
  const { lang } = app.view();
  return [
    plainTable(
      t('samples'),
      [t('source'), t('reason'), t('field'), t('at'), t('place')],
      samples.map(({ source, reason, field, at, place }) => [
        labelOf(lang, 'source', source),
        labelOf(lang, 'reason', reason),
        labelOf(lang, 'field', field),
        app.format().time(at),
        h('code', {}, place),
      ]),
    ),
  ];
}

function scheduleTable(app: App, { schedules, temporalUi }: Operations): readonly Child[] {
  const { t } = app;
  const time = (at: string | null): string => (at === null ? NOTHING : app.format().time(at));
  const ui =
    temporalUi !== null &&
    h('p', {}, h('a', { class: 'button', href: temporalUi, target: '_blank', rel: 'noreferrer' }, t('temporal')));
  if (schedules.length === 0) return [note(t('schedulesNone')), ui];
  return [
    plainTable(
      t('schedules'),
      [t('schedule'), t('nextRun'), t('lastRun')],
      schedules.map(({ id, paused, next, last, link }) => [
        link === null ? id : h('a', { href: link, target: '_blank', rel: 'noreferrer' }, id),
        paused ? h('b', {}, t('paused')) : time(next),
        time(last),
      ]),
    ),
    ui,
  ];
}

function silentParts(app: App, { missing }: Operations): readonly Child[] {
  const { t } = app;
  if (missing.length === 0) return [allWell(t('partsNone'))];
  return [
    h(
      'ul',
      { class: 'silent', 'aria-label': t('parts') },
      ...missing.map((sentence) => h('li', {}, sentence[app.view().lang])),
    ),
  ];
}

/** The page. */
export function operationsPage(app: App): Part {
  const data = createOperations(app);
  return figurePage(app, [
    {
      title: 'progress',
      parts: [
        () => windowsPanel(app, data),
        () => data.panel('attention', 'third', (answer) => attentionList(app, answer)),
      ],
    },
    {
      title: 'runs',
      parts: [
        () => data.panel('lag', 'half', (answer) => lagTable(app, answer), { about: 'lagAbout' }),
        () => data.panel('schedules', 'half', (answer) => scheduleTable(app, answer)),
      ],
    },
    {
      title: 'quality',
      parts: [
        unreadMessages('half'),
        () => data.panel('samples', 'half', (answer) => sampleTable(app, answer), { about: 'samplesAbout' }),
        () => data.panel('parts', 'full', (answer) => silentParts(app, answer), { about: 'partsAbout' }),
      ],
    },
  ]);
}
