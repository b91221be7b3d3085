/** The probe: a store that ignores If-None-Match would overwrite the ledger in silence, so it is asked before it is used. */
import { randomUUID } from 'node:crypto';
import { SetupError } from '../../domain/errors.ts';
import { PROBE_PREFIX } from '../../domain/formats/layout.ts';
import { checkClock } from './clock.ts';
import type { ObjectStore } from './object-store.ts';

const KEYS = 16;
const WRITERS = 2;

/**
 * Races concurrent conditional puts on fresh keys, and compares the clocks. Throws SetupError unless each key has exactly one winner
 * and holds its bytes, and the clocks agree.
 */
export async function probeStore(store: ObjectStore): Promise<void> {
  await checkClock(store);
  await Promise.all(Array.from({ length: KEYS }, () => race(store, `${PROBE_PREFIX}${randomUUID()}`)));
}

async function race(store: ObjectStore, key: string): Promise<void> {
  const bodies = Array.from({ length: WRITERS }, (_, i) => new TextEncoder().encode(`writer ${i}`));
  try {
    const outcomes = await Promise.allSettled(bodies.map((body) => store.put(key, body, { ifAbsent: true })));
    const setup = outcomes.find((outcome) => outcome.status === 'rejected' && outcome.reason instanceof SetupError);
    if (setup?.status === 'rejected') throw setup.reason;
    const winners = bodies.filter((_, i) => {
      const outcome = outcomes[i];
      return outcome?.status === 'fulfilled' && outcome.value === 'stored';
    });
    const held = await store.get(key);
    const winner = winners[0];
    const sound =
      winners.length === 1 && winner !== undefined && held !== undefined && Buffer.compare(held, winner) === 0;
    const lost = outcomes.some((outcome) => outcome.status === 'rejected');
    if (!sound && !(lost && winners.length === 0)) {
      throw new SetupError(
        `The store (${store.name}) does not honour "put if absent": ${winners.length} of ${WRITERS} concurrent writers won; use one that does (AWS S3, SeaweedFS ≥ 4.18).`,
      );
    }
  } finally {
    await store.remove(key);
  }
}
