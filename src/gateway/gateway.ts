/** The gateway: HTTP in front of raw. Routes, limits and time-outs; everything it needs is handed to it. */
import { type FastifyInstance, fastify } from 'fastify';
import type { Log } from '../observe/events.ts';
import { messageOf } from '../domain/errors.ts';
import { type BatcherLimits, type BatcherParts, createBatcher } from './batcher.ts';
import { refuse } from './refuse.ts';
import { type RoomLimits, createRoom } from './room.ts';
import type { Told } from '../wiring/metrics-server.ts';
import type { SecretCheck } from './secrets.ts';
import { type Watched, watchGateway } from './watch.ts';
import { type StrangerLimits, capStrangers } from './strangers.ts';
import { WEBHOOK_ROUTE, addWebhook } from './webhook.ts';

export interface GatewayLimits {
  readonly batch: BatcherLimits;
  readonly room: RoomLimits;
  readonly maxBodyBytes: number;
  readonly maxConnections: number;
  /** Of those that have not shown the secret. */
  readonly strangers: StrangerLimits;
  /** From a request's first byte to its last; its headers get half of it. */
  readonly requestMs: number;
}

export interface GatewayParts extends BatcherParts {
  readonly bot: string;
  readonly secret: SecretCheck;
  readonly watched: Watched;
  readonly limits: GatewayLimits;
}

export interface Gateway {
  /** For its private port. */
  readonly told: Told;
  /** Listens; returns the address. Port 0 takes a free one. */
  listen(host: string, port: number): Promise<string>;
  /** Stops accepting, and resolves when every request it held is answered; senders that are still slow then are cut off. */
  stop(): Promise<void>;
}

/** How often slow connections are looked for; Node's own 30 s would let them live that much longer. */
const CHECK_EVERY_MS = 1_000;
/** Above the idle time of the usual load balancers, so that it is they who close. */
const KEEP_ALIVE_MS = 72_000;
/**
 * Connections that may wait to be accepted; Linux takes up to somaxconn (4096) of them. Where Node's 511 are full, for a rush of strangers
 * came while the process was busy, whoever knocks then waits beyond that until TCP tries again, in pauses that double from a second.
 */
const BACKLOG = 4_096;

export function createGateway(parts: GatewayParts): Gateway {
  const { limits, log, health } = parts;
  const room = createRoom(limits.room);
  const app = server(limits, log);
  const batcher = createBatcher(parts, limits.batch);
  addWebhook(app, { ...parts, room, batcher, maxBodyBytes: limits.maxBodyBytes });
  watchGateway(app, parts.watched);
  return {
    told: {
      scrape: parts.watched.scrape,
      health: () => ({ report: () => ({ ...health.report(), waiting: room.held() }) }),
    },
    listen: (host, port) => app.listen({ host, port, backlog: BACKLOG }),
    async stop() {
      batcher.hurry();
      // Once it closes, Node cuts slow senders no more. By this time whoever can be answered has been.
      const cut = setTimeout(() => app.server.closeAllConnections(), limits.requestMs + limits.batch.answerMs);
      await app.close();
      clearTimeout(cut);
    },
  };
}

/** Fastify without its logger, which would log addresses, and with nothing that reads a body before a route asks for it. */
function server(limits: GatewayLimits, log: Log): FastifyInstance {
  const app = fastify({
    http: { headersTimeout: limits.requestMs / 2, connectionsCheckingInterval: CHECK_EVERY_MS },
    requestTimeout: limits.requestMs,
    connectionTimeout: limits.requestMs + limits.batch.answerMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    exposeHeadRoutes: false,
    // Its own answer would repeat the path.
    frameworkErrors: (_error, _request, reply) => void refuse(reply, 400, 'The request cannot be understood.'),
  });
  app.server.maxConnections = limits.maxConnections;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.setNotFoundHandler((_, reply) => refuse(reply, 404, 'There is nothing here.'));
  app.setErrorHandler((error, _, reply) => {
    log.warn('request.failed', { reason: messageOf(error) });
    return refuse(reply, 500, 'The request failed; send it again.');
  });
  // Left open, a connection in use at the stop would hold it up until the keep-alive ends.
  let stopping = false;
  app.addHook('preClose', (done) => {
    stopping = true;
    done();
  });
  const strangers = capStrangers(app.server, limits.strangers);
  app.addHook('preHandler', (request, _reply, done) => {
    // Only what passed the check of the secret comes as far as this.
    if (request.routeOptions.url === WEBHOOK_ROUTE) strangers.know(request.raw.socket);
    done();
  });
  // Whoever has not shown the secret gets one answer per connection: kept open, they would shut out those who have.
  app.addHook('onSend', (request, reply, _payload, done) => {
    const isUpdate = request.routeOptions.url === WEBHOOK_ROUTE;
    const known = isUpdate && (reply.statusCode === 200 || reply.statusCode === 503);
    if (stopping || !known) reply.header('connection', 'close');
    done();
  });
  return app;
}
