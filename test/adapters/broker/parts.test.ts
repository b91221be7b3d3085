/** Acknowledging, publishing, batching and classifying, each by itself. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Delivery } from '../../../src/adapters/broker/broker.ts';
import { classifyClose, classifyErrorFrame, classifyFault, worstOf } from '../../../src/adapters/broker/classify.ts';
import { createInbox } from '../../../src/adapters/broker/inbox.ts';
import { connectPublisher } from '../../../src/adapters/broker/publisher.ts';
import { InvariantViolation, SetupError, TransientError } from '../../../src/domain/errors.ts';
import {
  type Answer,
  closeAll,
  closeLater,
  type Command,
  error,
  failure,
  message,
  optionsFor,
  receipt,
  scripted,
  subscribe,
} from './scripted.ts';

const NEVER = new AbortController().signal;
const LIMITS = { maxMessages: 10, maxBytes: 1_000, maxWaitMs: 10 };

afterEach(closeAll);

describe('acknowledging', () => {
  const received = async (script: Partial<Record<Command, Answer>>) => {
    const acks: string[] = [];
    const { url, seen } = await scripted({
      SUBSCRIBE: (session, headers) => {
        receipt(session, headers);
        for (const body of ['a', 'b']) message(session, body);
      },
      ...script,
      ACK: (session, headers) => {
        acks.push(headers['id'] ?? '');
        (script.ACK ?? receipt)(session, headers);
      },
    });
    const subscription = await subscribe(url);
    const batch = await subscription.next(LIMITS, 1_000, NEVER);
    if (batch.kind !== 'batch') throw new Error('a batch was expected');
    return { subscription, batch, acks, seen };
  };

  test('names the last message, once', async () => {
    const { subscription, batch, acks } = await received({});
    expect(await Promise.all([subscription.acknowledge(batch), subscription.acknowledge(batch)])).toEqual([true, true]);
    expect(acks).toEqual(['ack-b']);
  });

  test('refuses batches of another generation and of nobody', async () => {
    const { subscription, batch, acks } = await received({});
    expect(await subscription.acknowledge({ ...batch, generation: batch.generation + 1 })).toBe(false);
    const foreign: Delivery = { messageId: 'x', headers: { ack: 'x' }, body: new Uint8Array() };
    await expect(subscription.acknowledge({ ...batch, deliveries: [foreign] })).rejects.toThrow(InvariantViolation);
    expect(acks).toEqual([]);
  });

  test('is transient when the connection ends before the receipt', async () => {
    const { subscription, batch } = await received({ ACK: (session) => session.socket.resetAndDestroy() });
    expect(await failure(subscription.acknowledge(batch))).toBeInstanceOf(TransientError);
    expect(await subscription.acknowledge(batch)).toBe(false);
  });
});

describe('publishing', () => {
  const publisherTo = async (url: string) => {
    const publisher = await connectPublisher(optionsFor(url));
    closeLater(() => publisher.close());
    return publisher;
  };

  test('sends 500 a transaction and waits for each receipt', async () => {
    const { url, seen } = await scripted();
    const publisher = await publisherTo(url);
    await publisher.publish(Array.from({ length: 501 }, () => ({ body: 'x' })));
    expect(seen.filter((command) => command !== 'SEND')).toEqual(['CONNECT', 'BEGIN', 'COMMIT', 'BEGIN', 'COMMIT']);
    expect(seen.filter((command) => command === 'SEND')).toHaveLength(501);
  });

  test('fails when the broker refuses, and stays failed', async () => {
    const { url } = await scripted({
      SEND: error('User reader is not authorized to write to: topic://desk'),
      COMMIT: () => undefined,
    });
    const publisher = await publisherTo(url);
    expect(await failure(publisher.publish([{ body: 'x' }]))).toBeInstanceOf(SetupError);
    expect(await failure(publisher.publish([{ body: 'x' }]))).toBeInstanceOf(SetupError);
  });
});

describe('the inbox', () => {
  test('is waited on by one caller at a time', async () => {
    const inbox = createInbox(1);
    const first = inbox.next(LIMITS, 50, NEVER);
    await expect(inbox.next(LIMITS, 50, NEVER)).rejects.toThrow(InvariantViolation);
    expect(await first).toEqual({ kind: 'idle' });
  });

  test('counts the time from the first message, also while nobody waited', async () => {
    const inbox = createInbox(1);
    inbox.push({ messageId: 'a', headers: {}, body: Uint8Array.of(1) });
    await new Promise((resolve) => setTimeout(resolve, 60));
    const since = performance.now();
    expect(await inbox.next({ ...LIMITS, maxWaitMs: 50 }, 1_000, NEVER)).toMatchObject({
      kind: 'batch',
      generation: 1,
    });
    expect(performance.now() - since).toBeLessThan(40);
  });
});

describe('classifying', () => {
  const coded = (code: string, text = code): Error => Object.assign(new Error(text), { code });
  const speaker = { shown: 'stomp://h:1', login: 'reader', passcode: '' };
  const errorFrame = (text: string, body = '') => ({
    command: 'ERROR',
    headers: { message: text },
    body,
    isBinaryBody: false,
    binaryBody: new Uint8Array(),
  });

  test.each([
    [coded('ENOTFOUND'), TransientError],
    [coded('ETIMEDOUT'), TransientError],
    [new Error('Unexpected server response: 503'), TransientError],
    [new Error('Unexpected server response: 404'), SetupError],
    [new Error('Server sent no subprotocol'), SetupError],
    [coded('DEPTH_ZERO_SELF_SIGNED_CERT'), SetupError],
    [coded('CERT_HAS_EXPIRED'), SetupError],
    [coded('ERR_TLS_CERT_ALTNAME_INVALID'), SetupError],
    [coded('EPROTO', 'wrong version number'), SetupError],
    [undefined, TransientError],
  ])('%s', (fault, kind) => expect(classifyFault(fault, 'wss://h:1')).toBeInstanceOf(kind));

  test.each([
    ['Bad CONNECT', "Access refused for user 'reader'\n", SetupError],
    ['', 'AMQ229031: Unable to validate user from /127.0.0.1:4. Username: reader', SetupError],
    ['The maximum frame size was exceeded', '', SetupError],
    ['Unexpected ACK received for message-id [null]', '', TransientError],
    ['', '', TransientError],
  ])('ERROR %j %j', (text, body, kind) => {
    expect(classifyErrorFrame(errorFrame(text, body), speaker)).toBeInstanceOf(kind);
  });

  test('close codes and rounds over several addresses', () => {
    expect(classifyClose(1009, '', 'ws://h:1')).toBeInstanceOf(SetupError);
    expect(classifyClose(1001, 'Container being shut down', 'ws://h:1').message).toContain('1001: Container');
    const only = new Error('only');
    expect(worstOf([only])).toBe(only);
  });
});
