/** What `rebuildWindow` takes. */
import type { Source } from '../formats/layout.ts';
import type { Window } from '../window.ts';
import { givenFields, kindOf, present } from './given.ts';

export interface RebuildWindowInput {
  readonly source: Source;
  readonly window: Window;
  /** Compare with what is published, and publish nothing. */
  readonly diff?: boolean;
  /** Key of a diff: publish only what it compared. */
  readonly expect?: string;
}

const REBUILD_WINDOW = {
  fields: ['source', 'window', 'diff', 'expect'],
  sample: '{"source":"desk","window":"2026-11-22T03","diff":true}',
} as const;

const DIFF_KEY = /^diffs\/.+\.json$/;

/** Reads the input of `rebuildWindow`. Throws PermanentError. */
export function readRebuildWindowInput(value: unknown): RebuildWindowInput {
  const given = givenFields(value, REBUILD_WINDOW);
  const source = given.source('source');
  const window = given.window('window');
  if (source === undefined || window === undefined) return given.fail('"source" and "window" are both needed');
  const diff = given.flag('diff', false);
  const expect = given.value('expect');
  if (expect !== undefined && (typeof expect !== 'string' || !DIFF_KEY.test(expect)))
    return given.fail(`"expect" must be the key of a diff, such as diffs/source=desk/…, not ${kindOf(expect)}`);
  if (diff && expect !== undefined) return given.fail('give "diff" to compare, or "expect" to publish, not both');
  return { source, window, ...(diff ? { diff } : {}), ...present<{ expect?: string }>({ expect }) };
}
