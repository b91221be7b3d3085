/**
 * How old the oldest message is that is known and not landed, per source. Brokers deliver in order, so while one is connected the
 * first message in hand is also the oldest of its backlog. While none is, the age is that of the last message in hand, else the time
 * since the connection was lost: no message can have waited longer.
 */
import type { Source } from '../../domain/formats/layout.ts';

export type IntakeState = 'connected' | 'lost' | 'stolen';

export interface Intake {
  readonly state: IntakeState;
  /** What has to be mended, where the last fault was one of the set-up. */
  readonly setup: boolean;
  readonly sinceMs: number;
}

export interface Unlanded {
  /** Messages of a source are taken; `oldestMs` is the sender's time of the first in hand, undefined when none is. */
  taken(source: Source, oldestMs?: number): void;
  /** The connection is gone, or could not be made. */
  lost(source: Source, setup: boolean): void;
  /** Another consumer has the subscription. */
  stolen(source: Source): void;
  /** This process takes no messages of the source any more, on purpose: it knows nothing of it. */
  left(source: Source): void;
  /** Sources of which something is known. */
  sources(): readonly Source[];
  /** Seconds; undefined when this process knows nothing of the source. */
  ageSeconds(source: Source): number | undefined;
  intake(source: Source): Intake | undefined;
}

/** A sign older than this says nothing: another process may have the subscription by now. Looks and retries are far closer. */
const FORGET_MS = 90_000;

interface Known extends Intake {
  readonly oldestMs: number | undefined;
  readonly seenMs: number;
}

/** `onRed` hears of a source whose intake needs a person: every time, also while it lasts. */
export function createUnlanded(now: () => number, onRed: (source: Source) => void): Unlanded {
  const known = new Map<Source, Known>();
  const set = (source: Source, state: IntakeState, setup: boolean, oldestMs: number | undefined): void => {
    const before = fresh(source);
    const sinceMs = before?.state === state ? before.sinceMs : now();
    known.set(source, { state, setup, sinceMs, oldestMs, seenMs: now() });
  };
  const fresh = (source: Source): Known | undefined => {
    const found = known.get(source);
    // Nothing is said of a batch in hand until it is landed, however long that takes.
    const holds = found?.state === 'connected' && found.oldestMs !== undefined;
    return found === undefined || (!holds && now() - found.seenMs > FORGET_MS) ? undefined : found;
  };
  return {
    taken: (source, oldestMs) => set(source, 'connected', false, oldestMs),
    lost(source, setup) {
      set(source, 'lost', setup, fresh(source)?.oldestMs);
      if (setup) onRed(source);
    },
    stolen(source) {
      set(source, 'stolen', false, undefined);
      onRed(source);
    },
    left: (source) => void known.delete(source),
    sources: () => [...known.keys()].filter((source) => fresh(source) !== undefined),
    ageSeconds(source) {
      const found = fresh(source);
      if (found === undefined || found.state === 'stolen') return undefined;
      if (found.oldestMs !== undefined) return Math.max(0, now() - found.oldestMs) / 1_000;
      return found.state === 'connected' ? 0 : (now() - found.sinceMs) / 1_000;
    },
    intake: fresh,
  };
}
