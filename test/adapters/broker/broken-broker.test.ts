/** What a broker can do wrong, played by the stand-in after a script: no real broker takes part. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { NextBatch } from '../../../src/adapters/broker/broker.ts';
import { parseAddress } from '../../../src/adapters/broker/socket.ts';
import { createStompBroker } from '../../../src/adapters/broker/stomp.ts';
import { SetupError, TransientError } from '../../../src/domain/errors.ts';
import { until } from '../../support/until.ts';
import { closeAll, error, failure, message, optionsFor, scripted, subscribe } from './scripted.ts';

const NEVER = new AbortController().signal;
const LIMITS = { maxMessages: 10, maxBytes: 1_000, maxWaitMs: 10 };

afterEach(closeAll);

describe('subscribing', () => {
  test.each(['stomp', 'stomp+ssl', 'ws', 'wss'])(
    'a refused connection over %s is transient, and said to be refused',
    async (scheme) => {
      const caught = await failure(
        createStompBroker().subscribe({ ...optionsFor(`${scheme}://127.0.0.1:1`), connectTimeoutMs: 5_000 }),
      );
      expect(caught).toBeInstanceOf(TransientError);
      expect(caught.message).toContain('ECONNREFUSED');
    },
  );

  test('a broker that accepts but never answers is given up', async () => {
    const { url } = await scripted({ CONNECT: () => undefined });
    const caught = await failure(subscribe(url));
    expect(caught).toBeInstanceOf(TransientError);
    expect(caught.message).toContain('an answer to CONNECT within 300 ms');
  });

  test('a WebSocket that is never upgraded is given up', async () => {
    const { url } = await scripted({ CONNECT: () => undefined });
    const caught = await failure(subscribe(url.replace('stomp', 'ws')));
    expect(caught).toBeInstanceOf(TransientError);
    expect(caught.message).toContain('a connection within 300 ms');
  });

  test('an unconfirmed subscription is given up', async () => {
    const { url, sessions } = await scripted({ SUBSCRIBE: () => undefined });
    expect(await failure(subscribe(url))).toBeInstanceOf(TransientError);
    expect(sessions.size).toBe(1);
    await until(() => [...sessions].every(({ open }) => !open));
  });

  test('ERROR frames become what an operator, or time, can mend', async () => {
    const login = await scripted({
      CONNECT: error('User name [reader] or password is invalid.', 'java.lang.SecurityException'),
    });
    const refused = await failure(subscribe(login.url));
    expect(refused).toBeInstanceOf(SetupError);
    expect(refused.message).toMatch(/refused the login "reader": check the user name/);

    const access = await scripted({ SUBSCRIBE: error('User reader is not authorized to read from: topic://desk') });
    const denied = await failure(subscribe(access.url));
    expect(denied).toBeInstanceOf(SetupError);
    expect(denied.message).toMatch(/not authorized to read from: topic:\/\/desk/);

    const busy = await scripted({
      CONNECT: error('Broker: lab - Client: client already connected from tcp://127.0.0.1:5'),
    });
    const already = await failure(subscribe(busy.url));
    expect(already).toBeInstanceOf(TransientError);
    expect(already.message).toContain('already connected');
  });

  test('what an operator must mend wins over what may pass', async () => {
    const { url } = await scripted({ CONNECT: error('User name [reader] or password is invalid.') });
    const dead = 'stomp://127.0.0.1:1';
    expect(await failure(createStompBroker().subscribe(optionsFor(dead, url)))).toBeInstanceOf(SetupError);
    const both = await failure(createStompBroker().subscribe(optionsFor(dead, 'stomp://127.0.0.1:2')));
    expect(both).toBeInstanceOf(TransientError);
    expect(both.message).toMatch(/127\.0\.0\.1:1 .*127\.0\.0\.1:2 /);
  });

  test('the address that answered last is tried first', async () => {
    const [first, second] = [await scripted({ CONNECT: (session) => session.end() }), await scripted()];
    const broker = createStompBroker();
    for (let round = 0; round < 2; round++) {
      await (await broker.subscribe(optionsFor(first.url, second.url))).close();
    }
    expect(first.seen).toEqual(['CONNECT']);
    expect(second.seen).toEqual(['CONNECT', 'SUBSCRIBE', 'DISCONNECT', 'CONNECT', 'SUBSCRIBE', 'DISCONNECT']);
  });

  test('addresses and credentials that cannot work are refused without being repeated', async () => {
    for (const url of ['http://user:hush@host', 'hush', 'stomp://', 'stomp:hush', 'constructor://hush']) {
      const caught = await failure(createStompBroker().subscribe(optionsFor(url)));
      expect(caught).toBeInstanceOf(SetupError);
      expect(caught.message).not.toContain('hush');
    }
    expect(await failure(createStompBroker().subscribe(optionsFor()))).toBeInstanceOf(SetupError);
    const broken = await failure(createStompBroker().subscribe({ ...optionsFor('stomp://h:1'), passcode: 'hush\n' }));
    expect(broken).toBeInstanceOf(SetupError);
    expect(broken.message).toContain('passcode holds a line break');
    expect(parseAddress('stomp://u:hush@[::1]')).toMatchObject({ host: '::1', port: 61613, shown: 'stomp://[::1]' });
  });
});

describe('the end of a subscription', () => {
  const ending = async (subscription: Awaited<ReturnType<typeof subscribe>>): Promise<NextBatch> =>
    subscription.next({ ...LIMITS, maxWaitMs: 60_000 }, 5_000, NEVER);

  test('a polite close by a broker that still listens: stolen', async () => {
    const { url, sessions } = await scripted();
    const subscription = await subscribe(url);
    for (const session of sessions) {
      message(session, 'dropped');
      session.end();
    }
    expect(await ending(subscription)).toMatchObject({ kind: 'stolen' });
    expect(subscription.open).toBe(false);
  });

  test('a polite close by a broker that is gone: closed', async () => {
    const { url, sessions, stopListening } = await scripted();
    const subscription = await subscribe(url);
    stopListening();
    for (const session of sessions) session.end();
    expect(await ending(subscription)).toMatchObject({ kind: 'closed' });
  });

  test('a reset: closed', async () => {
    const { url, sessions } = await scripted();
    const subscription = await subscribe(url);
    for (const session of sessions) session.socket.resetAndDestroy();
    expect(await ending(subscription)).toMatchObject({ kind: 'closed', reason: expect.stringContaining('ECONNRESET') });
  });

  test('an ERROR frame: closed with the reason, even if a polite close follows', async () => {
    const { url, sessions } = await scripted();
    const subscription = await subscribe(url);
    for (const session of sessions) {
      session.send('ERROR', { message: 'out of space for secret-4711' });
      message(session, 'late');
      session.end();
    }
    expect(await ending(subscription)).toEqual({
      kind: 'closed',
      reason: expect.stringContaining('out of space for ***'),
    });
  });

  test('a message that cannot be taken in ends the connection, so that nothing after it is acknowledged', async () => {
    const { url, sessions } = await scripted();
    const subscription = await subscribe(url);
    for (const session of sessions) {
      session.send('MESSAGE', { subscription: 'chatlake', ack: 'a' });
      message(session, 'next');
    }
    expect(await ending(subscription)).toMatchObject({ kind: 'closed', reason: expect.stringContaining('taken in') });
  });
});
