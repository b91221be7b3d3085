/** What `etl` and `etlWindow` take. */
import { CONTRACTS } from '../sources/index.ts';
import { invariant } from '../errors.ts';
import type { Source } from '../formats/layout.ts';
import type { Window } from '../window.ts';
import { givenFields, present } from './given.ts';

export interface EtlInput {
  /** Absent: every source. */
  readonly source?: Source;
  readonly window?: Window;
  /** First and last window, inclusive. A day stands for all its hours. */
  readonly from?: Window;
  readonly to?: Window;
  /** Whether windows that need a person are run, too; absent: only where a range is given. */
  readonly parked?: boolean;
}

export interface EtlWindowInput {
  readonly source: Source;
  readonly window: Window;
  /** False: not where this code gave up on the window before. Whoever asks for a window by name means it. */
  readonly parked?: false;
}

const ETL = {
  fields: ['source', 'window', 'from', 'to', 'parked'],
  sample:
    '{"source":"desk","window":"2026-11-22T03"}, {"from":"2026-11-21","to":"2026-11-22"} or {} for everything pending',
} as const;

/** Reads the input of `etl`. Throws PermanentError. */
export function readEtlInput(value: unknown): EtlInput {
  const given = givenFields(value, ETL);
  const window = given.window('window');
  const source = given.source('source');
  if (window !== undefined && source === undefined) given.fail('a window belongs to one source: give "source" too');
  const from = given.bound('from', '00');
  const to = given.bound('to', '23');
  if (window !== undefined && (from !== undefined || to !== undefined))
    given.fail('give "window", or "from" and "to", not both');
  if (from !== undefined && to !== undefined && from > to) given.fail('"from" lies after "to"');
  const parked = given.value('parked') === undefined ? undefined : given.flag('parked', false);
  return present<EtlInput>({ source, window, from, to, parked });
}

const ETL_WINDOW = {
  fields: ['source', 'window', 'parked'],
  sample: '{"source":"desk","window":"2026-11-22T03"}',
} as const;

/** Reads the input of `etlWindow`. Throws PermanentError. */
export function readEtlWindowInput(value: unknown): EtlWindowInput {
  const given = givenFields(value, ETL_WINDOW);
  const source = given.source('source');
  const window = given.window('window');
  if (source === undefined || window === undefined) return given.fail('"source" and "window" are both needed');
  return { source, window, ...(given.flag('parked', true) ? {} : { parked: false }) };
}

/** The sources a run looks at, in order; one that continued as new leaves out those before `next`. */
export function sourcesOf(source: Source | undefined, next?: Source): readonly Source[] {
  const sources = source === undefined ? [...CONTRACTS.keys()] : [source];
  const left = next === undefined ? sources : sources.slice(sources.indexOf(next));
  invariant(left.length > 0, 'there is no source');
  return left;
}
