/** One connection to the broker: its login, subscriptions and transactions; a RECEIPT only when what it confirms is on disk. */
import { type Broker, type BrokerUser, type Destination, Refusal, covers } from './core.ts';
import { type Frame, frameBytes, frameReader } from './frame.ts';
import type { Operation } from './journal.ts';
import type { Consumer, Message, Queue } from './queues.ts';

/** The bytes of a connection. `end` says goodbye, `reset` does not. */
export interface Wire {
  write(bytes: Buffer, written: () => void): void;
  end(): void;
  reset(): void;
}

/** Sees each frame first; true: it has answered, and the broker does nothing. Tests script faults with it. */
export type Intercept = (session: Session, frame: Frame) => boolean;

interface Transaction {
  readonly frames: Frame[];
  bytes: number;
}

const CONNECT_WITHIN_MS = 10_000;
const MAX_UNWRITTEN_BYTES = 4 << 20;
const MAX_TRANSACTION_BYTES = 64 << 20;
/** ActiveMQ's own, where the subscriber names none. */
const PREFETCH = { queue: 1_000, topic: 32_767, durable: 100 };
const LEAST_BEAT_MS = 100;
/** Not the messages of a producer but of its connection. */
const NOT_KEPT = new Set(['receipt', 'transaction']);

export class Session {
  readonly wire: Wire;
  open = true;
  readonly #broker: Broker;
  /** Whoever has a client id; a newcomer of the same login takes it over. */
  readonly #holders: Map<string, Session>;
  readonly #intercept: Intercept | undefined;
  readonly #read = frameReader();
  readonly #subscriptions = new Map<string, { readonly queue: Queue; readonly consumer: Consumer }>();
  readonly #transactions = new Map<string, Transaction>();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #underway = new Set<Promise<void>>();
  #user: BrokerUser | undefined;
  #clientId = '';
  #heardAt = Date.now();
  #unwritten = 0;

