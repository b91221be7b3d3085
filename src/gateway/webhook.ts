/**
 * The webhook: `POST /telegram/<bot>`. An update is answered 200 when its bytes are durable, whatever they are: a body that nobody
 * can read would otherwise be repeated for a day and hold up its chat. Every other answer makes Telegram send it again.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Batcher } from './batcher.ts';
import { readBody } from './body.ts';
import { answerText, refuse } from './refuse.ts';
import type { Room } from './room.ts';
import type { SecretCheck } from './secrets.ts';

export interface WebhookParts {
  /** The numeric id of the bot whose updates are taken. */
  readonly bot: string;
  readonly secret: SecretCheck;
  readonly batcher: Batcher;
  readonly room: Room;
  readonly maxBodyBytes: number;
}

const BUSY_RETRY_S = 1;
const JSON_TYPE = /^application\/json\s*(;\s*charset\s*=\s*"?[\w-]+"?\s*)?$/i;

export const WEBHOOK_ROUTE = '/telegram/:bot';

/** Adds the route. Before a byte of the body is read: bot, method, secret, encoding, type, announced length, room. */
export function addWebhook(app: FastifyInstance, parts: WebhookParts): void {
  const headers = { origin: 'webhook', bot: parts.bot };
  app.route<{ Params: { bot: string } }>({
    method: app.supportedMethods,
    url: WEBHOOK_ROUTE,
    onRequest: (request, reply, done) => {
      const fault = faultOf(request, request.params.bot, parts);
      if (fault === undefined) done();
      else void refuse(reply, ...fault);
    },
    handler: async (request, reply) => {
      const place = parts.room.enter();
      if (place === undefined) return tooBusy(reply);
      const body = await readBody(request.raw, parts.maxBodyBytes, place);
      if (body.kind !== 'whole') {
        place.leave();
        if (body.kind === 'no_room') return tooBusy(reply);
        return body.kind === 'too_large'
          ? refuse(reply, ...tooLarge(parts))
          : refuse(reply, 400, 'The body broke off.');
      }
      const landing = await parts.batcher.add({ headers, body: body.bytes }, place);
      if (landing.kind === 'landed') return reply.code(200).send();
      reply.header('retry-after', landing.retryAfterS);
      return answerText(reply, 503, 'The update could not be stored; send it again.');
    },
  });
}

type Fault = readonly [status: number, sentence: string];

function faultOf({ method, headers }: FastifyRequest, bot: string, parts: WebhookParts): Fault | undefined {
  if (bot !== parts.bot) return [404, 'There is no such bot here.'];
  if (method !== 'POST') return [405, 'Telegram posts its updates here; nothing else is understood.'];
  const given = headers['x-telegram-bot-api-secret-token'];
  if (typeof given !== 'string' || !parts.secret(given)) return [401, 'The secret token is missing or wrong.'];
  if (headers['content-encoding'] !== undefined) return [415, 'A body with a Content-Encoding is not taken.'];
  if (!JSON_TYPE.test(headers['content-type'] ?? '')) return [415, 'The Content-Type must be application/json.'];
  if (Number(headers['content-length'] ?? 0) > parts.maxBodyBytes) return tooLarge(parts);
  return undefined;
}

const tooLarge = ({ maxBodyBytes }: WebhookParts): Fault => [413, `A body may have at most ${maxBodyBytes} bytes.`];

function tooBusy(reply: FastifyReply): FastifyReply {
  reply.header('retry-after', BUSY_RETRY_S);
  return refuse(reply, 503, 'Too many updates are waiting; send it again.');
}
