/** What `backfill` takes. */
import type { Source } from '../formats/layout.ts';
import type { Window } from '../window.ts';
import { type Given, givenFields, present, readWindows } from './given.ts';

export interface BackfillInput {
  readonly source: Source;
  /** First and last window of a range by receipt, inclusive; either end may be open. */
  readonly receivedFrom?: Window;
  readonly receivedTo?: Window;
  /** First and last day of a range by event, inclusive; either end may be open. */
  readonly eventFrom?: string;
  readonly eventTo?: string;
  /** These windows, in place of a range. */
  readonly windows?: readonly Window[];
  /** Judge published windows again with today's code, in place of running what is pending. */
  readonly rebuild?: boolean;
  /** With `rebuild`: compare every window first, and publish only when told so. */
  readonly diff?: boolean;
  /** End after the plan. */
  readonly dryRun?: boolean;
  /** Windows worked on at the same time. */
  readonly concurrency?: number;
  /** Windows of one run of the workflow; then it continues as new. */
  readonly windowsPerRun?: number;
  /** How long a compared rebuild waits to be published; then it counts as discarded. */
  readonly decideWithinSeconds?: number;
}

type Settings = 'rebuild' | 'diff' | 'dryRun' | 'concurrency' | 'windowsPerRun' | 'decideWithinSeconds';
export type BackfillSettings = Omit<BackfillInput, Settings> & Required<Pick<BackfillInput, Settings>>;

/** 8 kB of names. */
export const WINDOWS_LISTED = 500;
/** Below the worker's slots for activities, so that live work finds one free. */
const CONCURRENCY = 2;
const CONCURRENCY_AT_MOST = 16;
/** About nine events each: well below the length at which the server suggests to continue as new. */
const WINDOWS_PER_RUN = 400;
/** Staged files that wait for half a day are still young enough to be published. */
const DECIDE_WITHIN_S = 43_200;

const BACKFILL = {
  fields: [
    'source',
    'receivedFrom',
    'receivedTo',
    'eventFrom',
    'eventTo',
    'windows',
    'rebuild',
    'diff',
    'dryRun',
    'concurrency',
    'windowsPerRun',
    'decideWithinSeconds',
  ],
  sample:
    '{"source":"desk","receivedFrom":"2026-11-01","receivedTo":"2026-11-22T03"} or {"source":"desk","eventFrom":"2026-11-01","eventTo":"2026-11-07","rebuild":true}',
} as const;
type Field = (typeof BACKFILL.fields)[number];

/** Reads the input of `backfill`. Throws PermanentError. */
export function readBackfillInput(value: unknown): BackfillSettings {
  const given = givenFields(value, BACKFILL);
  const source = given.source('source');
  if (source === undefined) return given.fail('"source" is needed');
  const rebuild = given.flag('rebuild', false);
  const diff = given.flag('diff', false);
  if (diff && !rebuild) given.fail('"diff" compares a rebuild: give "rebuild": true too');
  return {
    source,
    ...readRange(given),
    rebuild,
    diff,
    dryRun: given.flag('dryRun', false),
    concurrency: atMost(given, 'concurrency', CONCURRENCY, CONCURRENCY_AT_MOST),
    windowsPerRun: atMost(given, 'windowsPerRun', WINDOWS_PER_RUN, WINDOWS_PER_RUN),
    decideWithinSeconds: atMost(given, 'decideWithinSeconds', DECIDE_WITHIN_S, DECIDE_WITHIN_S),
  };
}

type Range = Pick<BackfillInput, 'receivedFrom' | 'receivedTo' | 'eventFrom' | 'eventTo' | 'windows'>;

function readRange(given: Given<Field>): Range {
  const received = { receivedFrom: given.bound('receivedFrom', '00'), receivedTo: given.bound('receivedTo', '23') };
  const event = { eventFrom: given.day('eventFrom'), eventTo: given.day('eventTo') };
  const listed = given.value('windows');
  const isGiven = (ends: object): boolean => Object.values(ends).some((end) => end !== undefined);
  if ([isGiven(received), isGiven(event), listed !== undefined].filter(Boolean).length !== 1)
    given.fail('give one of: "receivedFrom" and "receivedTo", "eventFrom" and "eventTo", "windows"');
  if ((received.receivedFrom ?? '') > (received.receivedTo ?? '9'))
    given.fail('"receivedFrom" lies after "receivedTo"');
  if ((event.eventFrom ?? '') > (event.eventTo ?? '9')) given.fail('"eventFrom" lies after "eventTo"');
  if (listed === undefined) return present<Range>({ ...received, ...event, windows: undefined });
  const windows = [...new Set(readWindows(listed))].sort();
  if (windows.length === 0 || windows.length > WINDOWS_LISTED)
    given.fail(`"windows" must be a list of 1 to ${WINDOWS_LISTED} hours, such as ["2026-11-22T03"]`);
  return { windows };
}

function atMost(given: Given<Field>, field: Field, fallback: number, most: number): number {
  const value = given.whole(field, fallback, 1);
  return value > most ? given.fail(`"${field}" must be a whole number of at most ${most}, not ${value}`) : value;
}
