/** settleDays: looks at every day of receipt; settles those with nothing left to do, and opens those again whose raw objects changed. */
import { createHash } from 'node:crypto';
import { attempts, keep } from '../adapters/object-store/put.ts';
import type { ReportDefinition } from '../domain/kpi/report.ts';
import { FORMAT_VERSION, type Source, rawDayPrefix, settledKey } from '../domain/layout.ts';
import { isLongOver } from '../domain/settled.ts';
import { mapSome } from '../domain/some.ts';
import { rawDays, readDay, settledDays } from './day.ts';
import { throwIfCancelled } from './heartbeat.ts';
import { isPending, openSeals, workLeft } from './pending.ts';
import { type Ports, contractOf } from './ports.ts';

export interface SettleDaysInput {
  readonly source: Source;
  /** The last day that an earlier call looked at. */
  readonly after?: string;
}

export interface SettledDays {
  readonly looked: number;
  readonly settled: number;
  /** Days that were settled and are pending again: something was received in them since. */
  readonly reopened: readonly string[];
  /** Where the next call goes on; absent: every day was looked at. */
  readonly next?: string;
}

const DAYS_PER_CALL = 200;
const DAYS_AT_ONCE = 8;

type Outcome = 'unchanged' | 'settled' | 'reopened';

/** Builds the activity. */
export function createSettleDays(
  ports: Pick<Ports, 'store' | 'logs' | 'contracts' | 'log' | 'now'>,
  reports: ReadonlyMap<Source, ReportDefinition>,
) {
  return async function settleDays({ source, after = '' }: SettleDaysInput): Promise<SettledDays> {
    contractOf(ports, source);
    const over = (await rawDays(ports, source)).filter((day) => isLongOver(day, ports.now()) && day > after).sort();
    const days = over.slice(0, DAYS_PER_CALL);
    const marks = await settledDays(ports, source);
    const open = await openSeals(ports, reports, source);
    const outcomes = await mapSome(days, DAYS_AT_ONCE, (day) => {
      throwIfCancelled();
      return settle(source, day, marks.get(day) ?? [], open);
    });
    const last = days.at(-1);
    return {
      looked: days.length,
      settled: outcomes.filter((outcome) => outcome === 'settled').length,
      reopened: days.filter((_, i) => outcomes[i] === 'reopened'),
      ...(over.length > days.length && last !== undefined ? { next: last } : {}),
    };
  };

  async function settle(
    source: Source,
    day: string,
    marks: readonly string[],
    open: Awaited<ReturnType<typeof openSeals>>,
  ): Promise<Outcome> {
    const keys = await attempts(() => rawKeys(ports, source, day));
    const mark = settledKey(source, day, createHash('sha256').update(keys.join('\n')).digest('hex'));
    const old = marks.filter((key) => key !== mark);
    if (marks.length > old.length && old.length === 0) return 'unchanged';
    const windows = await readDay(ports, source, day);
    // Read after the list that is hashed: what came in between is pending, or in the next look's list.
    const done = [...windows.values()].every(({ raw, seals }) => !isPending(workLeft(raw, seals, open)));
    if (done) {
      const facts = { formatVersion: FORMAT_VERSION, source, day, objects: keys.length, windows: windows.size };
      await keep(ports.store, mark, new TextEncoder().encode(`${JSON.stringify(facts)}\n`));
    }
    for (const key of done ? old : marks) await attempts(() => ports.store.remove(key));
    if (done) ports.log.info('day.settled', { source, day, objects: keys.length });
    else if (marks.length > 0) ports.log.warn('day.reopened', { source, day, objects: keys.length });
    return done ? 'settled' : marks.length > 0 ? 'reopened' : 'unchanged';
  }
}

async function rawKeys(ports: Pick<Ports, 'store'>, source: Source, day: string): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { key } of ports.store.list(rawDayPrefix(source, day))) keys.push(key);
  return keys.sort();
}
