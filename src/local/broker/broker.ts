/** What the broker holds: queues, of which a durable subscription is one, and where a message goes. It changes by what the journal keeps. */
import { randomBytes } from 'node:crypto';
import { type Headers, headerLines } from './frame.ts';
import { type Change, FULL_BYTES, Journal } from './journal.ts';

export interface Destination {
  readonly kind: 'topic' | 'queue';
  readonly name: string;
}

/** As in ActiveMQ: of a topic whose name has this beginning, the queue of the same name with `prefix` gets each message, too. */
export interface VirtualTopics {
  readonly beginning: string;
  readonly prefix: string;
}

export interface Consumer {
  readonly prefetch: number;
  /** How many it was given and has not acknowledged. */
  unacked: number;
  /** False while its connection has more to write than it takes. */
  readonly ready: () => boolean;
  readonly deliver: (message: Message) => void;
}

interface Message {
  readonly id: number;
  /** What follows a delivery's own headers, in Base64. */
  readonly block: string;
  /** Who was given it and has not acknowledged it. */
  holder?: Consumer | undefined;
  redelivered: boolean;
}

export interface Queue {
  readonly name: string;
  /** The topic of a durable subscription; a queue proper has none. */
  readonly topic: string | undefined;
  readonly consumers: Consumer[];
  /** By number, and so in the order in which they came. */
  readonly messages: Map<number, Message>;
}

/** A frame that is answered with ERROR and leaves the connection open; after any other error it ends. */
export class Refusal extends Error {}

const IN_USE = 'Durable consumer is in use';

export class Broker {
  readonly #journal: Journal;
  readonly #virtualTopics: VirtualTopics | undefined;
  readonly #queues = new Map<string, Queue>();
  readonly #epoch = randomBytes(6).toString('hex');
  #lastId = 0;

  constructor(dir: string, virtualTopics: VirtualTopics | undefined, onFailure: (error: unknown) => void) {
    this.#virtualTopics = virtualTopics;
    this.#journal = new Journal(dir, () => this.#state(), onFailure);
  }

  /** Queues and their messages as they were; what was out and not acknowledged waits again. */
  async open(): Promise<void> {
    await this.#journal.open((change) => this.#apply(change));
  }

  /** Resolves when all that was done until now is on disk. */
  synced(): Promise<void> {
    return this.#journal.synced();
  }

  close(): Promise<void> {
    return this.#journal.close();
  }

