/**
 * MongoDB away for long under steady traffic: every message is published, in tables and in reports as if nothing were; when it is back
 * its documents follow. `CHATLAKE_FAULT_MINUTES` says for how long (10).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { DESK } from '../../src/domain/sources/desk/contract.ts';
import { REPORTS } from '../../src/domain/kpi/index.ts';
import { readLedger } from '../../src/lake/ledger.ts';
import { readProgress } from '../../src/projections/progress.ts';
import { openPublisher } from '../../src/wiring/ports.ts';
import { checkLake } from '../support/check-lake.ts';
import { type Lake, openLake, untilSubscribed } from '../support/lake.ts';
import { startMongodbWire } from '../support/mongodb-wire.ts';
import { conversation } from '../support/sent.ts';
import { untilForward } from '../support/until-forward.ts';
import { until } from '../support/until.ts';
import { figures } from './figures.ts';

const SOURCE = DESK.source;
const MINUTES = Number(process.env['CHATLAKE_FAULT_MINUTES'] ?? 10);
const RATE = 10;
const LOOK_MS = 500;
/** As `npm start` has it. */
const LIVE = { LIVE_INTERVAL_MS: '3000' };
const YESTERDAY = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);

/** Looks until it is told to stop how long the oldest decision that is not in tables and reports has been known. */
async function watchLag({ ports }: Lake, stopped: AbortSignal): Promise<number[]> {
  const known: number[] = [];
  const lags: number[] = [];
  while (!stopped.aborted) {
    const { head, tables, reports } = await readProgress(ports, SOURCE, REPORTS.get(SOURCE));
    const now = Date.now();
    while (known.length <= head) known.push(now);
    lags.push(now - (known[Math.min(tables.applied, reports.applied) + 1] ?? now));
    await sleep(LOOK_MS);
  }
  return lags.sort((a, b) => a - b);
}

test('every message is published, tables and reports keep up, and the documents follow when MongoDB is back', async () => {
  const near = await openLake();
  const { TEMPORAL_NAMESPACE, CHATLAKE_TASK_QUEUE, S3_BUCKET, MONGODB_DATABASE, MONGODB_URI } = near.config;
  const { STOMP_DESTINATION, STOMP_SEND_DESTINATION } = near.config;
  const wire = await startMongodbWire(MONGODB_URI);
  const far = await openLake({
    ...{ TEMPORAL_NAMESPACE, CHATLAKE_TASK_QUEUE, S3_BUCKET, MONGODB_DATABASE, STOMP_DESTINATION },
    ...{ STOMP_SEND_DESTINATION, MONGODB_URI: wire.uri, ...LIVE },
  });
  const publisher = await openPublisher(near.config);
  try {
    await far.startWorker({ consume: true, live: true });
    await untilSubscribed(near);
    await publisher.publish([{ body: conversation('first', YESTERDAY).body }]);
    await until(async () => (await readLedger(near.ports, SOURCE)).state.version >= 0);
    await untilForward(near, SOURCE);

    await wire.away();
    const done = new AbortController();
    const watched = watchLag(near, done.signal);
    const started = Date.now();
    const total = RATE * 60 * MINUTES;
    for (let sent = 0; sent < total; sent += 1) {
      await publisher.publish([{ body: conversation(`away-${sent}`, YESTERDAY).body }]);
      await sleep(Math.max(0, started + ((sent + 1) * 1_000) / RATE - Date.now()));
    }
    const received = async (): Promise<number> =>
      [...(await readLedger(near.ports, SOURCE)).entries].reduce((sum, { counts }) => sum + counts.received, 0);
    await until(async () => (await received()) === total + 1);
    const publishedMs = Date.now() - started;
    await until(async () => (await readProgress(near.ports, SOURCE, REPORTS.get(SOURCE))).reports.behind === 0);
    done.abort();
    const lags = await watched;
    const { documents } = await readProgress(near.ports, SOURCE, REPORTS.get(SOURCE));
    expect(documents).toMatchObject({ applied: 0 });

    await wire.back();
    const back = Date.now();
    await until(async () => {
      const { documents: now } = await readProgress(near.ports, SOURCE, REPORTS.get(SOURCE));
      return !(now instanceof Error) && now.behind === 0;
    });
    const documentsMs = Date.now() - back;
    await untilForward(near, SOURCE);
    const { entries, counts } = await checkLake(near.ports);
    expect(counts).toMatchObject({ received: total + 1, enriched: total + 1 });
    const at = (q: number): number => lags[Math.min(lags.length - 1, Math.floor(q * lags.length))] ?? NaN;
    figures(`MongoDB away for ${MINUTES} minutes at ${RATE}/s`, {
      ...{ messages: total + 1, entries, publishedMs, lagP50Ms: at(0.5), lagP99Ms: at(0.99), lagMaxMs: at(1) },
      documentsMs,
    });
  } finally {
    await publisher.close();
    await far.close();
    await near.close();
    await wire.away();
  }
});
