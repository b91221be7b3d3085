/** The port of the message broker: a durable subscription whose messages are acknowledged only when the caller says so. */

/** Which messages to take, and how. Times in milliseconds. */
export interface SubscriptionOptions {
  /** `stomp://host:port` (TCP), `stomp+ssl://…`, `ws://…` or `wss://…`; several are tried in turn. */
  readonly urls: readonly string[];
  readonly login: string;
  readonly passcode: string;
  /** `/topic/…` or `/queue/…`; a bare name is refused, because ActiveMQ reads it as a queue. */
  readonly destination: string;
  /** Durable identity on a topic: client-id and subscription name. Changing either, or the destination, deletes the backlog on the broker. */
  readonly clientId: string;
  readonly subscriptionName: string;
  /** Messages that the broker may send ahead, and bytes of bodies that may wait here: with large ones the connection is made anew for fewer. */
  readonly prefetch: number;
  readonly prefetchBytes: number;
  readonly heartbeatMs: number;
  readonly connectTimeoutMs: number;
}

/** One message as the broker delivered it: headers verbatim, body as bytes. */
export interface Delivery {
  readonly messageId: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/**
 * When a batch is full. Whichever limit is met first ends it; the clock starts when the batch's first message arrives.
 * `maxBytes` counts bodies and is not passed, except by a single body that is larger.
 */
export interface BatchLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
  readonly maxWaitMs: number;
}

/**
 * What came of waiting for a batch.
 * `idle`: nothing arrived within `idleMs`. `closed`: the connection ended; what was not acknowledged will be delivered again.
 * `stolen`: it was closed without an ERROR frame and without a fault of the network, by a broker that still listens: another
 * consumer took the subscription.
 */
export type NextBatch =
  | { readonly kind: 'batch'; readonly deliveries: readonly Delivery[]; readonly generation: number }
  | { readonly kind: 'idle' }
  | { readonly kind: 'closed'; readonly reason: string }
  | { readonly kind: 'stolen'; readonly reason: string };

/** One live connection with one subscription. Not reusable after it closed. */
export interface Subscription {
  /**
   * Resolves with the next batch in delivery order; `idle` after `idleMs` without a message, or at once when `signal` aborts
   * (what has arrived then waits for the next call). One call at a time.
   */
  next(limits: BatchLimits, idleMs: number, signal: AbortSignal): Promise<NextBatch>;
  /**
   * Acknowledges everything up to the last message of `batch` (cumulative, STOMP 1.2 `ack:client`) and resolves when a receipt says
   * that the broker has taken it in. A batch of another connection is never acknowledged: returns false, the broker will deliver it again.
   * Throws TransientError when the receipt does not come: the connection is over, the messages may be delivered again.
   * Doing it twice is harmless. A broker that is killed may forget what it confirmed a moment before and deliver it again.
   */
  acknowledge(batch: Extract<NextBatch, { kind: 'batch' }>): Promise<boolean>;
  readonly open: boolean;
  /** The broker may send fewer messages ahead than was asked, for large ones came: after a while a new connection is worth a try. */
  readonly isNarrowed: boolean;
  /** Leaves without acknowledging what was not acknowledged; never hangs longer than a few seconds. */
  close(): Promise<void>;
}

/** Opens connections to one kind of broker. */
export interface Broker {
  /** Connects and subscribes; resolves when the broker confirmed the subscription. Throws SetupError (login, ACL, bare name) or TransientError. */
  subscribe(options: SubscriptionOptions): Promise<Subscription>;
}

/** Sends messages; used by the demo, `chatlake send` and the tests. */
export interface Publisher {
  /** Sends persistent messages in order; resolves when the broker's receipt for the last is here. After an error some may have arrived. */
  publish(
    messages: readonly { readonly body: string | Uint8Array; readonly headers?: Readonly<Record<string, string>> }[],
  ): Promise<void>;
  close(): Promise<void>;
}
