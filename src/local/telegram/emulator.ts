/**
 * An emulator of the Bot API over HTTP: one bot, the methods chatlake uses, true long polling and webhook delivery, and calls under
 * /control/ that make things happen, for whoever has the bot's token. For machines without one, and for tests; it listens on loopback only.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { messageOf, SetupError } from '../../domain/errors.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { ApiError } from './api-error.ts';
import { type EmulatedBot, openBot, type TelegramControl } from './bot.ts';
import { scaledClock } from './clock.ts';

export interface EmulatorOptions {
  /** 0: a free one. */
  readonly port: number;
  /** `<bot id>:<secret>`, as the real API hands them out. */
  readonly token: string;
  /** How much faster retries and life times run than real time; 1 unless given. */
  readonly clockFactor?: number;
}

export interface TelegramEmulator {
  /** Root of its Bot API: TELEGRAM_API_ROOT. */
  readonly address: string;
  readonly control: TelegramControl;
  close(): Promise<void>;
}

const TOKEN = /^(\d+):[\w-]+$/;
const MAX_BODY_BYTES = 1_048_576;

/** Starts it; resolves when it accepts calls. Throws SetupError for a token of another form or a port that is taken. */
export async function startTelegramEmulator(options: EmulatorOptions): Promise<TelegramEmulator> {
  const id = TOKEN.exec(options.token)?.[1];
  if (id === undefined) throw new SetupError('The token of the emulated bot must look like 1234567:letters.');
  const bot = openBot(Number(id), scaledClock(options.clockFactor ?? 1));
  const server = createServer((request, response) => void answer(bot, options.token, request, response));
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', (error) =>
      reject(new SetupError(`The emulator cannot listen on port ${options.port}: ${messageOf(error)}`)),
    );
    server.listen(options.port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
  return {
    address: `http://127.0.0.1:${port}`,
    control: bot.control,
    async close() {
      await bot.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

async function answer(
  bot: EmulatedBot,
  token: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const left = new AbortController();
  response.on('close', () => left.abort());
  const reply = (status: number, body: string): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  };
  try {
    const url = new URL(request.url ?? '/', 'http://emulator');
    const [, first = '', second = ''] = url.pathname.split('/');
    refuseForeign(request);
    const body = await bodyOf(request);
    if (first === 'control') {
      checkToken(request, token);
      reply(200, JSON.stringify(control(bot.control, second, body)));
    } else if (first === `bot${token}`) {
      const result = await bot.call(second, argumentsOf(url, request, body), left.signal);
      reply(200, `{"ok":true,"result":${result}}`);
    } else throw TOKEN.test(first.slice(3)) ? new ApiError(401, 'Unauthorized') : new ApiError(404, 'Not Found');
  } catch (error) {
    const { code, parameters } = error instanceof ApiError ? error : new ApiError(400, '');
    const retry = parameters?.['retry_after'];
    if (typeof retry === 'number') response.setHeader('retry-after', retry);
    const description = error instanceof ApiError ? error.message : `Bad Request: ${messageOf(error)}`;
    reply(code, JSON.stringify({ ok: false, error_code: code, description, ...(parameters && { parameters }) }));
  }
}

/** A page that somebody looks at on this machine reaches loopback too: it says where it comes from, or asks by a name of its own. */
function refuseForeign({ headers }: IncomingMessage): void {
  const isHere = /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(headers.host ?? '');
  if (!isHere || headers.origin !== undefined || headers['sec-fetch-site'] !== undefined)
    throw new ApiError(403, 'Forbidden: no page of a browser is answered here');
}

/** What makes things happen wants the bot's token, by POST. Throws ApiError where it is missing. */
function checkToken({ method, headers }: IncomingMessage, token: string): void {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  const given = headers.authorization ?? '';
  if (method === 'POST' && timingSafeEqual(hash(given), hash(`Bearer ${token}`))) return;
  throw new ApiError(401, 'Unauthorized: POST, with the bot’s token as "authorization: Bearer"');
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) throw new ApiError(413, 'Request Entity Too Large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Arguments come in the query, as a form or as JSON, as with the real API. */
function argumentsOf(url: URL, request: IncomingMessage, body: string): JsonObject {
  const query = Object.fromEntries(url.searchParams);
  const type = request.headers['content-type'] ?? '';
  if (body === '') return query;
  if (type.startsWith('application/x-www-form-urlencoded'))
    return { ...query, ...Object.fromEntries(new URLSearchParams(body)) };
  return { ...query, ...(JSON.parse(body) as JsonObject) };
}

const failure = z.object({
  method: z.string(),
  code: z.number().int(),
  description: z.string().default('injected'),
  parameters: z.record(z.string(), z.number()).optional(),
  times: z.number().int().min(1).default(1),
});

/** The functions of TelegramControl over HTTP: POST /control/<name> with a JSON body. */
function control(target: TelegramControl, name: string, body: string): Json {
  const given: unknown = body === '' ? {} : JSON.parse(body);
  switch (name) {
    case 'update':
      return { update_id: target.update(given as JsonObject) ?? null };
    case 'repeat':
      target.repeat(z.object({ update_id: z.number() }).parse(given).update_id);
      return true;
    case 'reorder':
      target.reorder();
      return true;
    case 'jump':
      target.jump(z.object({ next: z.number().int().optional() }).parse(given).next);
      return true;
    case 'migrate':
      return { to: target.migrate(z.object({ chat_id: z.coerce.string() }).parse(given).chat_id) };
    case 'fail': {
      const { method, parameters, ...rest } = failure.parse(given);
      target.fail(method, { ...rest, ...(parameters === undefined ? {} : { parameters }) });
      return true;
    }
    case 'state':
      return { pending: target.pending, calls: Object.fromEntries(target.calls) };
    default:
      throw new ApiError(404, 'Not Found: update, repeat, reorder, jump, migrate, fail, state');
  }
}
