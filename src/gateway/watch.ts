/** What the gateway counts of itself: its answers, and how long updates have waited in it. */
import type { FastifyInstance } from 'fastify';
import { TELEGRAM } from '../domain/sources/telegram/kinds.ts';
import type { Instruments } from '../wiring/instruments.ts';
import { WEBHOOK_ROUTE } from './webhook.ts';

export type Watched = Pick<Instruments, 'metrics' | 'unlanded' | 'scrape'>;

const LANDED = 200;
const REFUSED = 503;

/** Adds the hooks. Only what passed the secret's check is a message. */
export function watchGateway(app: FastifyInstance, { metrics, unlanded }: Watched): void {
  /** When the updates that have no answer yet came, the oldest first. */
  const held = new Map<object, number>();
  const oldest = (): number | undefined => held.values().next().value;

  app.addHook('preHandler', (request, _reply, done) => {
    if (request.routeOptions.url === WEBHOOK_ROUTE) {
      held.set(request, Date.now());
      metrics.received.inc({ source: TELEGRAM });
      if (held.size === 1) unlanded.taken(TELEGRAM, oldest());
    }
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    metrics.answers.inc({ status: reply.statusCode });
    const came = held.get(request);
    if (came !== undefined) {
      held.delete(request);
      metrics.answerSeconds.observe((Date.now() - came) / 1_000);
      if (reply.statusCode === LANDED) unlanded.taken(TELEGRAM, oldest());
      // Telegram has it, and sends it again.
      else if (reply.statusCode === REFUSED) unlanded.lost(TELEGRAM, false);
    }
    done();
  });
}
