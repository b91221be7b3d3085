/**
 * A storm over one lake in memory: lanes of processes with different configuration and code land, judge, publish, bring forward, judge
 * again and tidy up at the same time, while store and documents fail before or after they acted, processes die in the middle of a step,
 * and MongoDB loses everything. Then the weather clears, everything pending is run, and what there is is counted against an oracle that
 * knows only what lies in raw.
 */
import type { EtlActivities } from '../../src/activities/index.ts';
import type { Ports } from '../../src/activities/ports.ts';
import { createMemoryDocuments } from '../../src/adapters/documents/memory.ts';
import type { DocumentStore } from '../../src/adapters/documents/document-store.ts';
import type { Attempts } from '../../src/adapters/object-store/attempts.ts';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { query } from '../../src/cli/query.ts';
import { DESK } from '../../src/domain/contracts/desk.ts';
import { TransientError } from '../../src/domain/errors.ts';
import { rawSourcePrefix } from '../../src/domain/layout.ts';
import { REPORTS } from '../../src/domain/kpi/index.ts';
import { rawReader } from '../../src/cli/raw-lines.ts';
import { readReports, reportsSince } from '../../src/lake/reports.ts';
import { attempted, bringForward, judge, rebuild, runWindow } from '../integration/run-window.ts';
import { deskBody, windowAfter } from '../support/desk-raw.ts';
import { random } from '../support/desk-lines.ts';
import { type MemoryLake, openMemoryLake } from '../support/memory-lake.ts';
import { type Window, windowStart } from '../../src/domain/window.ts';
import { writeRaw } from '../../src/lake/raw.ts';

const SOURCE = DESK.source;
const HOURS = 5;
const LANES = 4;
const STEPS = 25;
const IDS = 60;
const CHUNKS = [1, 3, 1_000];

/** What a storm did, for whoever prints it. */
export interface Weather {
  readonly received: number;
  readonly entries: number;
  readonly faults: number;
  readonly deaths: number;
}

class Death extends Error {}

interface Sky {
  readonly next: () => number;
  faults: number;
  deaths: number;
  wiped: number;
}

/** Runs one storm. Throws where anything is lost, doubled or not explained; the sentence names the seed. */
export async function storm(seed: number): Promise<Weather> {
  const lake = openMemoryLake();
  try {
    const sky: Sky = { next: random(seed), faults: 0, deaths: 0, wiped: 0 };
    let documents = createMemoryDocuments();
    const wipe = (): void => {
      documents = createMemoryDocuments();
      sky.wiped += 1;
    };
    await Promise.all(Array.from({ length: LANES }, () => lane(lake, sky, () => documents, wipe)));
    const ports = await lake.process({ documents });
    const entries = await clear(ports);
    const received = await count(ports, documents);
    return { received, entries, faults: sky.faults, deaths: sky.deaths };
  } catch (error) {
    throw new Error(`storm ${seed}: ${String(error)}`, { cause: error });
  } finally {
    lake.close();
  }
}

/** One worker after the other: each lives until it dies. */
async function lane(lake: MemoryLake, sky: Sky, documents: () => DocumentStore, wipe: () => void): Promise<void> {
  let worker: { ports: Ports; isDead: () => boolean } | undefined;
  for (let step = 0; step < STEPS; step += 1) {
    if (worker?.isDead() !== false) worker = await born(lake, sky, documents);
    if (sky.next() < 0.01) wipe();
    const { wiped } = sky;
    try {
      await act(worker.ports, lake.store, sky);
    } catch (error) {
      // A proof may say that documents are missing only where they were just lost.
      if (!worker.isDead() && !isPassing(error) && sky.wiped === wiped) throw error;
    }
  }
}

