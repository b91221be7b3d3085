/** The broker itself: who may do what, where a message goes, what is kept. Connections are sessions (session.ts). */
import { randomBytes } from 'node:crypto';
import { headerLines } from './frame.ts';
import { FULL_BYTES, Journal, type Operation } from './journal.ts';
import { type Consumer, type Message, type Queue, acknowledged, dispatch, leave, newQueue } from './queues.ts';

/** Who may log in. Rights are destinations such as `topic://desk.>`; absent: all of them. */
export interface BrokerUser {
  readonly login: string;
  readonly passcode: string;
  readonly read?: readonly string[];
  readonly write?: readonly string[];
}

export interface BrokerRules {
  readonly users: readonly BrokerUser[];
  /** Queues that get a copy of each message of a topic, by the topic's name. */
  readonly forwards?: Readonly<Record<string, readonly string[]>>;
}

export interface Destination {
  readonly kind: 'topic' | 'queue';
  readonly name: string;
}

/** A frame that is answered with ERROR; `fatal`: the connection ends with it. */
export class Refusal extends Error {
  readonly fatal: boolean;
  constructor(message: string, fatal = false) {
    super(message);
    this.fatal = fatal;
  }
}

/** Queues over a journal. What it hands out and what it acknowledges was on disk before. */
export class Broker {
  readonly #rules: BrokerRules;
  readonly #onFailure: (error: unknown) => void;
  readonly #queues = new Map<string, Queue>();
  readonly #journal: Journal;
  readonly #epoch = randomBytes(6).toString('hex');
  #lastId = 0;

  /** `onFailure` hears of a disk that takes nothing more: such a broker has to end. */
  constructor(dir: string, rules: BrokerRules, onFailure: (error: unknown) => void) {
    this.#rules = rules;
    this.#onFailure = onFailure;
    const durable = (): Operation[] =>
      [...this.#queues.values()].flatMap(({ durable, name, topic }) =>
        durable ? [{ kind: 'queue', name, topic }] : [],
      );
    this.#journal = new Journal(dir, durable);
  }

