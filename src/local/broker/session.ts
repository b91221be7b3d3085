/** One connection to the broker: its login, subscriptions and transaction; a RECEIPT only when what it confirms is on disk. */
import type { Socket } from 'node:net';
import { type Broker, type Consumer, type Queue, Refusal } from './broker.ts';
import { type Frame, type Headers, frameBytes, frameReader } from './frame.ts';
import type { Change } from './journal.ts';
import { type BrokerUser, allowed, userOf } from './rights.ts';

/** What the connections of a broker share. */
export interface Realm {
  readonly broker: Broker;
  readonly users: readonly BrokerUser[];
  readonly sessions: Set<Session>;
  /** Sees each frame first; true: it has answered, and the broker does nothing. Tests script faults with it. */
  readonly intercept?: ((session: Session, frame: Frame) => boolean) | undefined;
}

/** What is sent and acknowledged in it counts at its COMMIT. */
interface Transaction {
  readonly name: string;
  readonly steps: (() => readonly Change[])[];
  bytes: number;
}

const MAX_TRANSACTION_BYTES = 64 << 20;
const STEP_BYTES = 1_000;
/** Where the subscriber names none. */
const PREFETCH = 1_000;
const LEAST_BEAT_MS = 100;

export class Session {
  readonly socket: Socket;
  open = true;
  readonly #realm: Realm;
  readonly #subscriptions = new Map<string, { readonly queue: Queue; readonly consumer: Consumer }>();
  readonly #timers: NodeJS.Timeout[] = [];
  #user: BrokerUser | undefined;
  #clientId = '';
  #heardAt = Date.now();
  #transaction: Transaction | undefined;

  constructor(realm: Realm, socket: Socket) {
    [this.#realm, this.socket] = [realm, socket];
    const read = frameReader();
    realm.sessions.add(this);
    socket.on('close', () => this.#closed());
    // Its 'close' follows.
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      this.#heardAt = Date.now();
      try {
        for (const frame of read(bytes)) if (this.open) this.#answer(frame);
      } catch (error) {
        this.#refuse(error, {});
      }
    });
  }

  send(command: string, headers: Headers, rest?: Uint8Array): void {
    if (this.open) this.socket.write(frameBytes(command, headers, rest));
  }

  /** Gives back what was not acknowledged, and says goodbye. */
  end(): void {
    this.#closed();
    this.socket.end();
  }

  /** The connection is over, whoever ended it. */
  #closed(): void {
    this.open = false;
    this.#realm.sessions.delete(this);
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    for (const { queue, consumer } of this.#subscriptions.values()) this.#realm.broker.leave(queue, consumer);
    this.#subscriptions.clear();
  }

