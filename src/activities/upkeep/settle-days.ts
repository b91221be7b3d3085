/** settleDays: looks at every day of receipt; settles those with nothing left to do, and opens those again whose raw objects changed. */
import { createHash } from 'node:crypto';
import { keep, keysOf } from '../../adapters/object-store/put.ts';
import { FORMAT_VERSION, type Source, rawDayPrefix, sealName } from '../../domain/formats/layout.ts';
import { settledKey } from '../../domain/formats/marks.ts';
import { isLongOver } from '../../domain/formats/settled.ts';
import { mapSome } from '../../domain/some.ts';
import { rawDays, readDay, settledDays } from '../../lake/days.ts';
import { jsonBytes } from '../../lake/json.ts';
import { contractOf } from '../../lake/lake.ts';
import { type LedgerView, publishedAs, readLedger } from '../../lake/ledger.ts';
import { isPending, workLeft } from '../../lake/pending.ts';
import { type VerifiedVersions, verifiedVersions } from '../../lake/verified.ts';
import { throwIfCancelled } from '../heartbeat.ts';
import type { Ports } from '../ports.ts';

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
export function createSettleDays(ports: Pick<Ports, 'store' | 'logs' | 'contracts' | 'log' | 'now'>) {
  return async function settleDays({ source, after = '' }: SettleDaysInput): Promise<SettledDays> {
    contractOf(ports, source);
    const over = (await rawDays(ports, source)).filter((day) => isLongOver(day, ports.now()) && day > after).sort();
    const days = over.slice(0, DAYS_PER_CALL);
    const marks = await settledDays(ports, source);
    const ledger = await readLedger(ports, source);
    const verified = await verifiedVersions(ports, source);
    const outcomes = await mapSome(days, DAYS_AT_ONCE, (day) => {
      throwIfCancelled();
      return settle({ source, day, marks: marks.get(day) ?? [] }, ledger, verified);
    });
    const last = days.at(-1);
    return {
      looked: days.length,
      settled: outcomes.filter((outcome) => outcome === 'settled').length,
      reopened: days.filter((_, i) => outcomes[i] === 'reopened'),
      ...(over.length > days.length && last !== undefined ? { next: last } : {}),
    };
  };

  /** A day is done when all of it is sealed, published and verified. */
  async function settle(
    { source, day, marks }: { readonly source: Source; readonly day: string; readonly marks: readonly string[] },
    ledger: LedgerView,
    verified: VerifiedVersions,
  ): Promise<Outcome> {
    const keys = (await keysOf(ports.store, rawDayPrefix(source, day))).sort();
    const mark = settledKey(source, day, createHash('sha256').update(keys.join('\n')).digest('hex'));
    const old = marks.filter((key) => key !== mark);
    if (marks.length > old.length && old.length === 0) return 'unchanged';
    const windows = await readDay(ports, source, day);
    // Read after the list that is hashed: what came in between is pending, or in the next look's list.
    const done = [...windows.values()].every(
      ({ raw, seals }) =>
        !isPending(workLeft(raw, seals, ledger)) &&
        seals.every(({ id }) => verified.has(publishedAs(ledger, sealName(id), 0) ?? -1)),
    );
    if (done) {
      const facts = { formatVersion: FORMAT_VERSION, source, day, objects: keys.length, windows: windows.size };
      await keep(ports.store, mark, jsonBytes(facts));
    }
    for (const key of done ? old : marks) await ports.store.remove(key);
    if (done) ports.log.info('day.settled', { source, day, objects: keys.length });
    else if (marks.length > 0) ports.log.warn('day.unsettled', { source, day, objects: keys.length });
    return done ? 'settled' : marks.length > 0 ? 'reopened' : 'unchanged';
  }
}
