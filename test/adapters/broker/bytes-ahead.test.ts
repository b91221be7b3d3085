/** What the broker sends ahead is bounded in bytes, too: the protocol counts messages only. */
import { afterEach, expect, test } from '@jest/globals';
import type { Subscription } from '../../../src/adapters/broker/broker.ts';
import { createInbox } from '../../../src/adapters/broker/inbox.ts';
import { createStompBroker } from '../../../src/adapters/broker/stomp.ts';
import { closeAll, closeLater, message, optionsFor, receipt, scripted } from './scripted.ts';

const NEVER = new AbortController().signal;
const LIMITS = { maxMessages: 4, maxBytes: 1_000_000, maxWaitMs: 10 };
const BODY_BYTES = 1_000;

afterEach(closeAll);

/** A broker with a backlog of large messages, which sends ahead what it may; one that was not acknowledged comes again. */
async function backlogOf(count: number, bodyBytes = BODY_BYTES) {
  const bodies = Array.from({ length: count }, (_, n) => String(n).padStart(bodyBytes, '0'));
  const asked: number[] = [];
  let [acknowledged, sent, window] = [0, 0, 0];
  const { url } = await scripted({
    SUBSCRIBE: (session, headers) => {
      receipt(session, headers);
      window = Number(headers['activemq.prefetchSize']);
      asked.push(window);
      for (sent = acknowledged; sent < Math.min(bodies.length, acknowledged + window); sent += 1)
        message(session, bodies[sent]!);
    },
    ACK: (session, headers) => {
      acknowledged = bodies.indexOf(headers['id']!.slice('ack-'.length)) + 1;
      receipt(session, headers);
      for (; sent < Math.min(bodies.length, acknowledged + window); sent += 1) message(session, bodies[sent]!);
    },
  });
  const broker = createStompBroker();
  const subscribe = async (prefetchBytes: number): Promise<Subscription> => {
    const subscription = await broker.subscribe({ ...optionsFor(url), prefetch: 64, prefetchBytes });
    closeLater(() => subscription.close());
    return subscription;
  };
  return { subscribe, asked, bodies };
}

test('more than may wait ends the connection, and the next ones let fewer come, until they fit: in order, none lost', async () => {
  const { subscribe, asked, bodies } = await backlogOf(40);
  const taken: string[] = [];
  const reasons: string[] = [];
  while (taken.length < bodies.length) {
    const subscription = await subscribe(5 * BODY_BYTES);
    for (;;) {
      const next = await subscription.next(LIMITS, 1_000, NEVER);
      if (next.kind !== 'batch') {
        if (next.kind === 'closed') reasons.push(next.reason);
        break;
      }
      if (await subscription.acknowledge(next).catch(() => false))
        taken.push(...next.deliveries.map(({ body }) => Buffer.from(body).toString()));
    }
  }
  expect(taken).toEqual(bodies);
  expect(asked).toEqual([64, 3]);
  expect(reasons).toEqual([
    '6 messages of 6000 bytes waited, more than STOMP_PREFETCH_BYTES: none of them is lost, and the next connection lets the broker send 3 ahead',
  ]);
});

test('a connection that was narrowed and is closed by us lets the next one try twice as many, up to what was asked for', async () => {
  const { subscribe, asked } = await backlogOf(40);
  const first = await subscribe(5 * BODY_BYTES);
  expect(first.isNarrowed).toBe(false);
  expect(await first.next(LIMITS, 1_000, NEVER)).toMatchObject({ kind: 'closed' });
  for (let tries = 0; tries < 6; tries += 1) {
    const subscription = await subscribe(100 * BODY_BYTES);
    expect(subscription.isNarrowed).toBe(asked.at(-1)! < 64);
    await subscription.close();
  }
  expect(asked).toEqual([64, 3, 6, 12, 24, 48, 64]);
});

test('one message larger than all that may wait is taken', async () => {
  const { subscribe, asked } = await backlogOf(1);
  const subscription = await subscribe(BODY_BYTES / 2);
  expect(await subscription.next(LIMITS, 1_000, NEVER)).toMatchObject({ kind: 'batch' });
  expect(asked).toEqual([64]);
});

test('a message that is all headers weighs what they weigh', async () => {
  const inbox = createInbox(1);
  const heavy = { messageId: 'm', headers: { note: 'x'.repeat(900_000), ack: '1' }, body: new Uint8Array(1) };
  expect(inbox.push(heavy).bytes).toBeGreaterThan(890_000);
  inbox.push(heavy);
  const first = await inbox.next(LIMITS, 10, NEVER);
  expect(first).toMatchObject({ kind: 'batch', deliveries: [heavy] });
  const usual = { messageId: 'u', headers: { destination: '/queue/x', ack: '2' }, body: new Uint8Array(7) };
  const light = createInbox(1);
  expect(light.push(usual).bytes).toBe(7);
});