async function born(lake: MemoryLake, sky: Sky, documents: () => DocumentStore) {
  let isDead = false;
  /** Before, after, or never; and now and then the last thing that the process did. */
  async function strike<T>(perform: () => Promise<T>): Promise<T> {
    const luck = sky.next();
    if (isDead || luck < 0.002) {
      if (!isDead) sky.deaths += 1;
      isDead = true;
      throw new Death('killed before');
    }
    if (luck < 0.02) {
      sky.faults += 1;
      throw new TransientError('not done');
    }
    const result = await perform();
    if (luck < 0.04) {
      sky.faults += 1;
      throw new TransientError('done, the answer lost');
    }
    if (luck < 0.042) {
      sky.deaths += 1;
      isDead = true;
      throw new Death('killed after');
    }
    return result;
  }
  const ports = await lake.process(
    {
      documents: struckDocuments(documents, strike),
      chatlakeVersion: sky.next() < 0.5 ? 'storm-a' : 'storm-b',
      limits: {
        chunk: { maxLines: CHUNKS[Math.floor(sky.next() * CHUNKS.length)]!, maxBytes: 1_048_576 },
        rowsPerRange: 50,
      },
    },
    (store) => struckStore(store, strike),
    atOnce,
  );
  return { ports, isDead: () => isDead };
}

type Strike = <T>(perform: () => Promise<T>) => Promise<T>;

function struckStore(store: ObjectStore, strike: Strike): ObjectStore {
  return {
    ...store,
    put: (key, body, options) => strike(() => store.put(key, body, options)),
    get: (key) => strike(() => store.get(key)),
    head: (key) => strike(() => store.head(key)),
    remove: (key) => strike(() => store.remove(key)),
    async *list(prefix, startAfter) {
      await strike(() => Promise.resolve());
      yield* store.list(prefix, startAfter);
      await strike(() => Promise.resolve());
    },
  };
}

/** Whichever documents there are by then; a wiped MongoDB is an empty one. */
const struckDocuments = (documents: () => DocumentStore, strike: Strike): DocumentStore =>
  new Proxy(documents(), {
    get:
      (_, name: keyof DocumentStore) =>
      (...input: never[]) =>
        strike(() => (documents()[name] as (...given: never[]) => Promise<unknown>)(...input)),
  });

/** Passing faults are tried again without a pause. */
const atOnce: Attempts = async (work) => {
  for (let attempt = 1; attempt < 5; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
    }
  }
  return work();
};

const isPassing = (error: unknown): boolean =>
  error instanceof TransientError || (error as { type?: string }).type === 'Transient';

/** One thing that a process does, whatever the others do. */
async function act(ports: Ports, store: ObjectStore, { next }: Sky): Promise<unknown> {
  const window = windowAfter(Math.floor(next() * HOURS));
  const activities = attempted(ports);
  const dice = Math.floor(next() * 14);
  if (dice < 4) return land(store, window, next);
  if (dice < 8) return publishAll(activities, window);
  if (dice < 10) return bringForward(ports, { source: SOURCE });
  if (dice === 10) return rebuild(ports, { source: SOURCE, window });
  if (dice === 11) return activities.mergeLedger({ source: SOURCE, dryRun: false });
  if (dice === 12) return activities.compact({ source: SOURCE, dryRun: false });
  if (next() < 0.5) return activities.snapshotLedger({ source: SOURCE });
  return activities.checkpointLogs({ source: SOURCE });
}

async function publishAll(activities: EtlActivities, window: Window): Promise<void> {
  const sealed = await activities.sealWindow({ source: SOURCE, window, parked: true });
  for (const seal of sealed.kind === 'seals' ? sealed.seals : []) await judge(activities, seal, 0, 'publish');
}

/** New messages, repeated ones, other bodies under known ids, and some that nobody can read. */
async function land(store: ObjectStore, window: Window, next: () => number): Promise<void> {
  const openedAt = windowStart(window) + Math.floor(next() * 59) * 60_000;
  const messages = Array.from({ length: 1 + Math.floor(next() * 8) }, () => {
    const id = `storm:${Math.floor(next() * IDS)}`;
    const body = next() < 0.1 ? `{"unreadable":"${id}"` : deskBody(id, next() < 0.2 ? 2 : 1);
    return { id, receivedAt: openedAt, headers: {}, body: new TextEncoder().encode(body) };
  });
  await writeRaw(store, SOURCE, openedAt, messages);
}

