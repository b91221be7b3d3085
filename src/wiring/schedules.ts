/** Every schedule chatlake keeps, as data. How they meet the server: apply-schedules.ts. */
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { CONTRACTS } from '../domain/sources/index.ts';
import { type Text, text } from '../domain/text.ts';
import { UPKEEP_STEPS } from '../domain/inputs/maintain.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** One schedule. Times are wall clock readings of `zone`; a list or `*` where several hours count. Durations in milliseconds. */
export interface ScheduleData {
  readonly id: string;
  readonly workflow: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Shown beside its runs. */
  readonly summary: string;
  readonly minute: number;
  readonly hours: readonly number[] | '*';
  /** Absent: every day. */
  readonly weekday?: 'MONDAY';
  readonly zone: string;
  readonly overlap: ScheduleOverlapPolicy;
  readonly catchupMs: number;
  readonly jitterMs: number;
  readonly pauseOnFailure: boolean;
}

/** A failed run is found by the next, and by `chatlake status`; a paused schedule would only hide it. */
const GO_ON = { pauseOnFailure: false } as const;
const HOURLY = { hours: '*', zone: 'UTC' } as const;

/** Two minutes past: the hour's last batches have landed. A minute apart, so that sources do not start together. */
const etlOf = (source: string, i: number): ScheduleData => ({
  id: `etl-${source}`,
  workflow: 'etl',
  input: { source },
  summary: `everything pending of ${source}`,
  minute: 2 + i,
  ...HOURLY,
  // The run looks at the store, never at its time: the one that is running, or the next, does what a skipped or missed one would have.
  overlap: ScheduleOverlapPolicy.SKIP,
  catchupMs: HOUR,
  jitterMs: 10 * SECOND,
  ...GO_ON,
});

const ETLS = [...CONTRACTS.keys()].map(etlOf);

/** Every schedule. */
export const SCHEDULES: readonly ScheduleData[] = [
  ...ETLS,
  {
    id: 'close-day',
    workflow: 'closeDay',
    input: {},
    summary: 'finishes and reports the day before',
    minute: 0,
    hours: [3],
    zone: 'America/Sao_Paulo',
    // Each run closes another day: none may be left out, also after a week without a server.
    overlap: ScheduleOverlapPolicy.BUFFER_ALL,
    catchupMs: 7 * DAY,
    jitterMs: 0,
    ...GO_ON,
  },
  {
    id: 'maintain-hourly',
    workflow: 'maintain',
    input: {},
    summary: 'keeps files few',
    minute: 32,
    ...HOURLY,
    // Upkeep may be late or left out; far from the hour's turn, when windows are run.
    overlap: ScheduleOverlapPolicy.SKIP,
    catchupMs: 10 * MINUTE,
    jitterMs: 5 * MINUTE,
    ...GO_ON,
  },
  {
    id: 'maintain-daily',
    workflow: 'maintain',
    input: { steps: UPKEEP_STEPS },
    summary: 'keeps files few, settles days, sweeps what nobody needs',
    minute: 30,
    hours: [4],
    // After closeDay, in the same night.
    zone: 'America/Sao_Paulo',
    // One after the other where yesterday's is still at work; one missed day is made good by the next.
    overlap: ScheduleOverlapPolicy.BUFFER_ONE,
    catchupMs: 12 * HOUR,
    jitterMs: 10 * MINUTE,
    ...GO_ON,
  },
  {
    id: 'report-weekly',
    workflow: 'reportWeekly',
    input: {},
    summary: 'writes the report of the week before',
    minute: 0,
    hours: [6],
    weekday: 'MONDAY',
    // After closeDay of the week's Sunday, and before people come.
    zone: 'America/Sao_Paulo',
    // Each run writes another week: none may be left out, also after weeks without a server.
    overlap: ScheduleOverlapPolicy.BUFFER_ALL,
    catchupMs: 28 * DAY,
    jitterMs: 0,
    ...GO_ON,
  },
  {
    id: 'replay-failed',
    workflow: 'replayFailed',
    input: {},
    summary: 'tries again what failed',
    minute: 45,
    hours: [0, 6, 12, 18],
    zone: 'UTC',
    // It runs what the store says is not done, whenever it comes.
    overlap: ScheduleOverlapPolicy.SKIP,
    catchupMs: HOUR,
    jitterMs: MINUTE,
    ...GO_ON,
  },
];

const ids = ETLS.map(({ id }) => id);

/** Schedules of earlier versions, and what does their work now. */
export const RETIRED: Readonly<Record<string, Text>> = {
  'etl-hourly': text(`${ids.join(' and ')} do its work`, `${ids.join(' e ')} fazem o trabalho dele`),
};
