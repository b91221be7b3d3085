/** From the topic to the table and MongoDB by live runs alone; and what becomes of messages when announcing fails. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import type { Announcer } from '../../src/adapters/announce/announcer.ts';
import { DESK } from '../../src/domain/sources/desk/contract.ts';
import { rawSourcePrefix, parseRawKey } from '../../src/domain/formats/layout.ts';
import { readLedger } from '../../src/lake/ledger.ts';
import { verifiedVersions } from '../../src/lake/verified.ts';
import { loadConfig } from '../../src/wiring/config.ts';
import { openPublisher } from '../../src/wiring/ports.ts';
import { openStore } from '../../src/wiring/store.ts';
import { openAnnouncer } from '../../src/wiring/temporal.ts';
import { startProxy } from '../adapters/broker/proxy.ts';
import { startProcess } from '../faults/worker-process.ts';
import { checkLake } from '../support/check-lake.ts';
import { deskBody, windowAfter, writeDesk } from '../support/desk-raw.ts';
import { type Lake, openLake, untilSubscribed } from '../support/lake.ts';
import { until } from '../support/until.ts';

const LIVE = { LIVE_INTERVAL_MS: '1000' };
const toClose: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

async function scene(): Promise<Lake> {
  const lake = await openLake(LIVE);
  toClose.push(() => lake.close());
  return lake;
}

async function publish(lake: Lake, ids: readonly string[]): Promise<void> {
  const publisher = await openPublisher(lake.config);
  await publisher.publish(ids.map((id) => ({ body: deskBody(id, 1) })));
  await publisher.close();
}

/** True when `count` documents are there and every ledger entry is verified. */
async function isThere({ ports }: Lake, count: number): Promise<boolean> {
  if ((await ports.documents.count(DESK.tables[0])) < count) return false;
  const { entries } = await readLedger(ports, DESK.source);
  return (await verifiedVersions(ports, DESK.source)).size === entries.length;
}

async function landed({ ports }: Lake): Promise<number> {
  let count = 0;
  for await (const { key } of ports.store.list(rawSourcePrefix(DESK.source))) count += parseRawKey(key)?.count ?? 0;
  return count;
}

test('a message published to the topic is in the table and in MongoDB by live runs alone, and the next ones too', async () => {
  const lake = await scene();
  await lake.startWorker({ consume: true, live: true });
  await untilSubscribed(lake);
  await publish(lake, ['first']);
  await until(() => isThere(lake, 1));
  await publish(lake, ['second', 'third']);
  await until(() => isThere(lake, 3));
  expect(await checkLake(lake.ports)).toMatchObject({ documents: 3, counts: { received: 3, enriched: 3 } });
}, 400_000);

test('what was never announced is found by the hourly run', async () => {
  const lake = await scene();
  await lake.startWorker({ live: true });
  await writeDesk(openStore(lake.config), windowAfter(0), ['a', 'b']);
  await lake.client.schedule.getHandle('etl-desk').trigger();
  await until(() => isThere(lake, 2));
  expect(await checkLake(lake.ports)).toMatchObject({ documents: 2 });
}, 400_000);

test('Temporal absent at first, then away again: what was announced meanwhile arrives when it is there', async () => {
  const lake = await scene();
  await lake.startWorker();
  const closed = await startProxy(`tcp://${lake.config.TEMPORAL_ADDRESS}`);
  await closed.close();
  const address = new URL(closed.url).host;
  const announcer = openAnnouncer(loadConfig({ ...envOf(lake), TEMPORAL_ADDRESS: address }), {
    info: () => undefined,
    warn: () => undefined,
  });
  toClose.push(() => announcer.close());
  await landAndAnnounce(lake, announcer, 0, 'a');
  await sleep(2_000);
  expect(await landed(lake)).toBe(1);
  const wire = await startProxy(`tcp://${lake.config.TEMPORAL_ADDRESS}`, Number(address.split(':')[1]));
  await until(() => isThere(lake, 1));
  await wire.close();
  for (const [n, id] of ['b', 'c', 'd'].entries()) await landAndAnnounce(lake, announcer, n, id);
  const again = await startProxy(`tcp://${lake.config.TEMPORAL_ADDRESS}`, Number(address.split(':')[1]));
  toClose.push(() => again.close());
  await until(() => isThere(lake, 4));
  expect(await checkLake(lake.ports)).toMatchObject({ documents: 4 });
}, 400_000);

async function landAndAnnounce(lake: Lake, announcer: Announcer, hour: number, id: string): Promise<void> {
  await writeDesk(openStore(lake.config), windowAfter(hour), [id]);
  announcer.announce(DESK.source, windowAfter(hour));
}

const envOf = ({ config }: Lake): Record<string, string> =>
  Object.fromEntries(
    Object.entries(config).flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [],
    ),
  );

test('a worker killed in the middle of a live run: the next one finishes it, nobody announces again', async () => {
  const lake = await scene();
  const work = mkdtempSync(join(tmpdir(), 'chatlake-killed-'));
  toClose.push(async () => rmSync(work, { recursive: true, force: true }));
  const strike = { key: '^ledger/.*/_delta_log/', nth: 1, when: 'before', signal: 'SIGKILL', consume: true } as const;
  const worker = await startProcess(lake, strike, work);
  await untilSubscribed(lake);
  await publish(lake, ['a', 'b']);
  expect(await worker.ended).toBe('SIGKILL');
  await lake.startWorker();
  await until(() => isThere(lake, 2));
  expect(await checkLake(lake.ports)).toMatchObject({ documents: 2, entries: 1 });
}, 400_000);