/** Runs what is left, judges some of it again, and deletes what nobody needs, as if three days had passed. How many entries the ledger has. */
async function clear(ports: Ports): Promise<number> {
  const windows = Array.from({ length: HOURS }, (_, n) => windowAfter(n));
  for (const window of windows) {
    const outcomes = await runWindow(ports, { source: SOURCE, window });
    for (const { kind } of outcomes)
      if (kind !== 'published' && kind !== 'alreadyPublished')
        throw new Error(`${window} is ${kind} although nothing is in its way`);
  }
  await rebuild(ports, { source: SOURCE, window: windowAfter(0) });
  await bringForward(ports, { source: SOURCE });
  const later: Ports = { ...ports, now: () => Date.now() + 80 * 3_600_000 };
  const { planVacuum, vacuum, sweep, mergeLedger } = attempted(later);
  await mergeLedger({ source: SOURCE, dryRun: false });
  const { ref } = await planVacuum({ source: SOURCE });
  if (ref !== undefined) await vacuum({ source: SOURCE, ref });
  await sweep({ source: SOURCE, dryRun: false });
  return (await ports.logs(`ledger/${SOURCE}/`).refresh()).version + 1;
}

const fail = (what: string): never => {
  throw new Error(what);
};

/** Raw against verdicts, rows, documents and reports. How many messages there are. */
async function count(ports: Ports, documents: DocumentStore): Promise<number> {
  const identities = new Map<string, string[]>();
  const read = rawReader(ports);
  let received = 0;
  for await (const { key } of ports.store.list(rawSourcePrefix(SOURCE)))
    for (const { n, id, body } of (await read(key)) ?? fail(`${key} is gone`)) {
      received += 1;
      const identity = `${id} ${body ?? ''}`;
      identities.set(identity, [...(identities.get(identity) ?? []), `${key}#${n}`]);
    }
  const ask = (sql: string) => query(ports, sql, {}, () => undefined).then(({ rows }) => rows);
  const verdicts = new Map<string, string>();
  for (const [place, verdict] of await ask("SELECT raw_key || '#' || line, verdict FROM ledger_desk")) {
    if (verdicts.has(String(place))) fail(`${String(place)} has two verdicts`);
    verdicts.set(String(place), String(verdict));
  }
  if (verdicts.size !== received) fail(`${received} received, ${verdicts.size} with a verdict`);
  const used: string[] = [];
  for (const [identity, places] of identities) {
    const firsts = places.filter((place) => verdicts.get(place) !== 'duplicate');
    if (firsts.length !== 1) fail(`${identity} counts ${firsts.length} times`);
    used.push(...firsts.filter((place) => verdicts.get(place) === 'enriched'));
  }
  const rows = (await ask("SELECT _raw_key || '#' || _line FROM desk_interactions")).map(([place]) => String(place));
  if (rows.toSorted().join() !== used.toSorted().join()) fail(`${rows.length} rows, ${used.length} enriched`);
  const table = ports.contracts.get(SOURCE)!.tables[0];
  if ((await documents.count(table)) !== used.length)
    fail(`${await documents.count(table)} documents, ${used.length} enriched`);
  for (const [entity, place] of await ask("SELECT entity, _raw_key || '#' || _line FROM desk_interactions_current")) {
    const found = await documents.find(table, String(entity));
    if (`${String(found?.['rawKey'])}#${String(found?.['rawLine'])}` !== place)
      fail(`the document of ${String(entity)} is of another message`);
  }
  const days = new Map<string, number>();
  for (const { key } of await reportsSince(ports, REPORTS.get(SOURCE)!.name, -1))
    for (const [day, { interactions }] of Object.entries((await readReports(ports, key)).days))
      days.set(day, interactions);
  const reported = [...days.values()].reduce((sum, n) => sum + n, 0);
  if (reported !== used.length) fail(`${reported} reported, ${used.length} enriched`);
  return received;
}
