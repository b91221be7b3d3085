/** One STOMP connection: CONNECT, receipts with time-outs, and one ending with its reason. It never dials again by itself. */
import { setTimeout as delay } from 'node:timers/promises';
import { Client, FrameImpl, type IFrame, type IStompSocket, Versions } from '@stomp/stompjs';
import { SetupError, TransientError } from '../../domain/errors.ts';
import {
  type BrokerError,
  classifyClose,
  classifyErrorFrame,
  classifyFault,
  hungUp,
  timedOut,
  worstOf,
} from './classify.ts';
import { createReceipts, type Receipts } from './receipts.ts';
import { type BrokerAddress, dial, parseAddress } from './socket.ts';

interface ConnectionOptions {
  readonly login: string;
  readonly passcode: string;
  /** Only for durable topic subscriptions: the broker lets it in once. */
  readonly clientId?: string | undefined;
  readonly heartbeatMs: number;
  readonly connectTimeoutMs: number;
}

/** Whether another consumer took the connection's place. */
type EndKind = 'closed' | 'stolen';

/** Why a connection is over; which kind of end it was may take a moment to find out. */
interface Ending {
  readonly kind: Promise<EndKind>;
  readonly error: BrokerError;
}

/** A connection that has been answered with CONNECTED. */
export interface Connection {
  readonly client: Client;
  readonly open: boolean;
  readonly ending: Promise<Ending>;
  /** `send` puts the receipt's id into its frame. Resolves when the RECEIPT is here; a time-out ends the connection. */
  request(awaited: string, timeoutMs: number, send: (receipt: string) => void): Promise<void>;
  /** Sends a frame that stompjs has no method for. Header values must not need escaping. */
  sendFrame(command: string, headers: Record<string, string>): void;
  fail(error: BrokerError): void;
  close(): Promise<void>;
}

const GOODBYE_MS = 2_000;
/**
 * Heart-beats that may be missing. ActiveMQ leaves one out when it has sent a frame since the last, so that two intervals of silence are
 * normal; and where this process was held up, the timer that counts runs before what waits in the socket is read.
 */
const BEATS_MISSING = 3;
const CLOSED_CLEANLY = 1000;
/** A broker that stops closes its connections and its port within milliseconds of each other. */
const PROBE_AFTER_MS = 100;
const PROBE_TIMEOUT_MS = 2_000;

/** Tries the addresses in turn, `preferred` first; throws what an operator must mend, else a TransientError with all reasons. */
export async function firstThatAnswers<T>(
  urls: readonly string[],
  preferred: string | undefined,
  attempt: (address: BrokerAddress) => Promise<T>,
): Promise<T> {
  if (urls.length === 0)
    throw new SetupError('No broker address is configured: give at least one, as in stomp://host:61613.');
  const addresses = urls.map(parseAddress);
  addresses.sort((a, b) => Number(b.shown === preferred) - Number(a.shown === preferred));
  const errors: unknown[] = [];
  for (const address of addresses) {
    try {
      return await attempt(address);
    } catch (error) {
      errors.push(error);
    }
  }
  throw worstOf(errors);
}

