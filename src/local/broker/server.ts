/** A small STOMP broker, for a machine on which ActiveMQ cannot be had: TCP and WebSocket on loopback over one core. */
import { isUtf8 } from 'node:buffer';
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { Broker, type VirtualTopics } from './broker.ts';
import { MAX_FRAME_BYTES } from './frame.ts';
import { type Realm, Session, type Wire } from './session.ts';

/** `dir` holds the journal; a port of 0 is a free one. */
export interface BrokerOptions extends Pick<Realm, 'users' | 'intercept'> {
  readonly dir: string;
  readonly port: number;
  readonly webSocketPort: number;
  readonly virtualTopics?: VirtualTopics;
  /** Hears of a disk that takes nothing more: such a broker has to end. */
  readonly onFailure: (error: unknown) => void;
}

export interface RunningBroker {
  readonly url: string;
  readonly webSocketUrl: string;
  /** No new connections; those that are there stay. */
  readonly stopListening: () => void;
  readonly close: () => Promise<void>;
}

/** Resolves when both ports accept. */
export async function startBroker(options: BrokerOptions): Promise<RunningBroker> {
  const broker = new Broker(options.dir, options.virtualTopics, options.onFailure);
  await broker.open();
  const realm: Realm = { ...options, broker, holders: new Map() };
  const sessions = new Set<Session>();
  const meet = (wire: Wire, socket: Socket | WebSocket): Session => {
    const session = new Session(realm, wire);
    sessions.add(session);
    socket.on('close', () => {
      sessions.delete(session);
      session.closed();
    });
    // Its 'close' follows.
    socket.on('error', () => undefined);
    return session;
  };
  const tcp = createServer({ noDelay: true }, (socket) => {
    const wire: Wire = {
      write: (bytes, written) => void socket.write(bytes, written),
      end: () => socket.end(),
      reset: () => void socket.resetAndDestroy(),
    };
    const session = meet(wire, socket);
    socket.on('data', (bytes) => session.take(bytes));
  });
  const server = { host: '127.0.0.1', port: options.webSocketPort, maxPayload: MAX_FRAME_BYTES };
  const webSocket = new WebSocketServer({ ...server, perMessageDeflate: false });
  webSocket.on('connection', (socket) => {
    socket.binaryType = 'nodebuffer';
    const wire: Wire = {
      write: (bytes, written) => socket.send(bytes, { binary: !isUtf8(bytes) }, written),
      end: () => socket.close(1000),
      reset: () => socket.terminate(),
    };
    const session = meet(wire, socket);
    socket.on('message', (data: Buffer) => session.take(data));
  });
  await Promise.all([listening(tcp.listen(options.port, '127.0.0.1')), listening(webSocket)]);
  const portOf = (one: Server | WebSocketServer): number => (one.address() as AddressInfo).port;
  return {
    url: `stomp://127.0.0.1:${portOf(tcp)}`,
    webSocketUrl: `ws://127.0.0.1:${portOf(webSocket)}`,
    stopListening: () => void [tcp, webSocket].map((one) => one.close()),
    close: async () => {
      for (const one of [tcp, webSocket]) one.close();
      for (const session of sessions) session.end();
      await broker.close();
    },
  };
}

function listening(server: Server | WebSocketServer): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('listening', resolve).once('error', reject);
  });
}
