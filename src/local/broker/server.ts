/** A small STOMP broker, for a machine on which ActiveMQ cannot be had: TCP and WebSocket on loopback over one core. */
import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { Broker, type VirtualTopics } from './broker.ts';
import { MAX_FRAME_BYTES } from './frame.ts';
import { type Realm, Session } from './session.ts';

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
  const realm: Realm = { ...options, broker, sessions: new Set() };
  const tcp = createServer({ noDelay: true }, (socket) => new Session(realm, socket));
  const host = '127.0.0.1';
  await once(tcp.listen(options.port, host), 'listening');
  const { port } = tcp.address() as AddressInfo;
  const maxPayload = MAX_FRAME_BYTES;
  const webSocket = new WebSocketServer({ host, port: options.webSocketPort, maxPayload, perMessageDeflate: false });
  webSocket.on('connection', (one) => carry(one, connect({ host, port, noDelay: true })));
  await once(webSocket, 'listening');
  const stopListening = (): void => {
    for (const server of [tcp, webSocket]) server.close();
  };
  return {
    url: `stomp://${host}:${port}`,
    webSocketUrl: `ws://${host}:${(webSocket.address() as AddressInfo).port}`,
    stopListening,
    close: async () => {
      stopListening();
      for (const session of realm.sessions) session.end();
      await broker.journal.close();
    },
  };
}

/** A WebSocket is a way to the TCP port: how that ends, it ends. */
function carry(webSocket: WebSocket, socket: Socket): void {
  webSocket.on('message', (data: Buffer) => socket.write(data));
  webSocket.on('close', () => socket.destroy());
  webSocket.on('error', () => undefined);
  socket.on('data', (bytes) => webSocket.send(bytes));
  socket.on('end', () => webSocket.close(1000));
  socket.on('error', () => webSocket.terminate());
}
