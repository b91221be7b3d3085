/**
 * Brings the server's schedules to what schedules.ts says: created or updated, never deleted, an operator's pause and note kept.
 * The file wins, also at every start of a worker: what was edited in the UI lasts until then, so that what is reviewed is what runs.
 */
import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  ScheduleNotFoundError,
  type ScheduleOptions,
} from '@temporalio/client';
import { type Text, text } from '../domain/text.ts';
import { RETIRED, SCHEDULES, type ScheduleData } from './schedules.ts';

/** One schedule of ours on the server. `differences`: what is there, and what the file says; empty: the same. */
export interface ScheduleState {
  readonly id: string;
  readonly workflow: string;
  readonly state: 'missing' | 'differs' | 'same';
  readonly differences: readonly { readonly what: string; readonly there: string; readonly here: string }[];
  readonly paused: boolean;
  readonly note: string | null;
  readonly next: string | null;
  /** When a run was last started; null: none was. */
  readonly last: string | null;
  readonly taken: number;
  /** Runs that were never started: the server was away for too long, or an earlier run was still at work. */
  readonly missedCatchup: number;
  readonly skippedOverlap: number;
}

/** A schedule on our task queue that chatlake does not keep, and what to do about it. */
export interface UnknownSchedule {
  readonly id: string;
  readonly mend: Text;
}

export interface Schedules {
  readonly known: readonly ScheduleState[];
  readonly unknown: readonly UnknownSchedule[];
}

/** What the server has of our schedules, and which others start runs on this task queue. */
export async function lookAtSchedules(client: Client, taskQueue: string): Promise<Schedules> {
  const known = await Promise.all(SCHEDULES.map((data) => stateOf(client, data, taskQueue)));
  return { known, unknown: await unknownOf(client, taskQueue) };
}

/** Creates what is missing and updates what differs; returns what was found before. */
export async function applySchedules(client: Client, taskQueue: string): Promise<Schedules> {
  const found = await lookAtSchedules(client, taskQueue);
  const apply = async (data: ScheduleData): Promise<void> => {
    const state = found.known.find(({ id }) => id === data.id)?.state;
    if (state === 'missing') await create(client, data, taskQueue);
    else if (state === 'differs') await update(client, data, taskQueue);
  };
  await Promise.all(SCHEDULES.map(apply));
  return found;
}

