/** The broker port over STOMP 1.2, as ActiveMQ speaks it: one connection, one subscription, cumulative acknowledgement. */
import type { IMessage } from '@stomp/stompjs';
import { invariant, messageOf, SetupError, TransientError } from '../../domain/errors.ts';
import type { Broker, Delivery, Subscription, SubscriptionOptions } from './broker.ts';
import { connect, type Connection, firstThatAnswers } from './connection.ts';
import { createInbox } from './inbox.ts';
import type { BrokerAddress } from './socket.ts';

const SUBSCRIPTION_ID = 'chatlake';
const ACK_TIMEOUT_MS = 10_000;

/** Counts the connections of this process, so that a batch is never acknowledged on another one. */
let generations = 0;

/**
 * A broker reached over TCP, TLS or WebSocket. Remembers which address answered last and tries that one first, and of each destination
 * how many messages the broker may send ahead.
 */
export function createStompBroker(): Broker {
  let preferred: string | undefined;
  const allowed = new Map<string, number>();
  return {
    subscribe: async (options) => {
      const durable = checkDestination(options);
      const { destination, prefetch: most } = options;
      const prefetch = Math.min(most, allowed.get(destination) ?? most);
      const allow = (next: number): void => void allowed.set(destination, next);
      return firstThatAnswers(options.urls, preferred, async (address) => {
        const subscription = await subscribeAt(address, options, { durable, prefetch, allow });
        preferred = address.shown;
        return subscription;
      });
    },
  };
}

/** True for a topic, whose subscription is durable; false for a queue, which keeps its messages anyway. */
function checkDestination({ destination, clientId, subscriptionName }: SubscriptionOptions): boolean {
  if (/^\/queue\/./.test(destination)) return false;
  if (!/^\/topic\/./.test(destination)) {
    throw new SetupError(
      `The destination "${destination}" is not usable: ActiveMQ reads a bare name as a queue, so write /topic/NAME or /queue/NAME.`,
    );
  }
  // Without a client-id the broker accepts the subscription under a name that nobody can ever resume.
  if (clientId === '' || subscriptionName === '') {
    throw new SetupError(`The durable subscription of ${destination} needs a client-id and a subscription name.`);
  }
  return true;
}

interface Terms {
  readonly durable: boolean;
  readonly prefetch: number;
  /** Hears how many messages the broker may send ahead on the next connection. */
  readonly allow: (prefetch: number) => void;
}

async function subscribeAt(
  address: BrokerAddress,
  options: SubscriptionOptions,
  { durable, prefetch, allow }: Terms,
): Promise<Subscription> {
  const generation = ++generations;
  const isNarrowed = prefetch < options.prefetch;
  const connection = await connect(address, { ...options, clientId: durable ? options.clientId : undefined });
  const inbox = createInbox(generation);
  void connection.ending.then(({ kind, error }) =>
    inbox.end(kind.then((found) => ({ kind: found, reason: error.message }))),
  );
  const order = new WeakMap<Delivery, number>();
  let received = 0;
  const take = (message: IMessage): void => {
    // A throw would be swallowed by stompjs, and the next cumulative ACK would acknowledge what was not kept.
    try {
      if (!connection.open) return;
      const delivery = toDelivery(message);
      order.set(delivery, ++received);
      const { messages, bytes } = inbox.push(delivery);
      if (messages > 1 && bytes > options.prefetchBytes) {
        // The protocol knows no limit in bytes, and a socket that is not read holds up the acknowledgements, too.
        const next = Math.floor(messages / 2);
        allow(next);
        connection.fail(
          new TransientError(
            `${messages} messages of ${bytes} bytes waited, more than STOMP_PREFETCH_BYTES: none of them is lost, and the next connection lets the broker send ${next} ahead`,
          ),
        );
      }
    } catch (error) {
      connection.fail(new TransientError('A delivered message could not be taken in', { cause: error }));
    }
  };
  try {
    await connection.request('a receipt for SUBSCRIBE', options.connectTimeoutMs, (receipt) => {
      connection.client.subscribe(options.destination, take, subscribeHeaders(options, { durable, prefetch }, receipt));
    });
  } catch (error) {
    await connection.close();
    throw error;
  }
  return {
    next: (limits, idleMs, signal) => inbox.next(limits, idleMs, signal),
    acknowledge: createAcknowledge(connection, generation, order),
    get open() {
      return connection.open;
    },
    isNarrowed,
    close: () => {
      // It had no more bytes waiting than it may: the next one is let try more.
      if (isNarrowed && connection.open) allow(2 * prefetch);
      return connection.close();
    },
  };
}

function subscribeHeaders(
  options: SubscriptionOptions,
  { durable, prefetch }: Pick<Terms, 'durable' | 'prefetch'>,
  receipt: string,
): Record<string, string> {
  return {
    id: SUBSCRIPTION_ID,
    ack: 'client',
    receipt,
    'activemq.prefetchSize': String(prefetch),
    ...(durable ? { 'activemq.subscriptionName': options.subscriptionName } : {}),
  };
}

function toDelivery(message: IMessage): Delivery {
  const messageId = message.headers['message-id'];
  invariant(messageId !== undefined, 'every delivered message has a message-id');
  return { messageId, headers: message.headers, body: message.binaryBody };
}

/** ActiveMQ answers an ACK it has had before with an ERROR, so what is already acknowledged is not acknowledged again. */
function createAcknowledge(
  connection: Connection,
  generation: number,
  order: WeakMap<Delivery, number>,
): Subscription['acknowledge'] {
  let upTo = 0;
  let confirmed: Promise<void> = Promise.resolve();
  return async (batch) => {
    const last = batch.deliveries.at(-1);
    if (batch.generation !== generation || !connection.open) return false;
    if (last === undefined) return true;
    const position = order.get(last);
    const ackId = last.headers['ack'];
    invariant(position !== undefined && ackId !== undefined, 'only what was delivered is acknowledged');
    if (position > upTo) {
      upTo = position;
      confirmed = connection.request('a receipt after ACK', ACK_TIMEOUT_MS, (receipt) => {
        connection.client.ack(ackId, SUBSCRIPTION_ID);
        // Frames are taken in order, so an empty transaction's receipt comes after the acknowledgement is taken in. With a receipt of its
        // own ActiveMQ syncs to disk for each message that it covers: two seconds for a thousand.
        connection.sendFrame('BEGIN', { transaction: receipt, receipt });
        connection.sendFrame('ABORT', { transaction: receipt });
      });
    }
    try {
      await confirmed;
      return true;
    } catch (error) {
      throw new TransientError(`Acknowledging was not confirmed: ${messageOf(error)}`, { cause: error });
    }
  };
}
