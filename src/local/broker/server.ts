/** A small STOMP broker, for a machine on which ActiveMQ cannot be had: TCP and WebSocket on loopback over one core. */
import { isUtf8 } from 'node:buffer';
import { type AddressInfo, type Server, createServer } from 'node:net';
import { WebSocketServer } from 'ws';
import { Broker, type BrokerRules } from './core.ts';
import { MAX_FRAME_BYTES } from './frame.ts';
import { type Intercept, Session, type Wire } from './session.ts';

/** `dir` holds the journal; a port of 0 is a free one. */
export interface BrokerOptions extends BrokerRules {
  readonly dir: string;
  readonly port: number;
  readonly webSocketPort: number;
  readonly intercept?: Intercept;
  /** Hears of a disk that takes nothing more. */
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
  const broker = new Broker(options.dir, options, options.onFailure);
  await broker.open();
  const holders = new Map<string, Session>();
  const sessions = new Set<Session>();
  const meet = (wire: Wire): Session => {
    const session = new Session(broker, wire, holders, options.intercept);
    sessions.add(session);
    return session;
  };
  const part = (session: Session): void => {
    sessions.delete(session);
    session.closed();
  };
  const tcp = createServer({ noDelay: true }, (socket) => {
    const session = meet({
      write: (bytes, written) => void socket.write(bytes, written),
      end: () => socket.end(),
      reset: () => void socket.resetAndDestroy(),
    });
    socket.on('data', (bytes) => session.take(bytes)).on('close', () => part(session));
    // Its 'close' follows.
    socket.on('error', () => undefined);
  });
  const server = { host: '127.0.0.1', port: options.webSocketPort, maxPayload: MAX_FRAME_BYTES };
  const webSocket = new WebSocketServer({ ...server, perMessageDeflate: false });
  webSocket.on('connection', (socket) => {
    socket.binaryType = 'nodebuffer';
    const session = meet({
      write: (bytes, written) => socket.send(bytes, { binary: !isUtf8(bytes) }, written),
      end: () => socket.close(1000),
      reset: () => socket.terminate(),
    });
    socket.on('message', (data: Buffer) => session.take(data)).on('close', () => part(session));
    socket.on('error', () => undefined);
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
