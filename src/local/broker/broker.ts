/** What the broker holds: queues, of which a durable subscription is one, and where a message goes. It changes by what the journal keeps. */
import { randomBytes } from 'node:crypto';
import { type Headers, headerLines } from './frame.ts';
import { type Change, Journal } from './journal.ts';

/** As in ActiveMQ: of a topic whose name has this beginning, the queue of the same name with `prefix` gets each message, too. */
export interface VirtualTopics {
  readonly beginning: string;
  readonly prefix: string;
}

interface Message {
  /** What follows a delivery's own headers, in Base64. */
  readonly block: string;
  readonly redelivered: boolean;
}

export interface Consumer {
  readonly prefetch: number;
  /** What it was given and has not acknowledged, in the order in which it was given. */
  readonly held: Map<number, Message>;
  readonly deliver: (id: number, message: Message) => void;
}

export interface Queue {
  /** `queue://NAME`, or who owns the subscription. */
  readonly name: string;
  /** The topic of a durable subscription; a queue proper has none. */
  readonly topic: string | undefined;
  readonly consumers: Consumer[];
  /** What no consumer holds, by number and so in the order in which it came. */
  waiting: Map<number, Message>;
}

/** A frame that is answered with ERROR and leaves the connection open; after any other error it ends. */
export class Refusal extends Error {}

export class Broker {
  readonly journal: Journal;
  readonly #virtualTopics: VirtualTopics | undefined;
  readonly #queues = new Map<string, Queue>();
  readonly #epoch = randomBytes(6).toString('hex');
  #lastId = 0;

  /** Holds what the journal in `dir` has kept; what was out and not acknowledged waits again. */
  constructor(dir: string, virtualTopics: VirtualTopics | undefined, onFailure: (error: unknown) => void) {
    this.#virtualTopics = virtualTopics;
    this.journal = new Journal(dir, () => this.#state(), onFailure);
    this.journal.open((change) => this.#apply(change));
  }

  /** Puts a consumer to the queue, or the durable subscription to `topic`, of that name. Throws a Refusal where the subscription has one. */
  join(name: string, topic: string | undefined, consumer: Consumer): Queue {
    if (topic !== undefined && (this.#queues.get(name)?.consumers.length ?? 0) > 0)
      throw new Refusal('Durable consumer is in use');
    this.commit([{ kind: 'queue', name, topic }]);
    const queue = this.#queue(name, topic);
    queue.consumers.push(consumer);
    this.dispatch(queue);
    return queue;
  }

  /** The consumer leaves; what it did not acknowledge stands where it stood. */
  leave(queue: Queue, consumer: Consumer): void {
    queue.consumers.splice(queue.consumers.indexOf(consumer), 1);
    const back = [...consumer.held].map(([id, { block }]) => [id, { block, redelivered: true }] as const);
    queue.waiting = new Map([...back, ...queue.waiting].sort(([a], [b]) => a - b));
    this.dispatch(queue);
  }

  /** All that a message makes happen, for `commit`. */
  route(destination: string, headers: Headers, body: Buffer): readonly Change[] {
    if (this.journal.isFull) throw new Refusal('The store of this stand-in is full: consume, or reset it');
    const { beginning, prefix = '' } = this.#virtualTopics ?? {};
    const durable = [...this.#queues.values()].filter(({ topic }) => destination === `topic://${topic ?? ''}`);
    const queues = durable.map(({ name }) => name);
    if (destination.startsWith('queue://')) queues.push(destination);
    else if (beginning !== undefined && destination.startsWith(`topic://${beginning}`))
      queues.push(destination.replace('topic://', `queue://${prefix}`));
    if (queues.length === 0) return [];
    const id = ++this.#lastId;
    const facts = {
      ...{ destination: `/${destination.replace('://', '/')}`, 'message-id': `ID:chatlake-${this.#epoch}-${id}` },
      ...{ timestamp: String(Date.now()), expires: '0', priority: '4' },
    };
    const block = Buffer.concat([Buffer.from(`${headerLines({ ...headers, ...facts })}\n`), body]).toString('base64');
    return [{ kind: 'message', id, queues, block }];
  }

  /** What an acknowledgement of `id` takes away, for `commit`: all that was given before it, too. Throws a Refusal for what the consumer does not hold. */
  acknowledge({ name }: Queue, { held }: Consumer, id: number): Change {
    if (!held.has(id)) throw new Refusal(`Unexpected ACK received for message-id [${id}]`);
    const ids = [...held.keys()];
    return { kind: 'acked', name, ids: ids.slice(0, ids.indexOf(id) + 1) };
  }

  /** Does it, all or nothing; the journal's `synced` says when it is on disk. */
  commit(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    const changed = new Set(changes.flatMap((change) => this.#apply(change)));
    this.journal.append(changes);
    for (const queue of changed) this.dispatch(queue);
  }

  /** Hands out what waits, to its consumers in turn, as far as their prefetch goes. */
  dispatch({ consumers, waiting }: Queue): void {
    for (const [id, message] of waiting) {
      const at = consumers.findIndex(({ held, prefetch }) => held.size < prefetch);
      const [consumer] = at < 0 ? [] : consumers.splice(at, 1);
      if (consumer === undefined) return;
      consumers.push(consumer);
      waiting.delete(id);
      consumer.held.set(id, message);
      consumer.deliver(id, message);
    }
  }

  /** The queues that it changed. Done twice is done once. */
  #apply(change: Change): readonly Queue[] {
    if (change.kind === 'queue') return [this.#queue(change.name, change.topic)];
    if (change.kind === 'message') {
      const { id, block } = change;
      this.#lastId = Math.max(this.#lastId, id);
      const queues = change.queues.map((name) => this.#queues.get(name) ?? this.#queue(name, undefined));
      for (const { waiting } of queues) waiting.set(id, { block, redelivered: false });
      return queues;
    }
    const queue = this.#queues.get(change.name);
    if (queue === undefined) return [];
    for (const some of everywhere(queue)) for (const id of change.ids) some.delete(id);
    return [queue];
  }

  /** Made where it is missing; a durable subscription that names another topic begins anew, as ActiveMQ does it. */
  #queue(name: string, topic: string | undefined): Queue {
    const known = this.#queues.get(name);
    if (known !== undefined && known.topic === topic) return known;
    const queue: Queue = { name, topic, consumers: [], waiting: new Map() };
    this.#queues.set(name, queue);
    return queue;
  }

  #state(): readonly Change[] {
    return [...this.#queues.values()].flatMap((queue): Change[] => {
      const { name, topic } = queue;
      const messages = everywhere(queue).flatMap((some) => [...some]);
      messages.sort(([a], [b]) => a - b);
      return [
        { kind: 'queue', name, topic },
        ...messages.map(([id, { block }]) => ({ kind: 'message', id, queues: [name], block }) as const),
      ];
    });
  }
}

/** Where a queue's messages are. */
const everywhere = ({ waiting, consumers }: Queue): Map<number, Message>[] => [
  waiting,
  ...consumers.map(({ held }) => held),
];