async function create(client: Client, data: ScheduleData, taskQueue: string): Promise<void> {
  try {
    await client.schedule.create(optionsOf(data, taskQueue));
  } catch (error) {
    // Another worker was first.
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}

async function update(client: Client, data: ScheduleData, taskQueue: string): Promise<void> {
  const { spec, action, policies } = optionsOf(data, taskQueue);
  await client.schedule
    .getHandle(data.id)
    .update(({ state }) => ({ state, spec, action, ...(policies === undefined ? {} : { policies }) }));
}

/** A schedule as the server takes it. */
function optionsOf(data: ScheduleData, taskQueue: string): ScheduleOptions {
  const { id, workflow, input, summary, minute, hours, weekday = '*', zone } = data;
  const { overlap, catchupMs, jitterMs, pauseOnFailure } = data;
  return {
    scheduleId: id,
    spec: {
      calendars: [{ minute, hour: hours === '*' ? '*' : [...hours], dayOfWeek: weekday, comment: summary }],
      timezone: zone,
      jitter: jitterMs,
    },
    action: {
      type: 'startWorkflow',
      workflowType: workflow,
      workflowId: id,
      taskQueue,
      args: [input],
      staticSummary: summary,
    },
    policies: { overlap, catchupWindow: catchupMs, pauseOnFailure },
  };
}

type Facts = Readonly<Record<string, string>>;

const timesWanted = ({ minute, hours, weekday }: ScheduleData): string =>
  [
    `minute ${minute}`,
    `hour ${hours === '*' ? '0-23' : hours.join(',')}`,
    ...(weekday === undefined ? [] : [`dayOfWeek ${weekday}`]),
  ].join(', ');

const wanted = (data: ScheduleData, taskQueue: string): Facts => ({
  times: timesWanted(data),
  zone: data.zone,
  'jitter, ms': String(data.jitterMs),
  workflow: data.workflow,
  id: data.id,
  'task queue': taskQueue,
  input: JSON.stringify([data.input]),
  summary: data.summary,
  overlap: String(data.overlap),
  'catch-up, ms': String(data.catchupMs),
  'pause on failure': String(data.pauseOnFailure),
});

function described({ spec, action, policies }: ScheduleDescription): Facts {
  return {
    times: timesOf(spec),
    zone: spec.timezone === undefined || spec.timezone === '' ? 'UTC' : spec.timezone,
    'jitter, ms': String(spec.jitter ?? 0),
    workflow: action.workflowType,
    id: action.workflowId,
    'task queue': action.taskQueue,
    input: JSON.stringify(action.args ?? []),
    summary: action.staticSummary ?? '',
    overlap: String(policies.overlap),
    'catch-up, ms': String(policies.catchupWindow),
    'pause on failure': String(policies.pauseOnFailure),
  };
}

/** What the fields of a calendar say when nothing was said of them. */
const EVERY: Readonly<Record<string, string>> = {
  second: '0',
  dayOfMonth: '1-31',
  month: 'JANUARY-DECEMBER',
  dayOfWeek: 'SUNDAY-SATURDAY',
  year: '',
};

/** When a schedule is due, in words; whatever ours do not use is named, so that it counts as a difference. */
function timesOf({ calendars = [], intervals = [], skip = [], startAt, endAt }: ScheduleDescription['spec']): string {
  const ranges = (given: readonly { start: unknown; end: unknown; step: number }[]): string =>
    given
      .map(({ start, end, step }) =>
        start === end ? String(start) : `${String(start)}-${String(end)}${step > 1 ? `/${step}` : ''}`,
      )
      .join(',');
  const words = (calendar: (typeof calendars)[number]): string =>
    Object.entries({ ...calendar, comment: [] })
      .map(([name, given]) => [name, ranges(given)] as const)
      .filter(([name, text]) => text !== (EVERY[name] ?? ''))
      .map(([name, text]) => `${name} ${text}`)
      .join(', ');
  return [
    ...calendars.map(words),
    ...intervals.map(({ every, offset }) => `every ${every} ms${offset > 0 ? `, offset ${offset}` : ''}`),
    ...skip.map((calendar) => `not at ${words(calendar)}`),
    ...(startAt === undefined ? [] : [`from ${startAt.toISOString()}`]),
    ...(endAt === undefined ? [] : [`until ${endAt.toISOString()}`]),
  ].join('; ');
}

async function stateOf(client: Client, data: ScheduleData, taskQueue: string): Promise<ScheduleState> {
  const { id, workflow } = data;
  const description = await describe(client, id);
  if (description === undefined)
    return {
      ...{ id, workflow, state: 'missing', differences: [], paused: false, note: null, next: null, last: null },
      ...{ taken: 0, missedCatchup: 0, skippedOverlap: 0 },
    };
  const there = described(description);
  const differences = Object.entries(wanted(data, taskQueue))
    .map(([what, here]) => ({ what, there: there[what] ?? '', here }))
    .filter((fact) => fact.there !== fact.here);
  const { state, info } = description;
  return {
    id,
    workflow,
    state: differences.length === 0 ? 'same' : 'differs',
    differences,
    paused: state.paused,
    note: state.note ?? null,
    next: state.paused ? null : (info.nextActionTimes[0]?.toISOString() ?? null),
    last: info.recentActions.at(-1)?.takenAt.toISOString() ?? null,
    taken: info.numActionsTaken,
    missedCatchup: info.numActionsMissedCatchupWindow,
    skippedOverlap: info.numActionsSkippedOverlap,
  };
}

async function describe(client: Client, id: string): Promise<ScheduleDescription | undefined> {
  try {
    return await client.schedule.getHandle(id).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}

async function unknownOf(client: Client, taskQueue: string): Promise<readonly UnknownSchedule[]> {
  const unknown: UnknownSchedule[] = [];
  for await (const { scheduleId: id } of client.schedule.list()) {
    if (SCHEDULES.some((data) => data.id === id)) continue;
    const description = await describe(client, id);
    if (description?.action.taskQueue !== taskQueue) continue;
    const why = RETIRED[id] ?? text('chatlake did not make it', 'o chatlake não o criou');
    const command = `temporal schedule delete --schedule-id ${id}`;
    unknown.push({
      id,
      mend: text(
        `${why.en}; unless somebody wants it, remove it in the UI or with: ${command}`,
        `${why.pt}; se ninguém o quer, remova na interface do Temporal ou com: ${command}`,
      ),
    });
  }
  return unknown;
}