/** Connects; throws SetupError (login) or TransientError. Takes at most twice `connectTimeoutMs`: the socket, then CONNECTED. */
export async function connect(address: BrokerAddress, options: ConnectionOptions): Promise<Connection> {
  checkCredentials(options);
  const socket = await dial(address, options.connectTimeoutMs);
  const client = createClient(socket, options);
  const receipts = createReceipts();
  const life = createLife(receipts);
  const end = (error: BrokerError, kind?: Promise<EndKind>): void => {
    if (life.end(error, kind)) void client.deactivate({ force: true });
  };
  let count = 0;
  const request: Connection['request'] = async (awaited, timeoutMs, send) => {
    if (!life.open) throw (await life.ending).error;
    const receipt = `receipt-${String(++count)}`;
    const answer = receipts.expect(receipt, timeoutMs, () => end(timedOut(address.shown, awaited, timeoutMs)));
    try {
      send(receipt);
    } catch (error) {
      end(classifyFault(error, address.shown));
    }
    return answer;
  };

  let connected = false;
  client.onUnhandledReceipt = (frame) => receipts.settle(frame.headers['receipt-id'] ?? '');
  client.onStompError = (frame: IFrame) => end(classifyErrorFrame(frame, { shown: address.shown, ...options }));
  client.onHeartbeatLost = () => end(new TransientError(`The heart-beats of the broker at ${address.shown} stopped`));
  client.onWebSocketError = (event: unknown) => end(classifyFault(faultOf(event), address.shown));
  client.onWebSocketClose = ({ code, reason }: { code: number; reason: string }) => {
    // Looked into only if it may have been stolen: a healthy connection, closed politely and without a word.
    const kind = life.open && connected && code === CLOSED_CLEANLY ? stolenOrGone(address) : undefined;
    end(connected ? classifyClose(code, reason, address.shown) : hungUp(address.shown), kind);
  };
  await request('an answer to CONNECT', options.connectTimeoutMs, (receipt) => {
    client.onConnect = () => {
      connected = true;
      receipts.settle(receipt);
    };
    client.activate();
  });
  let leaving: Promise<void> | undefined;
  return {
    client,
    get open() {
      return life.open;
    },
    ending: life.ending,
    request,
    sendFrame: (command, headers) => socket.send(new FrameImpl({ command, headers }).serialize()),
    fail: (error) => end(error),
    close: () => {
      life.end(new TransientError('The connection was closed by this process'));
      return (leaving ??= goodbye(client));
    },
  };
}

function createClient(socket: IStompSocket, options: ConnectionOptions): Client {
  const headers: Record<string, string> = { login: options.login, passcode: options.passcode };
  if (options.clientId !== undefined) headers['client-id'] = options.clientId;
  const client = new Client();
  client.webSocketFactory = () => socket;
  client.stompVersions = new Versions([Versions.V1_2]);
  client.connectHeaders = headers;
  client.heartbeatIncoming = options.heartbeatMs;
  client.heartbeatOutgoing = options.heartbeatMs;
  client.heartbeatToleranceMultiplier = BEATS_MISSING;
  // Whoever holds the connection decides whether to dial again: it may have been stolen on purpose.
  client.reconnectDelay = 0;
  // Without it a broker that froze is never let go of.
  client.discardWebsocketOnCommFailure = true;
  return client;
}

/** The end happens once; all that is awaited is rejected with it. */
function createLife(receipts: Receipts) {
  let open = true;
  let conclude: (ending: Ending) => void = () => undefined;
  const ending = new Promise<Ending>((resolve) => {
    conclude = resolve;
  });
  return {
    get open() {
      return open;
    },
    ending,
    /** False if it was over already. */
    end: (error: BrokerError, kind?: Promise<EndKind>): boolean => {
      if (!open) return false;
      open = false;
      receipts.rejectAll(error);
      conclude({ kind: kind ?? Promise.resolve('closed'), error });
      return true;
    },
  };
}

/** A broker that is stopped says goodbye over TCP just as one that hands the subscription over; only the latter still listens. */
async function stolenOrGone(address: BrokerAddress): Promise<EndKind> {
  await delay(PROBE_AFTER_MS);
  try {
    const socket = await dial(address, PROBE_TIMEOUT_MS);
    socket.terminate?.();
    return 'stolen';
  } catch {
    return 'closed';
  }
}

/** DISCONNECT with its receipt, then force: a frozen broker would let a polite goodbye wait for ever. */
async function goodbye(client: Client): Promise<void> {
  for (const force of [false, true]) {
    const patience = new AbortController();
    await Promise.race([
      client.deactivate({ force }),
      delay(GOODBYE_MS, undefined, { signal: patience.signal }).catch(() => undefined),
    ]);
    patience.abort();
  }
}

/** CONNECT is the one frame whose headers are not escaped; a line break (a password file's last line) would become a header. */
function checkCredentials({ login, passcode, clientId }: ConnectionOptions): void {
  for (const [name, value] of Object.entries({ login, passcode, 'client-id': clientId ?? '' })) {
    if (/[\r\n\0]/.test(value)) throw new SetupError(`The broker's ${name} holds a line break or a NUL: remove it.`);
  }
}

/** `ws` hands over an event with the error inside, the TCP socket the error itself. */
function faultOf(event: unknown): unknown {
  return typeof event === 'object' && event !== null && 'error' in event ? event.error : event;
}
