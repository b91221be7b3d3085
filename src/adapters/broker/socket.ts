/** Opens the byte stream to a broker. TCP and TLS sockets are given the face of a WebSocket, which is all stompjs knows. */
import net from 'node:net';
import tls from 'node:tls';
import { types } from 'node:util';
import { type IStompSocket, StompSocketState } from '@stomp/stompjs';
import { WebSocket } from 'ws';
import { SetupError, type TransientError } from '../../domain/errors.ts';
import { classifyFault, timedOut } from './classify.ts';

/** Where a broker listens. `shown` is safe to print: a password inside the URL is not in it. */
export interface BrokerAddress {
  readonly scheme: 'stomp:' | 'stomp+ssl:' | 'ws:' | 'wss:';
  readonly host: string;
  readonly port: number;
  readonly href: string;
  readonly shown: string;
}

/** ActiveMQ's usual ports; a URL that names its port wins. */
const DEFAULT_PORTS = { 'stomp:': 61613, 'stomp+ssl:': 61614, 'ws:': 80, 'wss:': 443 } as const;
const KEEP_ALIVE_AFTER_MS = 30_000;

/** Reads a broker URL; throws SetupError, without repeating the text: it may hold a password. */
export function parseAddress(text: string): BrokerAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const scheme = url?.protocol;
  if (url === undefined || url.hostname === '' || !isScheme(scheme)) {
    throw new SetupError(
      'A broker address is not usable: write stomp://host:port, stomp+ssl://host:port, ws://host:port or wss://host:port.',
    );
  }
  url.hash = '';
  return {
    scheme,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? DEFAULT_PORTS[scheme] : Number(url.port),
    href: url.href,
    shown: `${scheme}//${url.host}`,
  };
}

function isScheme(scheme: string | undefined): scheme is BrokerAddress['scheme'] {
  return scheme !== undefined && scheme in DEFAULT_PORTS;
}

/**
 * Resolves with an open socket, or throws a classified error after at most `timeoutMs`.
 * It is opened before stompjs sees it because a socket factory that throws inside stompjs ends the process.
 */
export function dial(address: BrokerAddress, timeoutMs: number): Promise<IStompSocket> {
  return address.scheme === 'ws:' || address.scheme === 'wss:'
    ? dialWebSocket(address, timeoutMs)
    : dialTcp(address, timeoutMs);
}

function dialWebSocket(address: BrokerAddress, timeoutMs: number): Promise<IStompSocket> {
  // Compression doubles the client's work; without the subprotocol ActiveMQ never answers.
  const socket = new WebSocket(address.href, ['v12.stomp'], { perMessageDeflate: false });
  const abandon = (): void => socket.terminate();
  return opened(address, timeoutMs, abandon, (settle) => {
    socket.once('open', () => settle(socket));
    // Stays attached: an 'error' event that nobody listens to would end the process.
    socket.on('error', (error) => settle(classifyFault(error, address.shown)));
  });
}

function dialTcp(address: BrokerAddress, timeoutMs: number): Promise<IStompSocket> {
  const { host, port } = address;
  // Nagle's algorithm costs a factor of three on small frames.
  const options = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS };
  const secure = address.scheme === 'stomp+ssl:';
  const socket = secure ? tls.connect(options) : net.connect(options);
  return opened(
    address,
    timeoutMs,
    () => socket.destroy(),
    (settle) => {
      socket.once(secure ? 'secureConnect' : 'connect', () => settle(asWebSocket(socket, address.shown)));
      socket.on('error', (error) => settle(classifyFault(error, address.shown)));
    },
  );
}

type Settle = (outcome: IStompSocket | TransientError | SetupError) => void;

/** One outcome, whichever comes first: open, a fault, or the end of the time allowed. */
function opened(
  address: BrokerAddress,
  timeoutMs: number,
  abandon: () => void,
  listen: (settle: Settle) => void,
): Promise<IStompSocket> {
  return new Promise((resolve, reject) => {
    const settle: Settle = (outcome) => {
      clearTimeout(timer);
      if (outcome instanceof Error) reject(outcome);
      else resolve(outcome);
    };
    const timer = setTimeout(() => {
      settle(timedOut(address.shown, 'a connection', timeoutMs));
      abandon();
    }, timeoutMs);
    listen(settle);
  });
}

/** Close codes as a WebSocket reports them: 1000 when the peer said goodbye, 1006 after a fault. */
const CLOSED_CLEANLY = 1000;
const CLOSED_BY_FAULT = 1006;

function asWebSocket(socket: net.Socket, url: string): IStompSocket {
  let state = StompSocketState.OPEN;
  let fault: Error | undefined;
  const face: IStompSocket = {
    url,
    get readyState() {
      return state;
    },
    onopen: null,
    onmessage: null,
    onerror: null,
    onclose: null,
    send: (data) => {
      if (state === StompSocketState.OPEN) socket.write(toWritable(data));
    },
    close: () => {
      state = StompSocketState.CLOSING;
      socket.end();
    },
    terminate: () => {
      state = StompSocketState.CLOSING;
      socket.destroy();
    },
  };
  socket.on('data', (data) => void face.onmessage?.({ data }));
  socket.on('error', (error) => {
    fault = error;
    face.onerror?.(error);
  });
  socket.on('close', () => {
    state = StompSocketState.CLOSED;
    face.onclose?.({ code: fault ? CLOSED_BY_FAULT : CLOSED_CLEANLY, reason: fault?.message ?? '' });
  });
  return face;
}

/** stompjs hands over a string, or an ArrayBuffer, which net.Socket would refuse. */
function toWritable(data: Parameters<IStompSocket['send']>[0]): string | Uint8Array {
  if (typeof data === 'string') return data;
  if (types.isAnyArrayBuffer(data)) return new Uint8Array(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  throw new TypeError('a socket sends text or bytes');
}
