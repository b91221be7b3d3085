/** One connection to the broker: its login, subscriptions and transactions; a RECEIPT only when what it confirms is on disk. */
import { type Broker, type Consumer, type Queue, Refusal } from './broker.ts';
import { type Frame, type Headers, frameBytes, frameReader } from './frame.ts';
import { type BrokerUser, allowed, userOf } from './rights.ts';

/** The bytes of a connection. `end` says goodbye, `reset` does not. */
export interface Wire {
  write(bytes: Buffer, written: () => void): void;
  end(): void;
  reset(): void;
}

/** What the connections of a broker share. */
export interface Realm {
  readonly broker: Broker;
  readonly users: readonly BrokerUser[];
  /** Whoever has a client id; a newcomer of the same login takes it over. */
  readonly holders: Map<string, Session>;
  /** Sees each frame first; true: it has answered, and the broker does nothing. Tests script faults with it. */
  readonly intercept?: ((session: Session, frame: Frame) => boolean) | undefined;
}

const CONNECT_WITHIN_MS = 10_000;
const MAX_UNWRITTEN_BYTES = 4 << 20;
const MAX_TRANSACTION_BYTES = 64 << 20;
/** Where the subscriber names none. */
const PREFETCH = 1_000;
const LEAST_BEAT_MS = 100;

export class Session {
  readonly wire: Wire;
  open = true;
  readonly #realm: Realm;
  readonly #read = frameReader();
  readonly #subscriptions = new Map<string, { readonly queue: Queue; readonly consumer: Consumer }>();
  readonly #transactions = new Map<string, Frame[]>();
  readonly #timers: NodeJS.Timeout[] = [];
  #user: BrokerUser | undefined;
  #clientId = '';
  #heardAt = Date.now();
  /** Of the transactions that are open. */
  #keptBytes = 0;
  #unwritten = 0;

