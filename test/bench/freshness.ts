/**
 * `npm run bench -- freshness [--rates 1,100,1000] [--seconds n]`: from publishing a message at the broker to its document in MongoDB,
 * through the whole of `npm start`. The broker delivers in order, so the n-th line of raw is the n-th message published; a message
 * counts as seen when MongoDB says that the whole ledger entry which holds it is loaded, which is later than its own document.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Publisher } from '../../src/adapters/broker/broker.ts';
import { demoBodies } from '../../src/domain/sources/desk/demo.ts';
import { invariant } from '../../src/domain/errors.ts';
import { parseRawKey, parseSealName, rawSourcePrefix, sealName } from '../../src/domain/formats/layout.ts';
import { readLedger } from '../../src/lake/ledger.ts';
import { readSeals } from '../../src/lake/seals.ts';
import { startSystem } from '../../src/local/system.ts';
import { type Readers, openPublisher, openReaders } from '../../src/wiring/ports.ts';
import { openClient } from '../../src/wiring/temporal.ts';
import { untilSubscribed } from '../support/lake.ts';
import { until } from '../support/until.ts';

const SOURCE = 'desk';
/** Messages are published this often, several at a time where the rate says so. */
const TICK_MS = 50;
/** Above the longest wait that is configured: a batch's and the live interval. */
const AIM_MS = 2_000;

interface Figures {
  readonly rate: number;
  readonly messages: number;
  /** Messages a second that were really published. */
  readonly achieved: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly entries: number;
  readonly load: number;
}

/** Entry. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { rates: { type: 'string', default: '1,100,1000' }, seconds: { type: 'string', default: '60' } },
  });
  const dir = mkdtempSync(join(tmpdir(), 'bench-freshness-'));
  const system = await startSystem({ dir, env: process.env, log: console.log, preferredPorts: false }).catch(
    (error: unknown) => {
      rmSync(dir, { recursive: true, force: true });
      throw error;
    },
  );
  const { config } = system;
  const { ports, close } = await openReaders({ ...config, WORK_DIR: join(dir, 'bench') });
  const { client, close: disconnect } = await openClient(config);
  const publisher = await openPublisher(config);
  try {
    await untilSubscribed({ client });
    const longestWaitMs = config.BATCH_MAX_WAIT_MS + config.LIVE_INTERVAL_MS;
    const figures: Figures[] = [];
    // What starts for the first time is not what is measured.
    await measure(ports, publisher, 10, 3);
    for (const rate of values.rates.split(',').map(Number)) {
      figures.push(await measure(ports, publisher, rate, Number(values.seconds)));
      const last = figures.at(-1);
      console.log(`${rate}/s: p50 ${last?.p50Ms} ms, p99 ${last?.p99Ms} ms, load ${last?.load}`);
    }
    report(figures, longestWaitMs);
  } finally {
    await publisher.close();
    await disconnect();
    await close();
    await system.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Publishes to the desk at a rate, watches MongoDB meanwhile, and joins the two by what raw and seals say. */
export async function measure(ports: Readers, publisher: Publisher, rate: number, seconds: number): Promise<Figures> {
  const before = await countRaw(ports);
  const seen = new Map<number, number>();
  let applied = await ports.documents.applied(SOURCE);
  const watching = new AbortController();
  const watched = (async () => {
    while (!watching.signal.aborted) {
      const now = await ports.documents.applied(SOURCE);
      const at = Date.now();
      while (applied < now) seen.set(++applied, at);
      await sleep(20);
    }
  })();

  const started = Date.now();
  const published: number[] = [];
  let tookMs: number;
  let load: number;
  try {
    await publishAtRate(publisher, rate, seconds, published);
    tookMs = Date.now() - started;
    load = Number(loadavg()[0]?.toFixed(1));
    const sums = async (): Promise<number> => {
      const { entries } = await readLedger(ports, SOURCE);
      return [...entries.decisions(-1, applied)].reduce((sum, [, { counts }]) => sum + counts.received, 0);
    };
    await until(async () => (await sums()) >= before + published.length);
  } finally {
    watching.abort();
    await watched;
  }
  const delays = await follow(ports, { before, published, seen });
  delays.sort((a, b) => a - b);
  const at = (q: number): number => delays[Math.min(delays.length - 1, Math.floor(q * delays.length))] ?? NaN;
  const achieved = Math.round((published.length / tookMs) * 1_000);
  return {
    rate,
    messages: delays.length,
    achieved,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
    entries: seen.size,
    load,
  };
}