  /** Puts a consumer to the queue, or the durable subscription to `topic`, of that name. Throws a Refusal where the subscription has one. */
  join(name: string, topic: string | undefined, consumer: Consumer): Queue {
    // As ActiveMQ does it, a durable subscription that names another topic begins anew.
    if (topic !== undefined && this.#queues.has(name) && this.#queues.get(name)?.topic !== topic) this.drop(name);
    this.commit([{ kind: 'queue', name, topic }]);
    const queue = this.#queues.get(name);
    if (queue === undefined || (topic !== undefined && queue.consumers.length > 0)) throw new Refusal(IN_USE);
    queue.consumers.push(consumer);
    this.dispatch(queue);
    return queue;
  }

  /** The consumer leaves; what it did not acknowledge stands where it stood. */
  leave(queue: Queue, consumer: Consumer): void {
    queue.consumers.splice(queue.consumers.indexOf(consumer), 1);
    for (const message of queue.messages.values())
      if (message.holder === consumer) [message.holder, message.redelivered] = [undefined, true];
    this.dispatch(queue);
  }

  /** Forgets a durable subscription and what waits in it. Throws a Refusal where there is none, and where it has a consumer. */
  drop(name: string): void {
    const queue = this.#queues.get(name);
    if (queue === undefined) throw new Refusal('No such durable subscription');
    if (queue.consumers.length > 0) throw new Refusal(IN_USE);
    this.commit([{ kind: 'dropped', name }]);
  }

  /** All that a message makes happen, for `commit`. */
  route({ kind, name }: Destination, headers: Headers, body: Buffer): readonly Change[] {
    if (this.#journal.size > FULL_BYTES) throw new Refusal('The store of this stand-in is full: consume, or reset it');
    const { beginning, prefix = '' } = this.#virtualTopics ?? {};
    const isVirtual = kind === 'topic' && beginning !== undefined && name.startsWith(beginning);
    const copies = kind === 'queue' ? [`queue://${name}`] : isVirtual ? [`queue://${prefix}${name}`] : [];
    const durable = [...this.#queues.values()].filter(({ topic }) => kind === 'topic' && topic === name);
    const queues = [...copies, ...durable.map((queue) => queue.name)];
    if (queues.length === 0) return [];
    const id = ++this.#lastId;
    const facts = {
      ...{ destination: `/${kind}/${name}`, 'message-id': `ID:chatlake-${this.#epoch}-${id}` },
      ...{ timestamp: String(Date.now()), expires: '0', priority: '4' },
    };
    const block = Buffer.concat([Buffer.from(`${headerLines({ ...headers, ...facts })}\n`), body]).toString('base64');
    return [...copies.map((copy) => ({ kind: 'queue', name: copy }) as const), { kind: 'message', id, queues, block }];
  }

  /** What an acknowledgement of `id` takes away, for `commit`: everything up to it. Throws a Refusal for what the consumer does not hold. */
  acknowledge({ name, messages }: Queue, consumer: Consumer, id: number): Change {
    if (messages.get(id)?.holder !== consumer) throw new Refusal(`Unexpected ACK received for message-id [${id}]`);
    const ids = [id];
    for (const message of messages.values()) {
      if (message.id === id) break;
      if (message.holder === consumer) ids.push(message.id);
    }
    return { kind: 'acked', name, ids };
  }

  /** Does it, all or nothing; `synced` says when it is on disk. */
  commit(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    for (const change of changes) this.#apply(change);
    this.#journal.append(changes);
    const names = changes.flatMap((change) => (change.kind === 'message' ? change.queues : [change.name]));
    for (const name of new Set(names)) this.dispatch(this.#queues.get(name));
  }

  /** Hands out what waits, to its consumers in turn, as far as their prefetch goes. */
  dispatch(queue: Queue | undefined): void {
    if (queue === undefined) return;
    const { consumers, messages } = queue;
    for (const message of messages.values()) {
      if (message.holder !== undefined) continue;
      const at = consumers.findIndex(({ unacked, prefetch, ready }) => unacked < prefetch && ready());
      const [consumer] = at < 0 ? [] : consumers.splice(at, 1);
      if (consumer === undefined) return;
      consumers.push(consumer);
      message.holder = consumer;
      consumer.unacked += 1;
      consumer.deliver(message);
    }
  }

  /** Done twice is done once. */
  #apply(change: Change): void {
    if (change.kind === 'message') {
      const { id, block } = change;
      this.#lastId = Math.max(this.#lastId, id);
      for (const name of change.queues) this.#queues.get(name)?.messages.set(id, { id, block, redelivered: false });
      return;
    }
    const { kind, name } = change;
    const known = this.#queues.get(name);
    if (kind === 'dropped') this.#queues.delete(name);
    else if (kind === 'acked') for (const id of change.ids) forget(known, id);
    else if (known === undefined)
      this.#queues.set(name, { name, topic: change.topic, consumers: [], messages: new Map() });
  }

  #state(): readonly Change[] {
    return [...this.#queues.values()].flatMap(({ name, topic, messages }): Change[] => [
      { kind: 'queue', name, topic },
      ...[...messages.values()].map(({ id, block }) => ({ kind: 'message', id, queues: [name], block }) as const),
    ]);
  }
}

function forget(queue: Queue | undefined, id: number): void {
  const holder = queue?.messages.get(id)?.holder;
  if (holder !== undefined) holder.unacked -= 1;
  queue?.messages.delete(id);
}
