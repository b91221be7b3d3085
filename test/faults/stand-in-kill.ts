/** The stand-in broker is killed again and again while it is written to and read from: what it confirmed with a receipt comes out. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Publisher, Subscription, SubscriptionOptions } from '../../src/adapters/broker/broker.ts';
import { connectPublisher } from '../../src/adapters/broker/publisher.ts';
import { createStompBroker } from '../../src/adapters/broker/stomp.ts';
import { TransientError } from '../../src/domain/errors.ts';
import { random } from '../support/desk-lines.ts';

export interface StandInFigures {
  readonly kills: number;
  readonly seed: number;
  readonly sent: number;
  readonly confirmed: number;
  readonly acknowledged: number;
  /** Confirmed, and not come out of the durable subscription, or of the queue its topic feeds. */
  readonly lost: number;
  readonly deliveredTwice: number;
}

const MAIN = fileURLToPath(new URL('../../dist/local/broker/main.js', import.meta.url));
const USER = { login: 'chatlake', passcode: 'of a test' };
const TOPIC = 'desk';
const PREFIX = 'fed.';
const QUEUE = `${PREFIX}${TOPIC}`;
const NEVER = new AbortController().signal;
const LIMITS = { maxMessages: 50, maxBytes: 1_000_000, maxWaitMs: 20 };
const LIFE_MS = { least: 80, more: 400 };
const BURST = 7;

/** A topic with a durable subscription and a queue it feeds; both are read, and acknowledged now and then. */
export async function killStandIn(kills: number, seed: number): Promise<StandInFigures> {
  const next = random(seed);
  const dir = mkdtempSync(join(tmpdir(), 'chatlake-stand-in-'));
  const lines = [`/topic/${TOPIC}`, `/queue/${QUEUE}`].map((destination) => ({
    destination,
    seen: new Map<string, number>(),
  }));
  const confirmed = new Set<string>();
  let [sent, acknowledged] = [0, 0];
  const send = async (publisher: Publisher): Promise<void> => {
    for (;;) {
      const bodies = Array.from({ length: BURST }, () => `m${sent++}`);
      await publisher.publish(bodies.map((body) => ({ body })));
      for (const body of bodies) confirmed.add(body);
    }
  };
  const read = async (subscription: Subscription, seen: Map<string, number>, idleMs: number): Promise<void> => {
    for (;;) {
      const batch = await subscription.next(LIMITS, idleMs, NEVER);
      if (batch.kind !== 'batch') return;
      for (const { body } of batch.deliveries) {
        const text = Buffer.from(body).toString('utf8');
        seen.set(text, (seen.get(text) ?? 0) + 1);
      }
      if (next() < 0.5 && (await subscription.acknowledge(batch))) acknowledged += batch.deliveries.length;
    }
  };
  try {
    for (let life = 0; life <= kills; life++) {
      const { child, url } = await start(dir);
      const open = await Promise.all(lines.map(({ destination }) => subscribe(url, destination)));
      const last = life === kills;
      const reading = lines.map(({ seen }, index) => read(open[index]!, seen, last ? 500 : 60_000));
      if (!last) {
        const publisher = await connectPublisher(options(url, `/topic/${TOPIC}`));
        const work = Promise.all([send(publisher), ...reading].map(untilItIsGone));
        await sleep(LIFE_MS.least + next() * LIFE_MS.more);
        child.kill('SIGKILL');
        await work;
        await publisher.close();
      } else await Promise.all(reading);
      for (const subscription of open) await subscription.close();
      child.kill('SIGKILL');
    }
    const lost = lines.flatMap(({ seen }) => [...confirmed].filter((body) => !seen.has(body))).length;
    const deliveredTwice = lines.flatMap(({ seen }) => [...seen.values()].filter((times) => times > 1)).length;
    return { kills, seed, sent, confirmed: confirmed.size, acknowledged, lost, deliveredTwice };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** A killed broker is what these are about; anything else fails the test. */
async function untilItIsGone(work: Promise<void>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof TransientError)) throw error;
  });
}

async function start(dir: string): Promise<{ child: ChildProcess; url: string }> {
  const told = { dir, port: 0, webSocketPort: 0, users: [USER], virtualTopics: { beginning: TOPIC, prefix: PREFIX } };
  const child = spawn(process.execPath, [MAIN], {
    env: { CHATLAKE_BROKER: JSON.stringify(told) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const [ready, url] = line.split(' ');
    if (ready === 'READY' && url !== undefined) return { child, url };
  }
  throw new Error('the stand-in ended before it was ready');
}

const subscribe = (url: string, destination: string): Promise<Subscription> =>
  createStompBroker().subscribe(options(url, destination));

const options = (url: string, destination: string): SubscriptionOptions => ({
  ...{ urls: [url], ...USER, destination, clientId: 'reader', subscriptionName: 'reader' },
  ...{ prefetch: 200, prefetchBytes: 100_000_000, heartbeatMs: 10_000, connectTimeoutMs: 5_000 },
});
