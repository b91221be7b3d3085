/** One message's way, from its receipt to the reports: places, counts and verdicts, nothing of what it says. */
import type { MessageWay } from '../../api.ts';
import type { App, Part } from '../app.ts';
import { note, showError, skeleton } from '../cards/frame.ts';
import { ask, isAbort } from '../lib/api.ts';
import { type Child, fill, h, newId } from '../lib/dom.ts';
import { labelOf } from '../lib/labels.ts';

type Line = MessageWay['lines'][number];

interface Step {
  readonly title: string;
  readonly isDone: boolean;
  /** False where the message does not go there; absent: it does. */
  readonly isFor?: boolean;
  readonly facts: readonly Child[];
}

const fact = (...parts: readonly Child[]): HTMLElement => h('p', {}, ...parts);
const code = (text: string): HTMLElement => h('code', {}, text);

/** The page: a field for the id, and below it the way. */
export function messagePage(app: App): Part {
  const { t } = app;
  const inputId = newId();
  const input = h('input', {
    id: inputId,
    name: 'id',
    type: 'text',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-describedby': `${inputId}-hint`,
  });
  const answer = h('div', { class: 'ways', 'aria-live': 'polite' });
  let asking: AbortController | undefined;
  const form = h(
    'form',
    {
      class: 'ask card size-full',
      role: 'search',
      onsubmit: (event: Event) => {
        event.preventDefault();
        const id = input.value.trim();
        if (id === app.view().id) load();
        else app.go({ id: id === '' ? null : id });
      },
    },
    h('label', { for: inputId }, t('messageId')),
    h('div', { class: 'ask-row' }, input, h('button', { type: 'submit', class: 'button button-main' }, t('look'))),
    h('p', { id: `${inputId}-hint`, class: 'about' }, t('messageHint')),
  );
  const load = (): void => {
    const { id } = app.view();
    asking?.abort();
    input.value = id ?? '';
    if (id === null) {
      fill(answer, note(t('messageEmpty')));
      return;
    }
    asking = new AbortController();
    fill(answer, skeleton());
    ask<MessageWay>(`message?id=${encodeURIComponent(id)}`, asking.signal).then(
      (way) => fill(answer, ...wayOf(app, way)),
      (error: unknown) => {
        if (!isAbort(error)) showError(answer, app, error, load);
      },
    );
  };
  load();
  return {
    element: h('div', { class: 'sections' }, form, answer),
    update: (why) => {
      if (why === 'view' || why === 'back') load();
    },
    dispose: () => asking?.abort(),
  };
}

function wayOf(app: App, { lines, notes }: MessageWay): readonly Child[] {
  const { lang } = app.view();
  const told = notes.length > 0 && h('ul', { class: 'notes' }, ...notes.map((text) => h('li', {}, text[lang])));
  if (lines.length === 0) return [told || note(app.t('messageNone'))];
  return [...lines.map((line) => lineCard(app, line)), told];
}

function lineCard(app: App, line: Line): HTMLElement {
  const { t } = app;
  const titleId = newId();
  return h(
    'section',
    { class: 'card size-full way', 'aria-labelledby': titleId },
    h('h2', { id: titleId }, labelOf(app.view().lang, 'source', line.source)),
    fact(code(line.place)),
    h(
      'dl',
      { class: 'station' },
      h('dt', {}, t('station')),
      h('dd', {}, t(`station${line.station}`)),
      h('dt', {}, t('whatNext')),
      h('dd', {}, line.next[app.view().lang]),
    ),
    h(
      'ol',
      { class: 'steps' },
      ...stepsOf(app, line).map(({ title, isDone, facts, isFor = true }) =>
        h(
          'li',
          { class: isDone ? 'step is-done' : 'step' },
          h('h3', {}, title),
          ...(isDone ? facts : [h('p', { class: 'muted' }, t(isFor ? 'notYet' : 'notUsed'))]),
        ),
      ),
    ),
  );
}

function stepsOf(app: App, line: Line): readonly Step[] {
  const { t } = app;
  const { receipt, seal, revisions, rows, documents, reports } = line;
  const { count, time, day } = app.format();
  // What was judged a duplicate or unreadable goes no further.
  const isUsed = (revisions.at(-1)?.verdict ?? 'enriched') === 'enriched';
  return [
    {
      title: t('stepReceipt'),
      isDone: true,
      facts: [
        fact(time(receipt.at)),
        fact(t('bodyOf', count(receipt.bodyBytes), count(receipt.objectLines), receipt.window)),
        !receipt.readable && fact(t('unreadable')),
      ],
    },
    { title: t('stepSeal'), isDone: seal !== null, facts: [fact(code(seal ?? ''))] },
    {
      title: t('stepVerdict'),
      isDone: revisions.length > 0,
      facts: revisions.map((revision) => verdict(app, revision)),
    },
    {
      title: t('stepTables'),
      isFor: isUsed,
      isDone: rows.length > 0,
      facts: rows.map(({ table, eventDate, file, current }) =>
        fact(
          h('b', {}, table),
          ` · ${t('eventDay', day(eventDate))} · ${t(current ? 'current' : 'replaced')} · `,
          code(file ?? t('notYet')),
        ),
      ),
    },
    {
      title: t('stepDocuments'),
      isFor: isUsed,
      isDone: documents.length > 0,
      facts: documents.map(({ collection, holds }) =>
        fact(h('b', {}, collection), ` · ${t(holds === 'not yet' ? 'notYet' : `holds${holds}`)}`),
      ),
    },
    {
      title: t('stepReports'),
      isFor: isUsed,
      isDone: reports.length > 0,
      facts: reports.map((report) =>
        fact(
          h('b', {}, report.name),
          ` · ${t('eventDay', day(report.day))} · ${t('asOf', String(report.ledgerVersion))}`,
        ),
      ),
    },
  ];
}

function verdict(app: App, revision: Line['revisions'][number]): HTMLElement {
  const { lang } = app.view();
  const { reason, meaning, field, eventDate } = revision;
  return h(
    'div',
    {},
    fact(
      h('b', {}, labelOf(lang, 'verdict', revision.verdict)),
      reason !== null && ` · ${labelOf(lang, 'reason', reason)}`,
      field !== null && field !== '' && h('span', {}, ' · ', code(field)),
      eventDate !== null && ` · ${app.t('eventDay', app.format().day(eventDate))}`,
    ),
    meaning !== null && h('p', { class: 'muted' }, meaning[lang]),
    h('p', { class: 'muted' }, app.t('revisionOf', revision.revision, revision.ledgerVersion)),
  );
}