  constructor(realm: Realm, wire: Wire) {
    [this.#realm, this.wire] = [realm, wire];
    this.#timers.push(setTimeout(() => this.#user ?? wire.reset(), CONNECT_WITHIN_MS));
  }

  /** Bytes that arrived. */
  take(bytes: Buffer): void {
    this.#heardAt = Date.now();
    try {
      for (const frame of this.#read(bytes)) if (this.open) this.#answer(frame);
    } catch (error) {
      this.#refuse(error, {});
    }
  }

  send(command: string, headers: Headers, rest?: Uint8Array): void {
    if (this.open) this.#write(frameBytes(command, headers, rest));
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
    for (const { queue, consumer } of this.#subscriptions.values()) this.#realm.broker.leave(queue, consumer);
    this.#subscriptions.clear();
    if (this.#realm.holders.get(this.#clientId) === this) this.#realm.holders.delete(this.#clientId);
  }

  #answer(frame: Frame): void {
    if (this.#realm.intercept?.(this, frame) === true) return;
    const { receipt } = frame.headers;
    const named: Headers = receipt === undefined ? {} : { 'receipt-id': receipt };
    const last = frame.command === 'DISCONNECT';
    const confirm = (): void => {
      if (receipt !== undefined) this.send('RECEIPT', named);
      if (last) this.end();
    };
    const refuse = (error: unknown): void => this.#refuse(error, named);
    try {
      this.#perform(frame);
      // Whatever went before, with or without a receipt of its own, is on disk with it.
      if (receipt !== undefined || last) void this.#realm.broker.synced().then(confirm, refuse);
    } catch (error) {
      refuse(error);
    }
  }

  #perform(frame: Frame): void {
    const { command, headers } = frame;
    const { transaction = '' } = headers;
    if (command === 'CONNECT' || command === 'STOMP') this.#connect(headers);
    else if (this.#user === undefined) throw new Error('Not connected');
    else if (command === 'SUBSCRIBE') this.#subscribe(this.#user, headers);
    else if (command === 'UNSUBSCRIBE') this.#unsubscribe(headers);
    else if (command === 'BEGIN') this.#transactions.set(transaction, []);
    else if (command === 'COMMIT' || command === 'ABORT') {
      const frames = this.#begun(transaction);
      this.#transactions.delete(transaction);
      if (command === 'COMMIT') this.#do(this.#user, frames);
    } else if (command === 'SEND' || command === 'ACK') {
      if (command === 'SEND') allowed(this.#user, 'write', headers);
      if (transaction === '') this.#do(this.#user, [frame]);
      else this.#keep(this.#begun(transaction), frame);
    } else if (command !== 'DISCONNECT') throw new Refusal(`This stand-in does not know ${command}`);
  }

  #begun(name: string): Frame[] {
    const found = this.#transactions.get(name);
    if (found === undefined) throw new Refusal(`Invalid transaction id: ${name}`);
    return found;
  }

  #keep(transaction: Frame[], frame: Frame): void {
    transaction.push(frame);
    if (this.#transactions.size === 1 && transaction.length === 1) this.#keptBytes = 0;
    this.#keptBytes += frame.body.length + 1_000;
    if (this.#keptBytes > MAX_TRANSACTION_BYTES) throw new Error('The transaction is too large');
  }

  #connect(headers: Headers): void {
    if (!(headers['accept-version'] ?? '').split(',').includes('1.2'))
      throw new Error('This stand-in knows version 1.2 of the protocol');
    const user = userOf(this.#realm.users, headers);
    const clientId = headers['client-id'] ?? '';
    const holder = this.#realm.holders.get(clientId);
    if (holder !== undefined && holder.#user?.login !== user.login)
      throw new Error(`Broker: chatlake - Client: ${clientId} already connected`);
    holder?.end();
    if (clientId !== '') this.#realm.holders.set(clientId, this);
    [this.#user, this.#clientId] = [user, clientId];
    const beats = (headers['heart-beat'] ?? '0,0').split(',').map((ms) => Number(ms) || 0);
    const [expected = 0, promised = 0] = beats.map((ms) => (ms === 0 ? 0 : Math.max(ms, LEAST_BEAT_MS)));
    if (promised > 0) this.#timers.push(setInterval(() => this.#write(Buffer.from('\n')), promised / 2));
    const listen = (): void => {
      if (Date.now() - this.#heardAt > expected * 3) this.wire.reset();
    };
    if (expected > 0) this.#timers.push(setInterval(listen, expected));
    this.send('CONNECTED', { version: '1.2', server: 'chatlake-stand-in', 'heart-beat': `${promised},${expected}` });
  }

  #subscribe(user: BrokerUser, headers: Headers): void {
    const destination = allowed(user, 'read', headers);
    const { id = '', ack, selector } = headers;
    const topic = destination.kind === 'topic' ? destination.name : undefined;
    const name = topic === undefined ? `queue://${destination.name}` : this.#owner(headers);
    if (name === undefined || ack !== 'client' || selector !== undefined)
      throw new Refusal('This stand-in knows queues and durable subscriptions, ack:client, and no selectors');
    if (this.#subscriptions.has(id)) throw new Refusal(`There already is a subscription for: ${id}`);
    const consumer: Consumer = {
      prefetch: Number(headers['activemq.prefetchSize']) || PREFETCH,
      unacked: 0,
      ready: () => this.open && this.#unwritten < MAX_UNWRITTEN_BYTES,
      deliver: (message) => {
        const own = { subscription: id, ack: `${message.id}/${id}`, redelivered: String(message.redelivered) };
        this.send('MESSAGE', own, Buffer.from(message.block, 'base64'));
      },
    };
    this.#subscriptions.set(id, { queue: this.#realm.broker.join(name, topic, consumer), consumer });
  }

  #unsubscribe(headers: Headers): void {
    const { broker } = this.#realm;
    const { id = '' } = headers;
    const subscription = this.#subscriptions.get(id);
    this.#subscriptions.delete(id);
    if (subscription !== undefined) broker.leave(subscription.queue, subscription.consumer);
    const owner = this.#owner(headers);
    if (owner !== undefined) broker.drop(owner);
  }

  /** All of these SEND and ACK, or none. */
  #do(user: BrokerUser, frames: readonly Frame[]): void {
    const { broker } = this.#realm;
    const changes = frames.flatMap(({ command, headers, body }) => {
      if (command === 'ACK') return [this.#acknowledge(headers)];
      // The two are not the message's but its connection's.
      const { receipt: _, transaction: __, ...kept } = headers;
      return broker.route(allowed(user, 'write', headers), kept, body);
    });
    broker.commit(changes);
  }

  #acknowledge({ id = '' }: Headers): ReturnType<Broker['acknowledge']> {
    const [number, ...subscription] = id.split('/');
    const own = this.#subscriptions.get(subscription.join('/'));
    if (own === undefined) throw new Refusal('Unexpected ACK received for message-id [null]');
    return this.#realm.broker.acknowledge(own.queue, own.consumer, Number(number));
  }

  #write(bytes: Buffer): void {
    this.#unwritten += bytes.length;
    this.wire.write(bytes, () => {
      const full = this.#unwritten >= MAX_UNWRITTEN_BYTES;
      this.#unwritten -= bytes.length;
      if (full && this.#unwritten < MAX_UNWRITTEN_BYTES)
        for (const { queue } of this.#subscriptions.values()) this.#realm.broker.dispatch(queue);
    });
  }

  /** The name of a durable subscription: nobody but its login comes near it. */
  #owner({ 'activemq.subscriptionName': name }: Headers): string | undefined {
    return name === undefined ? undefined : `sub://${this.#user?.login ?? ''}/${this.#clientId}/${name}`;
  }

  #refuse(error: unknown, named: Headers): void {
    const message = error instanceof Error ? error.message : String(error);
    this.send('ERROR', { message, ...named }, Buffer.from(`\n${message}`));
    if (!(error instanceof Refusal)) this.end();
  }
}