/** Publishes as many as are due, every few milliseconds; when each was, goes to `published`. */
async function publishAtRate(publisher: Publisher, rate: number, seconds: number, published: number[]): Promise<void> {
  const started = Date.now();
  const [sample = ''] = demoBodies();
  while (published.length < rate * seconds) {
    const due = Math.min(rate * seconds, Math.floor(((Date.now() - started) / 1_000) * rate) + 1);
    const at = Date.now();
    const some = Array.from({ length: due - published.length }, () => ({ body: sample }));
    if (some.length > 0) await publisher.publish(some);
    published.push(...some.map(() => at));
    await sleep(TICK_MS);
  }
}

/** Milliseconds from publishing to seen, of every message. */
async function follow(
  ports: Readers,
  run: {
    readonly before: number;
    readonly published: readonly number[];
    readonly seen: ReadonlyMap<number, number>;
  },
): Promise<number[]> {
  const { entries } = await readLedger(ports, SOURCE);
  const entryOf = new Map([...entries].flatMap(({ seals }, n) => seals.map((seal) => [seal, n] as const)));
  const windows = new Set([...entryOf.keys()].map((seal) => parseSealName(seal).window));
  const seenAt = new Map<string, number>();
  for (const window of windows)
    for (const seal of await readSeals(ports, { source: SOURCE, window }))
      for (const { key } of seal.objects) seenAt.set(key, run.seen.get(entryOf.get(sealName(seal.id)) ?? -1) ?? NaN);
  const delays: number[] = [];
  let line = 0;
  for await (const { key } of ports.store.list(rawSourcePrefix(SOURCE))) {
    const count = parseRawKey(key)?.count ?? 0;
    for (let n = 0; n < count; n += 1, line += 1) {
      if (line < run.before) continue;
      const at = run.published[line - run.before];
      const seen = seenAt.get(key);
      invariant(at !== undefined && seen !== undefined && seen >= at, `line ${n} of ${key} was not followed`);
      delays.push(seen - at);
    }
  }
  invariant(
    delays.length === run.published.length,
    `${delays.length} of ${run.published.length} messages were followed`,
  );
  return delays;
}

async function countRaw({ store }: Readers): Promise<number> {
  let messages = 0;
  for await (const { key } of store.list(rawSourcePrefix(SOURCE))) messages += parseRawKey(key)?.count ?? 0;
  return messages;
}

function report(figures: readonly Figures[], longestWaitMs: number): void {
  const aimMs = longestWaitMs + AIM_MS;
  console.log('\n| messages/s | published | p50 | p99 | longest | ledger entries | load |');
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  const s = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;
  for (const { rate, achieved, messages, p50Ms, p99Ms, maxMs, entries, load } of figures)
    console.log(
      `| ${rate} (${achieved}) | ${messages} | ${s(p50Ms)} | ${s(p99Ms)} | ${s(maxMs)} | ${entries} | ${load} |`,
    );
  const met = figures.every(({ p50Ms }) => p50Ms <= aimMs);
  console.log(`aim: p50 at most ${s(aimMs)} (longest wait ${s(longestWaitMs)} and 2 s): ${met ? 'met' : 'not met'}`);
  const machine = { cores: availableParallelism(), node: process.version };
  console.log(JSON.stringify({ bench: 'freshness', machine, longestWaitMs, aimMs, met, figures }));
}