  /** Queues and their messages as they were; what was out and not acknowledged waits again. */
  async open(): Promise<void> {
    const acked = new Map<string, Set<number>>();
    await this.#journal.open((operation, place) => {
      if (operation.kind === 'queue') this.#queue(operation.name, operation.topic, []);
      else if (operation.kind === 'dropped') this.#queues.delete(operation.name);
      else if (operation.kind === 'acked') {
        const known = acked.get(operation.queue) ?? new Set();
        acked.set(operation.queue, known);
        for (const id of operation.ids) known.add(id);
      } else {
        this.#lastId = Math.max(this.#lastId, operation.id);
        for (const name of operation.queues) this.#queues.get(name)?.waiting.push({ id: operation.id, place });
      }
    });
    this.#journal.unsettled = 0;
    for (const queue of this.#queues.values()) {
      queue.waiting = queue.waiting.filter(({ id }) => acked.get(queue.name)?.has(id) !== true);
      this.#journal.unsettled += queue.waiting.length;
    }
  }

  /** Throws a Refusal unless the login and its passcode are known. */
  login(login: string, passcode: string): BrokerUser {
    const user = this.#rules.users.find((one) => one.login === login && one.passcode === passcode);
    if (user === undefined) throw new Refusal(`User name [${login}] or password is invalid.`, true);
    return user;
  }

  /** Puts a consumer to its queue; a durable subscription goes by its owner's name. what it `made` is for `commit`. */
  join(
    { kind, name }: Destination,
    owner: string | undefined,
    consumer: Consumer,
  ): { queue: Queue; made: Operation[] } {
    const made: Operation[] = [];
    const listener = kind === 'topic' && owner === undefined;
    const id = kind === 'queue' ? `queue://${name}` : (owner ?? `listener://${++this.#lastId}`);
    const queue = listener ? newQueue(id, name, false) : this.#queue(id, kind === 'topic' ? name : undefined, made);
    if (kind === 'topic' && queue.consumers.length > 0) throw new Refusal('Durable consumer is in use');
    this.#queues.set(id, queue);
    queue.consumers.push(consumer);
    return { queue, made };
  }

  dispatch(queue: Queue): void {
    dispatch(queue);
  }

  leave(queue: Queue, consumer: Consumer): void {
    leave(queue, consumer);
    if (queue.durable) dispatch(queue);
    else this.drop(queue.name);
  }

  /** Forgets a queue and what waits in it. */
  drop(name: string): Operation[] {
    const queue = this.#queues.get(name);
    if (queue === undefined) return [];
    if (queue.consumers.length > 0) throw new Refusal('Durable consumer is in use');
    this.#journal.unsettled -= queue.waiting.length - queue.gone;
    this.#queues.delete(name);
    return queue.durable ? [{ kind: 'dropped', name }] : [];
  }

  /** All that a message makes happen, for `commit`. */
  route({ kind, name }: Destination, headers: Readonly<Record<string, string>>, body: Buffer): Operation[] {
    if (this.#journal.size > FULL_BYTES) throw new Refusal('The store of this stand-in is full: consume, or reset it');
    const made: Operation[] = [];
    const copies = kind === 'queue' ? [name] : (this.#rules.forwards?.[name] ?? []);
    const to = new Set(copies.map((copy) => this.#queue(`queue://${copy}`, undefined, made).name));
    const virtual = new RegExp(`^queue://Consumer\\.[^.]+\\.${name.replace(/\W/g, '\\$&')}$`);
    for (const queue of kind === 'topic' ? this.#queues.values() : [])
      if (queue.topic === name || virtual.test(queue.name)) to.add(queue.name);
    if (to.size === 0) return made;
    const id = ++this.#lastId;
    const facts = {
      ...{ destination: `/${kind}/${name}`, 'message-id': `ID:chatlake-${this.#epoch}-${id}` },
      ...{ timestamp: String(Date.now()), expires: '0', priority: '4' },
    };
    const block = Buffer.concat([Buffer.from(`${headerLines({ ...headers, ...facts })}\n`), body]);
    return [...made, { kind: 'message', id, queues: [...to], block }];
  }

  /** Takes away what `id` acknowledges, for `commit`. */
  acknowledge(queue: Queue, consumer: Consumer, id: number): Operation[] {
    const ids = acknowledged(consumer, id);
    if (ids.length === 0) throw new Refusal(`Unexpected ACK received for message-id [${id}]`);
    this.#journal.unsettled -= ids.length;
    return queue.durable ? [{ kind: 'acked', queue: queue.name, ids }] : [];
  }

  /** All or nothing, on disk when it resolves; then what was sent is handed out. */
  async commit(operations: readonly Operation[]): Promise<void> {
    const places = await this.#journal.append(operations).catch((error: unknown) => {
      this.#onFailure(error);
      throw error;
    });
    const reached = new Set<Queue>();
    const messages = operations.filter((operation) => operation.kind === 'message');
    for (const [index, { id, queues }] of messages.entries()) {
      const place = places[index];
      for (const queue of queues.map((name) => this.#queues.get(name))) {
        if (queue === undefined || place === undefined) this.#journal.unsettled -= 1;
        else {
          queue.waiting.push({ id, place });
          reached.add(queue);
        }
      }
    }
    for (const queue of reached) dispatch(queue);
  }

  read({ place }: Message): Buffer {
    return this.#journal.read(place);
  }

  close(): Promise<void> {
    return this.#journal.close();
  }

  /** As ActiveMQ does it, a durable subscription that names another topic begins anew. */
  #queue(name: string, topic: string | undefined, made: Operation[]): Queue {
    const known = this.#queues.get(name);
    if (known !== undefined && known.topic === topic) return known;
    made.push(...this.drop(name), { kind: 'queue', name, topic });
    const queue = newQueue(name, topic, true);
    this.#queues.set(name, queue);
    return queue;
  }
}

/** True where one of the patterns, such as `topic://desk.>`, covers the destination. */
export function covers(patterns: readonly string[] | undefined, { kind, name }: Destination): boolean {
  const full = `${kind}://${name}`;
  if (patterns === undefined) return true;
  return patterns.some((one) => one === full || (one.endsWith('>') && full.startsWith(one.slice(0, -1))));
}
