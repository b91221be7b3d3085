/**
 * The clock of this process beside the store's. The hour of receipt is ours, and nothing mends it later: with a wrong clock messages
 * are not taken in, and whoever sent them keeps them.
 */
import { randomUUID } from 'node:crypto';
import { SetupError } from '../../domain/errors.ts';
import { PROBE_PREFIX, RAW_PREFIX } from '../../domain/formats/layout.ts';
import { attempts } from './attempts.ts';
import type { ObjectStore } from './object-store.ts';

const MAX_OFF_MS = 60_000;
const LOOK_EVERY_MS = 60_000;

/** Puts an object and asks when the store says it was. Throws SetupError when the clocks are more than a minute apart. */
export async function checkClock(store: ObjectStore, now: () => number = Date.now): Promise<void> {
  const key = `${PROBE_PREFIX}${randomUUID()}`;
  const before = now();
  try {
    await attempts(() => store.put(key, new TextEncoder().encode('clock'), { ifAbsent: true }));
    const info = await attempts(() => store.head(key));
    const after = now();
    // Without an answer nothing is known; a slow one widens what may be.
    if (info === undefined || info.modifiedMs === 0) return;
    const offMs = Math.max(before - info.modifiedMs, info.modifiedMs - after);
    if (offMs <= MAX_OFF_MS) return;
    const way = info.modifiedMs < before ? 'ahead of' : 'behind';
    throw new SetupError(
      `The clock of this machine is ${Math.round(offMs / 1_000)} s ${way} that of the store (${store.name}), so nothing is acknowledged and whoever sent messages keeps them: set it right (NTP), or the store's.`,
    );
  } finally {
    await attempts(() => store.remove(key));
  }
}

/** The same store, which refuses raw objects while the clocks are apart; it looks once a minute, and at every put until they agree. */
export function withClockCheck(store: ObjectStore, now: () => number = Date.now): ObjectStore {
  let agreedAt = -Infinity;
  return {
    ...store,
    async put(key, body, options) {
      // A clock that was set back has to be looked at, too.
      if (key.startsWith(RAW_PREFIX) && Math.abs(now() - agreedAt) >= LOOK_EVERY_MS) {
        await checkClock(store, now);
        agreedAt = now();
      }
      return store.put(key, body, options);
    },
  };
}
