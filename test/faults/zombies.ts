/**
 * A worker falls asleep in the middle of the walk, another one finishes, the first wakes up and goes on: nothing changes. Either a
 * put is held in this process while the other worker, under another Temporal namespace, does the whole walk; or a worker process is
 * stopped until Temporal gives its activity to another one.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { openStore } from '../../src/wiring/store.ts';
import { type LakeFacts, checkLake } from '../support/check-lake.ts';
import { decorateStore } from '../support/decorate-store.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { startProcess, stopped } from './worker-process.ts';

/** The put before or after which the worker falls asleep. */
export interface Sleep {
  readonly key: string;
  readonly when: 'before' | 'after';
}

/** By the step in which it happens. */
export const SLEEPS: Readonly<Record<string, Sleep>> = {
  'sealWindow, before its put': { key: '^seals/', when: 'before' },
  cleanse: { key: '^staging/.*/cleanse-', when: 'before' },
  dedupe: { key: '^staging/.*/dedupe-', when: 'before' },
  compress: { key: '^tables/.*\\.parquet$', when: 'before' },
  'publish, before the manifest': { key: '^manifests/', when: 'before' },
  'publish, before the entry': { key: '^ledger/.*/_delta_log/', when: 'before' },
  'publish, after the entry': { key: '^ledger/.*/_delta_log/', when: 'after' },
  'project, before the commit': { key: '^tables/.*/_delta_log/', when: 'before' },
  'project, after the commit': { key: '^tables/.*/_delta_log/', when: 'after' },
  reconcile: { key: '^verified/', when: 'before' },
  report: { key: '^reports/', when: 'before' },
};

const SOURCE = 'desk';
/** What may not change any more; staging/ leads nowhere once a run is over. */
const DECIDED = ['seals/', 'ledger/', 'manifests/', 'tables/', 'verified/'];

interface State {
  readonly facts: LakeFacts;
  readonly objects: readonly string[];
}

async function stateOf({ ports }: Lake): Promise<State> {
  const objects: string[] = [];
  for (const prefix of DECIDED) {
    for await (const { key } of ports.store.list(prefix)) {
      const body = (await ports.store.get(key)) ?? new Uint8Array();
      objects.push(`${key} ${createHash('sha256').update(body).digest('hex')}`);
    }
  }
  return { facts: await checkLake(ports), objects };
}

/** Holds a put of one run at each of the places, one after the other, in one lake. Returns how many. */
export async function heldPuts(places: readonly Sleep[], seed: number): Promise<number> {
  const sleeper = await openLake();
  const { S3_BUCKET, MONGODB_DATABASE } = sleeper.config;
  const other = await openLake({ S3_BUCKET, MONGODB_DATABASE });
  const store = openStore(sleeper.config);
  let hold: ((key: string) => Promise<void>) | undefined;
  let when: Sleep['when'] = 'before';
  const held = decorateStore(store, {
    async put(key, perform) {
      if (when === 'before') await hold?.(key);
      const outcome = await perform();
      if (when === 'after') await hold?.(key);
      return outcome;
    },
  });
  try {
    await Promise.all([sleeper.startWorker({ overrides: { store: held } }), other.startWorker()]);
    for (const [n, place] of places.entries()) {
      const window = windowAfter(n);
      await writeDesk(store, window, [`a${n}`, `b${n}`], { seed });
      await writeDesk(store, window, [`b${n}`, `c${n}`], { seed, minute: 1 });
      const asleep = gate();
      const awake = gate();
      when = place.when;
      hold = async (key) => {
        if (!new RegExp(place.key).test(key)) return;
        hold = undefined;
        asleep.open();
        await awake.passed;
      };
      const first = sleeper.etl({ source: SOURCE, window });
      await asleep.passed;
      await other.etl({ source: SOURCE, window });
      const before = await stateOf(other);
      awake.open();
      await first;
      expect(await stateOf(other)).toEqual(before);
      expect(before.facts).toMatchObject({
        counts: { received: 4 * (n + 1), enriched: 3 * (n + 1), duplicates: n + 1 },
        entries: n + 1,
        documents: 3 * (n + 1),
      });
    }
    return places.length;
  } finally {
    await other.close();
    await sleeper.close();
  }
}

/** Something to wait for until somebody opens it. */
function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open };
}

/** Stops a worker process at a place until Temporal has given its activity to another worker, which finishes; then lets it go on. */
export async function stoppedProcess({ key, when }: Sleep, seed: number): Promise<{ readonly asleepMs: number }> {
  const lake = await openLake();
  const work = mkdtempSync(join(tmpdir(), 'chatlake-stopped-'));
  try {
    const window = windowAfter(0);
    const store = openStore(lake.config);
    await writeDesk(store, window, ['a', 'b'], { seed });
    await writeDesk(store, window, ['b', 'c'], { seed, minute: 1 });
    const zombie = await startProcess(lake, { key, nth: 1, when, signal: 'SIGSTOP', consume: false }, work);
    try {
      const run = lake.etl({ source: SOURCE, window });
      await stopped(zombie.child);
      const since = Date.now();
      await lake.startWorker();
      await run;
      const asleepMs = Date.now() - since;
      const before = await stateOf(lake);
      zombie.child.kill('SIGCONT');
      await zombie.did;
      // Its activity goes on after the put, until a heartbeat tells it that nobody waits any more.
      await sleep(5_000);
      expect(await stateOf(lake)).toEqual(before);
      expect(before.facts).toMatchObject({
        entries: 1,
        documents: 3,
        counts: { received: 4, enriched: 3, duplicates: 1 },
      });
      return { asleepMs };
    } finally {
      await zombie.kill();
    }
  } finally {
    await lake.close();
    rmSync(work, { recursive: true, force: true });
  }
}