  constructor(broker: Broker, wire: Wire, holders: Map<string, Session>, intercept: Intercept | undefined) {
    [this.#broker, this.wire, this.#holders, this.#intercept] = [broker, wire, holders, intercept];
    this.#timers.push(setTimeout(() => this.#user ?? wire.reset(), CONNECT_WITHIN_MS));
  }

  /** Bytes that arrived. */
  take(bytes: Buffer): void {
    this.#heardAt = Date.now();
    try {
      for (const frame of this.#read(bytes)) {
        if (!this.open) return;
        const answer = this.#answer(frame);
        this.#underway.add(answer);
        void answer.finally(() => this.#underway.delete(answer));
      }
    } catch (error) {
      this.#refuse(error, {});
      this.end();
    }
  }

  send(command: string, headers: Readonly<Record<string, string>>, rest?: Uint8Array): void {
    this.#write(frameBytes(command, headers, rest));
  }

  /** Gives back what was not acknowledged, and says goodbye. */
  end(): void {
    this.closed();
    this.wire.end();
  }

  /** The connection is over, whoever ended it. */
  closed(): void {
    this.open = false;
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    for (const { queue, consumer } of this.#subscriptions.values()) this.#broker.leave(queue, consumer);
    this.#subscriptions.clear();
    if (this.#holders.get(this.#clientId) === this) this.#holders.delete(this.#clientId);
  }

  async #answer(frame: Frame): Promise<void> {
    if (this.#intercept?.(this, frame) === true) return;
    const { receipt } = frame.headers;
    try {
      await this.#perform(frame);
      if (receipt !== undefined) this.send('RECEIPT', { 'receipt-id': receipt });
      if (frame.command === 'DISCONNECT') this.end();
    } catch (error) {
      this.#refuse(error, receipt === undefined ? {} : { 'receipt-id': receipt });
      if (!(error instanceof Refusal) || error.fatal) this.end();
    }
  }

  async #perform(frame: Frame): Promise<void> {
    const { command, headers } = frame;
    if (command === 'CONNECT' || command === 'STOMP') {
      this.#connect(headers);
      return;
    }
    if (this.#user === undefined) throw new Refusal('Not connected', true);
    const transaction = headers['transaction'] ?? '';
    if (command === 'SEND') this.#allowed(headers, 'write');
    if (command === 'SUBSCRIBE') return this.#subscribe(headers);
    if (command === 'UNSUBSCRIBE') return this.#unsubscribe(headers);
    if (command === 'BEGIN') this.#transactions.set(transaction, { frames: [], bytes: 0 });
    else if (command === 'ABORT') this.#transactions.delete(transaction);
    else if (command === 'COMMIT') return this.#commit(this.#take(transaction));
    else if (command === 'SEND' || command === 'ACK') {
      if (transaction === '') return this.#commit([frame]);
      const open = this.#transactions.get(transaction);
      if (open === undefined) throw new Refusal(`Invalid transaction id: ${transaction}`);
      open.frames.push(frame);
      open.bytes += frame.body.length + 1_000;
      if (open.bytes > MAX_TRANSACTION_BYTES) throw new Refusal('The transaction is too large', true);
    } else if (command === 'DISCONNECT') await Promise.all(this.#underway);
    else throw new Refusal(`This stand-in does not know ${command}`);
  }

  #connect(headers: Frame['headers']): void {
    const wanted = (headers['accept-version'] ?? '').split(',');
    const version = ['1.2', '1.1'].find((known) => wanted.includes(known));
    if (version === undefined) throw new Refusal('Supported protocol versions are 1.1 and 1.2', true);
    const user = this.#broker.login(headers['login'] ?? '', headers['passcode'] ?? '');
    const clientId = headers['client-id'] ?? '';
    const holder = clientId === '' ? undefined : this.#holders.get(clientId);
    if (holder !== undefined && holder.#user?.login !== user.login)
      throw new Refusal(`Broker: chatlake - Client: ${clientId} already connected`, true);
    holder?.end();
    if (clientId !== '') this.#holders.set(clientId, this);
    [this.#user, this.#clientId] = [user, clientId];
    const [theirs = 0, ours = 0] = (headers['heart-beat'] ?? '0,0').split(',').map((ms) => Number(ms) || 0);
    const [expected, promised] = [theirs, ours].map((ms) => (ms === 0 ? 0 : Math.max(ms, LEAST_BEAT_MS)));
    this.#beat(expected ?? 0, promised ?? 0);
    const beats = `${promised ?? 0},${expected ?? 0}`;
    this.send('CONNECTED', { version, server: 'chatlake-stand-in', 'heart-beat': beats });
  }

  #beat(expectedMs: number, promisedMs: number): void {
    if (promisedMs > 0) this.#timers.push(setInterval(() => this.#write(Buffer.from('\n')), promisedMs / 2));
    const look = (): void => {
      if (Date.now() - this.#heardAt > expectedMs * 3) this.wire.reset();
    };
    if (expectedMs > 0) this.#timers.push(setInterval(look, expectedMs));
  }

  async #subscribe(headers: Frame['headers']): Promise<void> {
    const { id = '', ack = 'auto', selector } = headers;
    const destination = this.#allowed(headers, 'read');
    const owner = destination.kind === 'topic' ? this.#owner(headers) : undefined;
    if (selector !== undefined) throw new Refusal('This stand-in knows no selectors');
    if (this.#subscriptions.has(id)) throw new Refusal(`There already is a subscription for: ${id}`);
    const asked = Number(headers['activemq.prefetchSize']);
    const consumer: Consumer = {
      prefetch: asked > 0 ? asked : PREFETCH[owner === undefined ? destination.kind : 'durable'],
      ack,
      unacked: new Map(),
      ready: () => this.open && this.#unwritten < MAX_UNWRITTEN_BYTES,
      deliver: (message, again) => this.#deliver(id, message, again),
    };
    const { queue, made } = this.#broker.join(destination, owner, consumer);
    this.#subscriptions.set(id, { queue, consumer });
    await this.#broker.commit(made);
    this.#broker.dispatch(queue);
  }

  async #unsubscribe(headers: Frame['headers']): Promise<void> {
    const subscription = this.#subscriptions.get(headers['id'] ?? '');
    this.#subscriptions.delete(headers['id'] ?? '');
    if (subscription !== undefined) this.#broker.leave(subscription.queue, subscription.consumer);
    const owner = this.#owner(headers);
    if (owner !== undefined) await this.#broker.commit(this.#broker.drop(owner));
  }

  async #commit(frames: readonly Frame[]): Promise<void> {
    const operations = frames.flatMap((frame): Operation[] => {
      if (frame.command === 'ACK') return this.#acknowledge(frame.headers);
      const kept = Object.entries(frame.headers).filter(([name]) => !NOT_KEPT.has(name));
      return this.#broker.route(destinationOf(frame.headers), Object.fromEntries(kept), frame.body);
    });
    for (const { queue } of this.#subscriptions.values()) this.#broker.dispatch(queue);
    await this.#broker.commit(operations);
  }

  /** 1.2 names the delivery, 1.1 the message and the subscription. */
  #acknowledge(headers: Frame['headers']): Operation[] {
    const { id = headers['message-id'] ?? '', subscription = '' } = headers;
    const [, number, by = subscription] = /(\d+)(?:\/(.*))?$/s.exec(id) ?? [];
    const own = this.#subscriptions.get(by);
    if (own === undefined) throw new Refusal('Unexpected ACK received for message-id [null]');
    return this.#broker.acknowledge(own.queue, own.consumer, Number(number));
  }

  #deliver(subscription: string, message: Message, again: boolean): void {
    const redelivered: Record<string, string> = again ? { redelivered: 'true' } : {};
    const headers = { subscription, ack: `${message.id}/${subscription}`, ...redelivered };
    this.send('MESSAGE', headers, this.#broker.read(message));
    const own = this.#subscriptions.get(subscription);
    if (own?.consumer.ack === 'auto')
      void this.#broker.commit(this.#broker.acknowledge(own.queue, own.consumer, message.id));
  }

  #write(bytes: Buffer): void {
    this.#unwritten += bytes.length;
    this.wire.write(bytes, () => {
      const full = this.#unwritten >= MAX_UNWRITTEN_BYTES;
      this.#unwritten -= bytes.length;
      if (full && this.#unwritten < MAX_UNWRITTEN_BYTES)
        for (const { queue } of this.#subscriptions.values()) this.#broker.dispatch(queue);
    });
  }

  #take(transaction: string): readonly Frame[] {
    const found = this.#transactions.get(transaction);
    if (found === undefined) throw new Refusal(`Invalid transaction id: ${transaction}`);
    this.#transactions.delete(transaction);
    return found.frames;
  }

  /** The name of a durable subscription: nobody but its login comes near it. */
  #owner(headers: Frame['headers']): string | undefined {
    const name = headers['activemq.subscriptionName'];
    return name === undefined ? undefined : `sub://${this.#user?.login ?? ''}/${this.#clientId}/${name}`;
  }

  #allowed(headers: Frame['headers'], right: 'read' | 'write'): Destination {
    const destination = destinationOf(headers);
    const { login = '', [right]: patterns } = this.#user ?? {};
    if (covers(patterns, destination)) return destination;
    const verb = right === 'read' ? 'read from' : 'write to';
    throw new Refusal(`User ${login} is not authorized to ${verb}: ${destination.kind}://${destination.name}`);
  }

  #refuse(error: unknown, headers: Readonly<Record<string, string>>): void {
    const message = error instanceof Error ? error.message : String(error);
    this.send('ERROR', { message, ...headers }, Buffer.from(`\n${message}`));
  }
}

function destinationOf({ destination = '' }: Frame['headers']): Destination {
  const [, kind, name] = /^\/(topic|queue)\/([^,*>/]+)$/.exec(destination) ?? [];
  if (kind === undefined || name === undefined)
    throw new Refusal(`Illegal destination name: [${destination}]; this stand-in knows /topic/NAME and /queue/NAME`);
  return { kind: kind === 'topic' ? kind : 'queue', name };
}
