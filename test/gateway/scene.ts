/** A gateway on a free port over a store in memory, and what a test needs to speak with it and to look behind it. */
import { request } from 'node:http';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { Announcer } from '../../src/adapters/announce/announcer.ts';
import { createMemoryStore } from '../../src/adapters/object-store/memory.ts';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { probeStore } from '../../src/adapters/object-store/probe.ts';
import { type RawLine, decodeRawLine } from '../../src/domain/formats/raw.ts';
import { rawSourcePrefix } from '../../src/domain/formats/layout.ts';
import { type GatewayLimits, createGateway } from '../../src/gateway/gateway.ts';
import { gatewayLimits } from '../../src/gateway/start.ts';
import { secretCheck } from '../../src/gateway/secrets.ts';
import { loadConfig } from '../../src/wiring/config.ts';
import { createHealth } from '../../src/wiring/health.ts';
import { serveAt } from '../../src/wiring/metrics-server.ts';
import { openInstruments } from '../../src/wiring/instruments.ts';
import { type StoreHooks, decorateStore } from '../support/decorate-store.ts';

export const BOT = '123456789';
export const SECRET = 'a-secret_only-Telegram-knows';
export const PATH = `/telegram/${BOT}`;
/** What every update carries; a test leaves out or changes what it is about. */
export const HEADERS = { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': SECRET };
const PRIVATE = ['/health', '/live', '/metrics'];
export const LIMITS = gatewayLimits(loadConfig({}));

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Scene {
  readonly url: string;
  readonly announced: readonly string[];
  /** Every line of the log, as JSON. */
  readonly logged: readonly string[];
  post(body: string | Uint8Array, change?: PostChange): Promise<Answer>;
  /** What is on the private port is asked there. */
  get(path: string): Promise<Answer>;
  /** Sends bytes over a bare connection; resolves with all that came back once the server has closed it. */
  speak(...parts: readonly (string | Uint8Array)[]): Promise<string>;
  raw(): Promise<RawObject[]>;
  stop(): Promise<void>;
}

interface PostChange {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RawObject {
  readonly key: string;
  readonly lines: readonly RawLine[];
}

export interface SceneOptions {
  readonly hooks?: StoreHooks;
  readonly announcer?: Announcer;
  readonly secret?: string;
  readonly limits?: Partial<GatewayLimits>;
}

export async function openScene({ hooks = {}, announcer, secret = SECRET, limits }: SceneOptions = {}): Promise<Scene> {
  const memory = createMemoryStore();
  const store = decorateStore(memory, hooks);
  const announced: string[] = [];
  const logged: string[] = [];
  const write = (event: string, facts: object): void => void logged.push(JSON.stringify({ event, ...facts }));
  const watched = await openInstruments(loadConfig({}), { info: write, warn: write }, 'gateway');
  const gateway = createGateway({
    bot: BOT,
    source: 'telegram',
    secret: secretCheck(secret),
    store,
    announcer: announcer ?? {
      announce: (source, window) => void announced.push(`${source} ${window}`),
      wake: () => Promise.resolve(),
      close: () => Promise.resolve(),
    },
    health: createHealth({ probe: () => probeStore(store), now: Date.now }),
    watched,
    tracer: watched.tracer,
    log: { info: write, warn: write },
    now: Date.now,
    limits: { ...LIMITS, ...limits },
  });
  const url = await gateway.listen('127.0.0.1', 0);
  const watching = await serveAt({ host: '127.0.0.1', port: 0 }, gateway.told);
  return {
    url,
    announced,
    logged,
    post: (body, { path = PATH, method = 'POST', headers = HEADERS } = {}) => send(url + path, method, headers, body),
    get: (path) => send((PRIVATE.includes(path) ? watching.url : url) + path, 'GET', {}),
    speak: (...parts) => speak(url, parts),
    raw: () => rawObjects(memory),
    stop: async () => {
      await gateway.stop();
      await watching.close();
    },
  };
}

/** One request on a connection of its own. */
function send(url: string, method: string, headers: object, body?: string | Uint8Array): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: { ...headers }, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function speak(url: string, parts: readonly (string | Uint8Array)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname, () => parts.forEach((part) => socket.write(part)));
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
    socket.on('close', () => resolve(answer));
    // Who has answered and does not read on may end with a reset: Node 24 does, after headers that are too long.
    socket.on('error', (error) => {
      if (answer === '') reject(error);
    });
  });
}

/** Every raw object of the source, decoded, in the order of their keys. */
export async function rawObjects(store: ObjectStore): Promise<RawObject[]> {
  const objects: RawObject[] = [];
  for await (const { key } of store.list(rawSourcePrefix('telegram'))) {
    const text = gunzipSync((await store.get(key))!).toString('utf8');
    objects.push({ key, lines: text.trimEnd().split('\n').map(decodeRawLine) });
  }
  return objects;
}

/** The bytes of a line's body, as received. */
export const bytesOf = ({ body, bodyBase64 = '' }: RawLine): Buffer =>
  body === undefined ? Buffer.from(bodyBase64, 'base64') : Buffer.from(body, 'utf8');

/** The head of a request as it goes over the wire, for `speak`. */
export const head = (headers: Readonly<Record<string, string | number>>, path = PATH): string =>
  [`POST ${path} HTTP/1.1`, 'host: gateway', ...Object.entries(headers).map(([n, v]) => `${n}: ${v}`), '', ''].join(
    '\r\n',
  );
