/** What operators look at comes in one answer, which several panels share. */
import type { Operations } from '../../api.ts';
import type { App, Part, Why } from '../app.ts';
import { type Size, createFrame, showError } from '../cards/frame.ts';
import { ask, isAbort } from '../lib/api.ts';
import { type Child, fill } from '../lib/dom.ts';
import type { WordKey } from '../lib/words.ts';

type Listener = (operations: Operations | undefined, error: unknown) => void;

/** What a panel has besides its body. */
interface More {
  readonly about?: WordKey;
  readonly tools?: readonly Child[];
  readonly foot?: Child;
}

export interface OperationsData {
  /** A panel that draws itself of the answer. `draw` is called again when something changed. */
  panel(title: WordKey, size: Size, draw: (operations: Operations) => readonly Child[], more?: More): Part;
}

/** What concerns one source, and what concerns none alone; null: everything. */
function ofSource(operations: Operations, source: string | null): Operations {
  if (source === null) return operations;
  const isIts = (item: { readonly source: string }): boolean => item.source === source || item.source === '';
  const { windows, attention, lags, samples } = operations;
  return {
    ...operations,
    windows: windows.filter(isIts),
    attention: attention.filter(isIts),
    lags: lags.filter(isIts),
    samples: samples.filter(isIts),
  };
}

/** Asks once for all panels of a page, and again when the first of them is brought up to date. */
export function createOperations(app: App): OperationsData {
  const listeners: Listener[] = [];
  let asking: AbortController | undefined;
  let last: Operations | undefined;
  const load = (): void => {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    ask<Operations>('operations', signal).then(
      (operations) => {
        last = operations;
        listeners.forEach((listener) => listener(operations, undefined));
      },
      (error: unknown) => {
        if (isAbort(error)) return;
        if (last === undefined) listeners.forEach((listener) => listener(undefined, error));
      },
    );
  };
  return {
    panel(title, size, draw, { about, tools = [], foot } = {}) {
      const frame = createFrame(app.t(title), size, tools, about === undefined ? undefined : app.t(about));
      if (foot !== undefined) fill(frame.foot, foot);
      frame.element.dataset['panel'] = title;
      let drawn = '';
      const show = (): void => {
        if (last === undefined) return;
        // Who is at an item by the keyboard stays there.
        const { activeElement } = document;
        const key = frame.body.contains(activeElement) ? (activeElement as HTMLElement).dataset['key'] : undefined;
        fill(frame.body, ...draw(ofSource(last, app.view().source)));
        if (key !== undefined) frame.body.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus();
      };
      listeners.push((operations, error) => {
        if (operations === undefined) {
          showError(frame.body, app, error, load);
          return;
        }
        const text = JSON.stringify(operations);
        if (text !== drawn) show();
        drawn = text;
      });
      const isFirst = listeners.length === 1;
      if (isFirst) queueMicrotask(load);
      return {
        element: frame.element,
        update: (why: Why) => {
          if (why === 'view' || why === 'look') show();
          // Days that follow the data make another view of newer data.
          if (isFirst && why !== 'look') load();
        },
        dispose: () => asking?.abort(),
      };
    },
  };
}
