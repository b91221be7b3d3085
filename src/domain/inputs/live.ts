/** What `live` takes. */
import type { Source } from '../formats/layout.ts';
import { LIVE_INTERVAL_MS, LIVE_WINDOWS } from '../plans/live.ts';
import type { Window } from '../window.ts';
import { givenFields, readWindows } from './given.ts';

export interface LiveInput {
  readonly source: Source;
  /** Least time between the starts of two runs. */
  readonly intervalMs: number;
  /** Windows to run first: what an earlier run of the workflow leaves to this one. */
  readonly windows: readonly Window[];
  readonly paused: boolean;
  /** How long the first run waits. */
  readonly waitMs: number;
}

const LIVE = {
  fields: ['source', 'intervalMs', 'windows', 'paused', 'waitMs'],
  sample: '{"source":"desk"} or {"source":"desk","intervalMs":30000,"windows":["2026-11-22T03"]}',
} as const;
const LEAST_INTERVAL_MS = 100;

/** Reads the input of `live`. Throws PermanentError. */
export function readLiveInput(value: unknown): LiveInput {
  const given = givenFields(value, LIVE);
  const source = given.source('source');
  if (source === undefined) return given.fail('"source" is needed');
  const intervalMs = given.whole('intervalMs', LIVE_INTERVAL_MS, LEAST_INTERVAL_MS, ' of milliseconds');
  const waitMs = given.whole('waitMs', 0, 0, ' of milliseconds');
  const paused = given.flag('paused', false);
  const windows = readWindows(given.value('windows') ?? []);
  if (windows === undefined || windows.length > LIVE_WINDOWS)
    return given.fail(`"windows" must be a list of at most ${LIVE_WINDOWS} hours, such as ["2026-11-22T03"]`);
  return { source, intervalMs, windows, paused, waitMs };
}
