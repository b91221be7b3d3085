/** What waits for whom: a queue, a durable subscription and a listener on a topic are each a line of messages with consumers. */
import type { Place } from './journal.ts';

export interface Message {
  readonly id: number;
  readonly place: Place;
}

export interface Consumer {
  readonly prefetch: number;
  readonly ack: string;
  /** Delivered and not acknowledged, in the order of delivery. */
  readonly unacked: Map<number, Message>;
  /** False while its connection has more to write than it takes. */
  readonly ready: () => boolean;
  readonly deliver: (message: Message, again: boolean) => void;
}

export interface Queue {
  readonly name: string;
  /** The topic whose messages it gets; a queue proper has none. */
  readonly topic: string | undefined;
  /** It outlives its consumer and a restart. */
  readonly durable: boolean;
  readonly consumers: Consumer[];
  readonly again: Set<number>;
  waiting: Message[];
  /** How many at the beginning of `waiting` are gone. */
  gone: number;
}

export const newQueue = (name: string, topic: string | undefined, durable: boolean): Queue => ({
  ...{ name, topic, durable, consumers: [], again: new Set<number>() },
  ...{ waiting: [], gone: 0 },
});

/** Hands out what waits, in turn, as far as the consumers' prefetch goes. */
export function dispatch(queue: Queue): void {
  const { consumers } = queue;
  for (let idle = 0; idle < consumers.length && queue.gone < queue.waiting.length;) {
    const consumer = consumers.shift();
    const message = queue.waiting[queue.gone];
    if (consumer === undefined || message === undefined) return;
    consumers.push(consumer);
    idle += 1;
    if (consumer.unacked.size >= consumer.prefetch || !consumer.ready()) continue;
    idle = 0;
    queue.gone += 1;
    consumer.unacked.set(message.id, message);
    consumer.deliver(message, queue.again.delete(message.id));
  }
  if (queue.gone * 2 > queue.waiting.length) {
    queue.waiting = queue.waiting.slice(queue.gone);
    queue.gone = 0;
  }
}

/** Takes away what an acknowledgement of `id` means: in mode `client` everything up to it. Nothing for a message that is not out. */
export function acknowledged({ ack, unacked }: Consumer, id: number): readonly number[] {
  if (!unacked.has(id)) return [];
  const all = [...unacked.keys()];
  const ids = ack === 'client' ? all.slice(0, all.indexOf(id) + 1) : [id];
  for (const taken of ids) unacked.delete(taken);
  return ids;
}

/** The consumer leaves; what it did not acknowledge stands where it stood. */
export function leave(queue: Queue, consumer: Consumer): void {
  queue.consumers.splice(queue.consumers.indexOf(consumer), 1);
  const back = [...consumer.unacked.values()];
  for (const { id } of back) queue.again.add(id);
  consumer.unacked.clear();
  queue.waiting = [...back, ...queue.waiting.slice(queue.gone)].sort((a, b) => a.id - b.id);
  queue.gone = 0;
}
