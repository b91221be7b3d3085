/** When the ledgers are looked at: while somebody listens or has just asked, and not otherwise: pages that nobody has open cost nothing. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Lookout {
  /** Somebody asks: waits for a look where the last one is long ago, but not for long, and keeps looking for a while. */
  touch(): Promise<void>;
  /** Somebody listens from now on. */
  wake(): void;
  /** Waits for the look that goes on. */
  close(): Promise<void>;
}

export interface Looks {
  /** Looks once; answers in how many milliseconds the next look is due. */
  readonly look: () => Promise<number>;
  readonly isHeard: () => boolean;
  readonly everyMs: number;
}

/** After the last question the ledgers are looked at for so long. */
const WATCHED_MS = 30_000;
/** After a silence, questions wait for so long in all to be answered by what there is now; then by what there was. */
const PATIENCE_MS = 1_500;

/** A lookout that has just looked. */
export function createLookout({ look, isHeard, everyMs }: Looks): Lookout {
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let lookedAt = Date.now();
  let touchedAt = 0;
  let patientUntil = 0;

  /** The first look after a silence is waited for; those that follow go on behind answers that are a moment old. */
  function lookAfterSilence(): Promise<void> {
    if (looking === undefined) patientUntil = Date.now() + PATIENCE_MS;
    return lookNow();
  }
  function lookNow(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    looking ??= look().then((afterMs) => {
      looking = undefined;
      lookedAt = Date.now();
      const isWatched = isHeard() || lookedAt - touchedAt < WATCHED_MS;
      if (!closed && isWatched) timer = setTimeout(() => void lookNow(), afterMs);
    });
    return looking;
  }
  return {
    async touch() {
      touchedAt = Date.now();
      if (timer !== undefined || closed) return;
      const done = lookAfterSilence();
      const patienceMs = patientUntil - touchedAt;
      if (touchedAt - lookedAt > everyMs && patienceMs > 0)
        await Promise.race([done, sleep(patienceMs, undefined, { ref: false })]);
    },
    wake() {
      if (timer === undefined) void lookAfterSilence();
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await looking;
    },
  };
}
