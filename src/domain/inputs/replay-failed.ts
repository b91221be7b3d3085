/** What `replayFailed` takes. */
import { CONTRACTS } from '../sources/index.ts';
import type { Source } from '../formats/layout.ts';
import { type Window, parseWindow } from '../window.ts';
import { type Given, givenFields, present } from './given.ts';

export interface WindowOfSource {
  readonly source: Source;
  readonly window: Window;
}

export interface ReplayFailedInput {
  /** Absent: every source. */
  readonly source?: Source;
  /** Absent: whatever the store says is not done. */
  readonly windows?: readonly WindowOfSource[];
  /** Only what comes behind this window of this source: where an earlier run ended, whatever became of what it took. */
  readonly after?: WindowOfSource;
}

/** Windows one run takes: their names stay under the payload limit, its history under the server's. */
export const REPLAY_WINDOWS = 300;

const REPLAY = {
  fields: ['source', 'windows', 'after'],
  sample: '{}, {"source":"desk"}, {"windows":["desk/2026-11-22T03"]} or {"after":"desk/2026-11-22T03"}',
} as const;

/** Reads the input of `replayFailed`. Throws PermanentError. */
export function readReplayFailedInput(value: unknown): ReplayFailedInput {
  const given = givenFields(value, REPLAY);
  const source = given.source('source');
  const listed = given.value('windows');
  if (listed !== undefined && source !== undefined) given.fail('give "source" or "windows", not both');
  const windows = listed === undefined ? undefined : readNames(listed);
  if (listed !== undefined && windows === undefined)
    given.fail(
      `"windows" must be a list of 1 to ${REPLAY_WINDOWS} windows with their sources, such as ["desk/2026-11-22T03"]`,
    );
  return present<ReplayFailedInput>({ source, windows, after: readAfter(given, { source, listed }) });
}

function readAfter(
  given: Pick<Given<'after'>, 'value' | 'fail'>,
  { source, listed }: { readonly source: Source | undefined; readonly listed: unknown },
): WindowOfSource | undefined {
  const named = given.value('after');
  const after = typeof named === 'string' ? readWindowName(named) : undefined;
  if (named === undefined) return undefined;
  if (after === undefined) return given.fail('"after" must be a window with its source, such as "desk/2026-11-22T03"');
  if (listed !== undefined) return given.fail('give "windows" or "after", not both');
  if (source !== undefined && source !== after.source) return given.fail('"after" must be a window of "source"');
  return after;
}

function readNames(value: unknown): readonly WindowOfSource[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > REPLAY_WINDOWS) return undefined;
  const windows = value.map((name: unknown) => (typeof name === 'string' ? readWindowName(name) : undefined));
  return windows.every((window) => window !== undefined) ? windows : undefined;
}

/** The window of a name such as `desk/2026-11-22T03`, also as `etl/desk/2026-11-22T03`, the id of its run; else undefined. */
export function readWindowName(name: string): WindowOfSource | undefined {
  const [source = '', hour = '', ...rest] = name.replace(/^etl\//, '').split('/');
  const window = parseWindow(hour);
  return rest.length === 0 && CONTRACTS.has(source) && window !== undefined ? { source, window } : undefined;
}
