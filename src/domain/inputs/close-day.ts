/** What `closeDay` takes. */
import type { Source } from '../formats/layout.ts';
import { givenFields, present } from './given.ts';

export interface CloseDayInput {
  /** A local day of the source's zone; absent: the day before the one the run was scheduled for. */
  readonly day?: string;
  /** Absent: every source. */
  readonly source?: Source;
}

const CLOSE_DAY = {
  fields: ['day', 'source'],
  sample: '{"day":"2026-11-21"} or {"day":"2026-11-21","source":"desk"}; {} only from a schedule',
} as const;

/** Reads the input of `closeDay`; `scheduled` says whether a schedule started the run. Throws PermanentError. */
export function readCloseDayInput(value: unknown, scheduled: boolean): CloseDayInput {
  const given = givenFields(value, CLOSE_DAY);
  const source = given.source('source');
  const day = given.day('day');
  if (day === undefined && !scheduled)
    given.fail('"day" is needed, since no schedule started this run and said for when');
  return present<CloseDayInput>({ day, source });
}
