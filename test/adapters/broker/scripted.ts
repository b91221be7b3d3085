/** The stand-in broker, following a script: what real ones do wrong, at the moment the test wants it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SubscriptionOptions } from '../../../src/adapters/broker/broker.ts';
import { createStompBroker } from '../../../src/adapters/broker/stomp.ts';
import { type BrokerOptions, startBroker } from '../../../src/local/broker/server.ts';
import type { Session } from '../../../src/local/broker/session.ts';

export type Command = 'CONNECT' | 'SUBSCRIBE' | 'ACK' | 'BEGIN' | 'SEND' | 'COMMIT' | 'DISCONNECT';
export type Answer = (session: Session, headers: Readonly<Record<string, string>>) => void;

const opened: (() => unknown)[] = [];

/** Registers what `closeAll` ends. */
export function closeLater(close: () => unknown): void {
  opened.push(close);
}

/** Ends everything a test opened, the last first. */
export async function closeAll(): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close();
}

/** What a broker does unless told otherwise. */
export const receipt: Answer = (session, headers) => {
  if (headers['receipt'] !== undefined) session.send('RECEIPT', { 'receipt-id': headers['receipt'] });
};
export const message = (session: Session, body: string): void =>
  session.send('MESSAGE', { subscription: 'chatlake', 'message-id': `id-${body}`, ack: `ack-${body}` }, text(body));
export const error =
  (message: string, body = ''): Answer =>
  (session) =>
    session.send('ERROR', { message }, text(body));
const text = (body: string): Buffer => Buffer.from(`\n${body}`);

/** A stand-in with a folder of its own, on free ports unless told otherwise; closed after the test. */
export async function standIn(options: Partial<BrokerOptions> = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'chatlake-broker-'));
  const onFailure = (cause: unknown): never => {
    throw cause;
  };
  const users = [{ login: 'reader', passcode: 'secret-4711' }];
  const broker = await startBroker({ dir, users, port: 0, webSocketPort: 0, onFailure, ...options });
  closeLater(async () => {
    await broker.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return broker;
}

/** A broker that does everything right, except what `script` says. */
export async function scripted(script: Partial<Record<Command, Answer>> = {}) {
  const sessions = new Set<Session>();
  const seen: string[] = [];
  const answers: Partial<Record<string, Answer>> = script;
  const broker = await standIn({
    intercept: (session, { command, headers }) => {
      sessions.add(session);
      seen.push(command);
      answers[command]?.(session, headers);
      return answers[command] !== undefined;
    },
  });
  return { ...broker, sessions, seen };
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
  prefetchBytes: 1_000_000,
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
