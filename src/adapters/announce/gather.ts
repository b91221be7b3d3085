/** Gathers announcements: at most one sending per source and interval, what could not be sent is kept and sent with the next. */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../domain/errors.ts';
import type { Source } from '../../domain/formats/layout.ts';
import type { Window } from '../../domain/window.ts';
import type { Log } from '../../observe/events.ts';
import type { Announcer } from './announcer.ts';

export interface GatherOptions {
  /** Sends window names of a source; rejects when it is not known to have arrived, within seconds. */
  readonly send: (source: Source, windows: readonly Window[]) => Promise<void>;
  readonly everyMs: number;
  /** Windows of one sending, and windows kept per source while nothing can be sent. */
  readonly perSending: number;
  readonly kept: number;
  readonly log: Log;
}

interface Lane {
  waiting: Set<Window>;
  sending: Promise<void> | undefined;
  failing: boolean;
  dropped: number;
}

/** Announcements over `send`. The first window after a pause is sent at once. An outage is logged at its start and at its end. */
export function gather({ send, everyMs, perSending, kept, log }: GatherOptions): Omit<Announcer, 'wake'> {
  const lanes = new Map<Source, Lane>();
  const closing = new AbortController();

  async function drain(source: Source, lane: Lane): Promise<void> {
    while (lane.waiting.size > 0) {
      const arrived = await attempt(source, lane);
      if (closing.signal.aborted && !arrived) break;
      // Ends early only to close; what is waiting then is sent without the pause.
      await sleep(everyMs, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
    }
    // In the same breath as the last look at what is waiting: the next announcement finds nobody sending.
    lane.sending = undefined;
  }

  async function attempt(source: Source, lane: Lane): Promise<boolean> {
    const windows = [...lane.waiting].slice(0, perSending);
    for (const window of windows) lane.waiting.delete(window);
    try {
      await send(source, windows);
    } catch (error) {
      wait(lane, [...windows, ...lane.waiting]);
      if (!lane.failing) log.warn('announcement.failed', { source, windows: windows.length, reason: messageOf(error) });
      lane.failing = true;
      return false;
    }
    if (lane.failing) log.info('announcement.recovered', { source, left_to_the_sweep: lane.dropped });
    lane.failing = false;
    lane.dropped = 0;
    return true;
  }

  /** Keeps the newest of `windows`, which begin with the oldest. */
  function wait(lane: Lane, windows: readonly Window[]): void {
    const all = [...new Set(windows)];
    lane.waiting = new Set(all.slice(-kept));
    lane.dropped += all.length - lane.waiting.size;
  }

  return {
    announce(source, window) {
      if (closing.signal.aborted) return;
      const lane = lanes.get(source) ?? { waiting: new Set(), sending: undefined, failing: false, dropped: 0 };
      lanes.set(source, lane);
      wait(lane, [...lane.waiting, window]);
      lane.sending ??= drain(source, lane);
    },
    async close() {
      closing.abort();
      await Promise.all([...lanes.values()].map(({ sending = Promise.resolve() }) => sending));
    },
  };
}