  #answer(frame: Frame): void {
    if (this.#realm.intercept?.(this, frame) === true) return;
    const { receipt } = frame.headers;
    const named: Headers = receipt === undefined ? {} : { 'receipt-id': receipt };
    const last = frame.command === 'DISCONNECT';
    try {
      this.#perform(frame);
    } catch (error) {
      this.#refuse(error, named);
      return;
    }
    if (receipt === undefined && !last) return;
    // Whatever went before, with or without a receipt of its own, is on disk with it.
    void this.#realm.broker.journal.synced().then(() => {
      if (receipt !== undefined) this.send('RECEIPT', named);
      if (last) this.end();
    });
  }

  #perform(frame: Frame): void {
    const { broker } = this.#realm;
    const { command, headers } = frame;
    const { transaction } = headers;
    if (command === 'CONNECT' || command === 'STOMP') this.#connect(headers);
    else if (this.#user === undefined) throw new Error('Not connected');
    else if (command === 'SUBSCRIBE') this.#subscribe(this.#user, headers);
    else if (command === 'BEGIN') this.#begin(transaction);
    else if (command === 'COMMIT' || command === 'ABORT') {
      const { steps } = this.#begun(transaction);
      this.#transaction = undefined;
      if (command === 'COMMIT') broker.commit(steps.flatMap((step) => step()));
    } else if (command === 'SEND' || command === 'ACK') {
      const step = this.#step(this.#user, frame);
      if (transaction === undefined) broker.commit(step());
      else keep(this.#begun(transaction), step, frame.body.length);
    } else if (command !== 'DISCONNECT') throw new Refusal(`This stand-in does not know ${command}`);
  }

  #begin(name = ''): void {
    if (this.#transaction !== undefined) throw new Refusal('This stand-in knows one transaction at a time');
    this.#transaction = { name, steps: [], bytes: 0 };
  }

  #begun(name = ''): Transaction {
    if (this.#transaction?.name !== name) throw new Refusal(`Invalid transaction id: ${name}`);
    return this.#transaction;
  }

  /** What a SEND or an ACK changes once it counts. Throws a Refusal where the user may not send. */
  #step(user: BrokerUser, { command, headers, body }: Frame): () => readonly Change[] {
    const { broker } = this.#realm;
    if (command === 'SEND') {
      const destination = allowed(user, 'write', headers);
      // The two are not the message's but its connection's.
      const { receipt: _, transaction: __, ...kept } = headers;
      return () => broker.route(destination, kept, body);
    }
    const [id, ...subscription] = (headers['id'] ?? '').split('/');
    return () => {
      const own = this.#subscriptions.get(subscription.join('/'));
      if (own === undefined) throw new Refusal('Unexpected ACK received for message-id [null]');
      return [broker.acknowledge(own.queue, own.consumer, Number(id))];
    };
  }

  #connect(headers: Headers): void {
    if (!(headers['accept-version'] ?? '').split(',').includes('1.2'))
      throw new Error('This stand-in knows version 1.2 of the protocol');
    const user = userOf(this.#realm.users, headers);
    const clientId = headers['client-id'] ?? '';
    const holder = [...this.#realm.sessions].find((other) => clientId !== '' && other.#clientId === clientId);
    if (holder !== undefined && holder.#user !== user)
      throw new Error(`Broker: chatlake - Client: ${clientId} already connected`);
    // A newcomer of the same login takes it over.
    holder?.end();
    [this.#user, this.#clientId] = [user, clientId];
    const beats = (headers['heart-beat'] ?? '0,0').split(',').map((ms) => Number(ms) || 0);
    const [expected = 0, promised = 0] = beats.map((ms) => (ms === 0 ? 0 : Math.max(ms, LEAST_BEAT_MS)));
    if (promised > 0) this.#timers.push(setInterval(() => this.socket.write('\n'), promised / 2));
    const listen = (): void => {
      if (Date.now() - this.#heardAt > expected * 3) this.socket.resetAndDestroy();
    };
    if (expected > 0) this.#timers.push(setInterval(listen, expected));
    this.send('CONNECTED', { version: '1.2', server: 'chatlake-stand-in', 'heart-beat': `${promised},${expected}` });
  }

  #subscribe(user: BrokerUser, headers: Headers): void {
    const destination = allowed(user, 'read', headers);
    const { id = '', ack, selector, 'activemq.subscriptionName': durable } = headers;
    const [, topic] = destination.split('topic://');
    if (ack !== 'client' || selector !== undefined || (topic !== undefined && durable === undefined))
      throw new Refusal('This stand-in knows queues and durable subscriptions, ack:client, and no selectors');
    if (this.#subscriptions.has(id)) throw new Refusal(`There already is a subscription for: ${id}`);
    const consumer: Consumer = {
      prefetch: Number(headers['activemq.prefetchSize']) || PREFETCH,
      held: new Map(),
      deliver: (number, { block, redelivered }) => {
        const own = { subscription: id, ack: `${number}/${id}`, redelivered: String(redelivered) };
        this.send('MESSAGE', own, Buffer.from(block, 'base64'));
      },
    };
    // Nobody but its login comes near a durable subscription.
    const name = topic === undefined ? destination : `sub://${user.login}/${this.#clientId}/${durable ?? ''}`;
    this.#subscriptions.set(id, { queue: this.#realm.broker.join(name, topic, consumer), consumer });
  }

  #refuse(error: unknown, named: Headers): void {
    const message = error instanceof Error ? error.message : String(error);
    this.send('ERROR', { message, ...named }, Buffer.from(`\n${message}`));
    if (!(error instanceof Refusal)) this.end();
  }
}

function keep(transaction: Transaction, step: Transaction['steps'][number], bytes: number): void {
  transaction.steps.push(step);
  transaction.bytes += bytes + STEP_BYTES;
  if (transaction.bytes > MAX_TRANSACTION_BYTES) throw new Error('The transaction is too large');
}
