/**
 * Two `etl` runs at the same moment, by workers with caches of their own: of windows that overlap, with one message redelivered
 * into each, and of the same window. Half of the rounds start both in one Temporal namespace, where their workflow ids meet, half
 * in two, where nothing but the store decides.
 */
import { expect } from '@jest/globals';
import type { EtlInput } from '../../src/domain/inputs/etl.ts';
import { openStore } from '../../src/wiring/store.ts';
import { type LakeFacts, checkLake } from '../support/check-lake.ts';
import { random } from '../support/desk-lines.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { type Lake, openLake } from '../support/lake.ts';

export interface ConcurrencyFigures {
  readonly rounds: number;
  readonly seed: number;
  readonly received: number;
  readonly enriched: number;
  readonly duplicates: number;
  readonly entries: number;
  readonly seconds: number;
}

/** Rounds that share a lake; a proof of it reads all of them. */
const ROUNDS_PER_LAKE = 10;
const SOURCE = 'desk';

interface Round {
  /** What the two runs are asked for. */
  readonly asked: readonly [EtlInput, EtlInput];
  /** Messages written, redeliveries not counted; the first is the one that was redelivered. */
  readonly ids: readonly string[];
  readonly received: number;
}

type Prepare = (lake: Lake, round: number, seed: number) => Promise<Round>;

/** Ranges W0..W1 and W1..W2, the same delivery in all three windows. */
export const overlapping: Prepare = async (lake, round, seed) => {
  const store = openStore(lake.config);
  const [first, middle, last] = [windowAfter(4 * round), windowAfter(4 * round + 1), windowAfter(4 * round + 2)];
  const ids = ['again', 'a', 'b', 'c'].map((name) => `${name}-${round}`);
  const [again = '', a = '', b = '', c = ''] = ids;
  await writeDesk(store, first, [again, a], { seed });
  await writeDesk(store, middle, [b, again], { seed });
  await writeDesk(store, last, [again, c], { seed });
  return {
    asked: [
      { source: SOURCE, from: first, to: middle },
      { source: SOURCE, from: middle, to: last },
    ],
    ids,
    received: 6,
  };
};

/** One window that both runs are asked for, the same delivery in two raw objects of it. */
export const sameWindow: Prepare = async (lake, round, seed) => {
  const store = openStore(lake.config);
  const window = windowAfter(4 * round);
  const ids = ['again', 'a', 'b'].map((name) => `${name}-${round}`);
  const [again = '', a = '', b = ''] = ids;
  await writeDesk(store, window, [a, again], { seed });
  await writeDesk(store, window, [again, b], { seed, minute: 1 });
  return {
    asked: [
      { source: SOURCE, window },
      { source: SOURCE, window },
    ],
    ids,
    received: 4,
  };
};

/** Runs the rounds, in `lanes` lakes at a time, and proves the lake after each: identities, seals, the equation, the chain, MongoDB. */
export async function concurrentRuns(
  prepare: Prepare,
  rounds: number,
  seed: number,
  lanes: number,
): Promise<ConcurrencyFigures> {
  const started = Date.now();
  const sum = { received: 0, enriched: 0, duplicates: 0, entries: 0 };
  const size = Math.min(ROUNDS_PER_LAKE, Math.ceil(rounds / lanes));
  const firsts = Array.from({ length: Math.ceil(rounds / size) }, (_, i) => i * size);
  const lane = async (): Promise<void> => {
    for (let first = firsts.shift(); first !== undefined; first = firsts.shift()) {
      const facts = await inOneLake(prepare, Math.min(size, rounds - first), seed + first);
      sum.received += facts.counts.received;
      sum.enriched += facts.counts.enriched;
      sum.duplicates += facts.counts.duplicates;
      sum.entries += facts.entries;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return { rounds, seed, ...sum, seconds: Math.round((Date.now() - started) / 1000) };
}

async function inOneLake(prepare: Prepare, rounds: number, seed: number): Promise<LakeFacts> {
  const next = random(seed);
  const one = await openLake();
  const { S3_BUCKET, MONGODB_DATABASE } = one.config;
  const other = await openLake({ S3_BUCKET, MONGODB_DATABASE });
  try {
    await Promise.all([one.startWorker(), one.startWorker(), other.startWorker()]);
    const done: Round[] = [];
    for (let n = 0; ; n += 1) {
      const round = await prepare(one, n, seed);
      const [left, right] = round.asked;
      const second = next() < 0.5 ? one : other;
      await Promise.all([one.etl(left), after(Math.floor(next() * 200), () => second.etl(right))]);
      done.push(round);
      const facts = await checkLake(one.ports);
      expect(facts.counts).toEqual({
        received: done.reduce((total, { received }) => total + received, 0),
        enriched: done.reduce((total, { ids }) => total + ids.length, 0),
        duplicates: done.reduce((total, { received, ids }) => total + received - ids.length, 0),
        quarantined: 0,
      });
      expect(facts.documents).toBe(facts.counts.enriched);
      expect(facts.entries).toBe(facts.seals);
      if (done.length === rounds) return facts;
    }
  } finally {
    await other.close();
    await one.close();
  }
}

/** At once half of the time, else some milliseconds later, so that the two meet at different steps. */
const after = async <T>(ms: number, work: () => Promise<T>): Promise<T> => {
  if (ms >= 100) await new Promise((resolve) => setTimeout(resolve, ms));
  return work();
};
