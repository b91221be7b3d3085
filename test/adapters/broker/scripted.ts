/** A broker that follows a script: what real ones do wrong, at the moment the test wants it. */
import net from 'node:net';
import type { SubscriptionOptions } from '../../../src/adapters/broker/broker.ts';
import { createStompBroker } from '../../../src/adapters/broker/stomp.ts';

export type Command = 'CONNECT' | 'SUBSCRIBE' | 'ACK' | 'BEGIN' | 'SEND' | 'COMMIT' | 'DISCONNECT';
export type Answer = (socket: net.Socket, headers: Record<string, string>) => void;

const opened: (() => unknown)[] = [];

/** Registers what `closeAll` ends. */
export function closeLater(close: () => unknown): void {
  opened.push(close);
}

/** Ends everything a test opened, the last first. */
export async function closeAll(): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close();
}

export const frame = (command: string, headers: Record<string, string>, body = ''): string =>
  `${command}\n${Object.entries(headers)
    .map(([name, value]) => `${name}:${value}\n`)
    .join('')}\n${body}\0`;
/** What a broker does unless told otherwise. */
export const receipt: Answer = (socket, headers) => {
  if (headers['receipt'] !== undefined) socket.write(frame('RECEIPT', { 'receipt-id': headers['receipt'] }));
};
export const message = (body: string): string =>
  frame('MESSAGE', { subscription: 'chatlake', 'message-id': `id-${body}`, ack: `ack-${body}` }, body);
export const error =
  (text: string, body = ''): Answer =>
  (socket) =>
    socket.write(frame('ERROR', { message: text }, body));

/** A broker that does everything right, except what `script` says. */
export async function scripted(script: Partial<Record<Command, Answer>> = {}) {
  const answers: Partial<Record<string, Answer>> = {
    CONNECT: (socket) => socket.write(frame('CONNECTED', { version: '1.2', 'heart-beat': '0,0' })),
    ...script,
  };
  const sockets = new Set<net.Socket>();
  const seen: string[] = [];
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    let rest = '';
    socket.on('data', (data) => {
      const parts = (rest + data.toString('utf8')).split('\0');
      rest = parts.pop() ?? '';
      for (const part of parts) {
        const [command = '', ...lines] = part.trimStart().split('\n\n', 1)[0]?.split('\n') ?? [];
        seen.push(command);
        const headers: Record<string, string> = {};
        for (const line of lines) headers[line.replace(/:.*/, '')] = line.replace(/^[^:]*:/, '');
        (answers[command] ?? receipt)(socket, headers);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  closeLater(close);
  const { port } = server.address() as net.AddressInfo;
  return { url: `stomp://127.0.0.1:${String(port)}`, sockets, seen, server };
}

/** Options for `urls`, with short patience. */
export const optionsFor = (...urls: string[]): SubscriptionOptions => ({
  urls,
  login: 'reader',
  passcode: 'secret-4711',
  destination: '/topic/desk',
  clientId: 'client',
  subscriptionName: 'name',
  prefetch: 10,
  heartbeatMs: 0,
  connectTimeoutMs: 300,
});

/** Subscribes to a scripted broker; closed after the test. */
export async function subscribe(url: string) {
  const subscription = await createStompBroker().subscribe(optionsFor(url));
  closeLater(() => subscription.close());
  return subscription;
}

/** What a promise was rejected with. */
export const failure = async (promise: Promise<unknown>): Promise<Error> => {
  const caught: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (caught instanceof Error) return caught;
  throw new Error('it should have failed');
};
