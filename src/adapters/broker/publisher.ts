/** Sends messages to the broker so that they survive it: persistent, in transactions, confirmed by a receipt. */
import type { IPublishParams } from '@stomp/stompjs';
import { PermanentError } from '../../domain/errors.ts';
import type { Publisher } from './broker.ts';
import { connect, type Connection, firstThatAnswers } from './connection.ts';

/** Where to send to; several `urls` are tried in turn. Times in milliseconds. */
interface PublisherOptions {
  readonly urls: readonly string[];
  readonly login: string;
  readonly passcode: string;
  readonly destination: string;
  readonly connectTimeoutMs: number;
}

type Frame = Omit<IPublishParams, 'headers'> & { readonly headers: Readonly<Record<string, string>> };
type Message = Parameters<Publisher['publish']>[0][number];

/** One receipted message at a time is some twenty times slower; far more in one transaction only costs memory on the broker. */
const TRANSACTION_SIZE = 500;
const HEARTBEAT_MS = 10_000;
/** Long, because a broker without space makes producers wait. */
const RECEIPT_TIMEOUT_MS = 30_000;
/** Headers that are ours or the broker's to set. */
const RESERVED = new Set(['destination', 'persistent', 'receipt', 'transaction', 'content-length', 'message-id']);

/** Connects; throws SetupError (login) or TransientError. A transaction that fails leaves none of its messages behind. */
export async function connectPublisher(options: PublisherOptions): Promise<Publisher> {
  const { login, passcode, connectTimeoutMs } = options;
  // Named one by one: a client-id that came along with the options would steal the subscription of that name.
  const connecting = { login, passcode, connectTimeoutMs, heartbeatMs: HEARTBEAT_MS };
  const { connection, binary } = await firstThatAnswers(options.urls, undefined, async (address) => ({
    connection: await connect(address, connecting),
    // ActiveMQ drops binary WebSocket frames without a word.
    binary: address.scheme === 'stomp:' || address.scheme === 'stomp+ssl:',
  }));
  let transactions = 0;
  return {
    publish: async (messages) => {
      const frames = messages.map((message) => toFrame(message, options.destination, binary));
      for (let start = 0; start < frames.length; start += TRANSACTION_SIZE) {
        await sendTogether(connection, frames.slice(start, start + TRANSACTION_SIZE), `tx-${String(++transactions)}`);
      }
    },
    close: () => connection.close(),
  };
}

function sendTogether(connection: Connection, frames: readonly Frame[], transaction: string): Promise<void> {
  return connection.request('a receipt for messages sent', RECEIPT_TIMEOUT_MS, (receipt) => {
    connection.client.begin(transaction);
    frames.forEach((frame, index) => {
      const headers: Record<string, string> = { ...frame.headers, transaction };
      // Nobody waits for this receipt: asking for it makes the broker say why it refuses, not only that the COMMIT failed.
      if (index === 0) headers['receipt'] = `${transaction}-first`;
      connection.client.publish({ ...frame, headers });
    });
    connection.sendFrame('COMMIT', { transaction, receipt });
  });
}

function toFrame({ body, headers = {} }: Message, destination: string, binary: boolean): Frame {
  const own = Object.fromEntries(Object.entries(headers).filter(([name]) => !RESERVED.has(name)));
  const frame = { destination, headers: { ...own, persistent: 'true' } };
  if (typeof body === 'string') {
    // Without content-length ActiveMQ makes a text message, as most producers send; but it would end at the first NUL.
    return { ...frame, body, skipContentLengthHeader: !body.includes('\0') };
  }
  if (!binary)
    throw new PermanentError('ActiveMQ loses bytes sent over a WebSocket: send them over stomp://, or send text.');
  return { ...frame, binaryBody: body };
}
