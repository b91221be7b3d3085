/** The server of the pages: figures, operations, a message's way, and the page itself. It reads the lake and writes nothing. */
import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify';
import type { Logger } from 'pino';
import { SetupError, messageOf } from '../domain/errors.ts';
import { NoSuchLine } from '../inspect/explain.ts';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import { text } from '../domain/text.ts';
import { ZONE } from '../domain/kpi/figures/lake.ts';
import type { Config } from '../wiring/config.ts';
import type { Log } from '../observe/events.ts';
import { type DashboardPorts, openDashboard } from '../wiring/dashboard.ts';
import { activityLog } from '../wiring/log.ts';
import { CHATLAKE_VERSION } from '../wiring/version.ts';
import type { Operations, State } from './api.ts';
import { addEvents } from './events.ts';
import { addFigures } from './figures.ts';
import { type Fault, HEADERS, addGuard, openSessions, refuse, tokenOf } from './guard.ts';
import { type LakeOfPages, openLakeOfPages } from './lake.ts';
import { messageWay } from './message.ts';
import { operations } from './operations.ts';
import { PAGE_FOLDER, addPage } from './static.ts';
import type { Sessions } from './users.ts';

export interface RunningDashboard {
  /** `http://<host>:<port>`, without a slash at its end. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface DashboardOverrides {
  readonly store?: ObjectStore;
  readonly pageFolder?: string;
  /** How often the ledgers are looked at while a page is open. */
  readonly everyMs?: number;
}

const EVERY_MS = 2_000;
const MOST_BODY_BYTES = 16_384;
const REQUEST_MS = 60_000;
/** What operators look at is read from store and Temporal, some requests each; pages that ask at once share an answer. */
const OPERATIONS_MS = 3_000;
const LONGEST_ID = 512;
const UNREADABLE: Fault = [400, text('The request cannot be read.', 'O pedido não pode ser lido.')];

/** Starts listening. Throws SetupError where others reach the address and nobody can log in, the lake cannot be read, or the address is taken. */
export async function startDashboard(
  config: Config,
  logger: Logger,
  { store, pageFolder = PAGE_FOLDER, everyMs = EVERY_MS }: DashboardOverrides = {},
): Promise<RunningDashboard> {
  const { DASHBOARD_HOST: host, DASHBOARD_PORT: port } = config;
  const sessions = openSessions(host, config.DASHBOARD_USERS);
  const log = activityLog(logger);
  const { ports, lake, close } = await openParts(config, log, everyMs, store);
  try {
    const app = fastify({
      bodyLimit: MOST_BODY_BYTES,
      requestTimeout: REQUEST_MS,
      forceCloseConnections: true,
      // An address that cannot be read meets no hook, and the framework's own answer would repeat it.
      frameworkErrors: (_error, _request, reply) => void refuse(reply.headers(HEADERS), UNREADABLE),
    });
    app.setErrorHandler((error, _request, reply) => {
      if (error instanceof NoSuchLine)
        return refuse(reply, [404, text('This object has no such line.', 'Este objeto não tem essa linha.')]);
      const { statusCode = 500 } = error as { readonly statusCode?: number };
      if (statusCode < 500) return refuse(reply, [statusCode, UNREADABLE[1]]);
      log.warn('page.failed', { reason: messageOf(error) });
      return refuse(reply, [
        500,
        text(
          'This could not be read just now; the log of the pages says why. Try again.',
          'Não foi possível ler agora; o log das páginas diz por quê. Tente de novo.',
        ),
      ]);
    });
    addGuard(app, host, sessions);
    addFigures(app, lake);
    const events = addAnswers(app, { config, ports, lake, sessions });
    await addPage(app, pageFolder);
    const url = await app.listen({ host, port }).catch((error: unknown) => {
      throw new SetupError(
        `The pages cannot be served at ${host}:${port}: ${messageOf(error)}; set DASHBOARD_HOST and DASHBOARD_PORT.`,
        { cause: error },
      );
    });
    return {
      url,
      async stop() {
        events.close();
        await app.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Opens readers and the first snapshot; closed together, for a snapshot is a file of the lake's rows. */
async function openParts(config: Config, log: Log, everyMs: number, store?: ObjectStore) {
  const { ports, close } = await openDashboard(config, store);
  try {
    const lake = await openLakeOfPages(ports, log, { everyMs });
    return { ports, lake, close: () => lake.close().finally(close) };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Parts {
  readonly config: Config;
  readonly ports: DashboardPorts;
  readonly lake: LakeOfPages;
  readonly sessions: Sessions | undefined;
}

/** Everything that is not a figure. */
function addAnswers(app: FastifyInstance, { config, ports, lake, sessions }: Parts): { close(): void } {
  const stateOf = (cookie: string | undefined): State => ({
    ...lake.state(),
    zone: ZONE,
    login: { needed: sessions !== undefined, user: sessions?.userOf(tokenOf(cookie)) ?? null },
    chatlakeVersion: CHATLAKE_VERSION,
  });
  app.get('/api/state', async (request: FastifyRequest) => {
    await lake.touch();
    return stateOf(request.headers.cookie);
  });
  let known: { readonly at: number; readonly state: string; readonly answer: Promise<Operations> } | undefined;
  app.get('/api/operations', async () => {
    await lake.touch();
    const state = lake.state().id;
    // Who was just told of newer data is not answered by what was before.
    if (known?.state !== state || Date.now() - known.at > OPERATIONS_MS)
      known = { at: Date.now(), state, answer: operations(config, ports, lake) };
    return known.answer;
  });
  app.get<{ Querystring: { id?: unknown } }>('/api/message', async ({ query: { id } }, reply) => {
    if (typeof id !== 'string' || id === '' || id.length > LONGEST_ID)
      return refuse(reply, [
        400,
        text(
          'Give the id of a message, such as desk:ID:host-1:1:1:7.',
          'Informe o identificador de uma mensagem, como desk:ID:host-1:1:1:7.',
        ),
      ]);
    return messageWay(config, ports, id);
  });
  app.get('/live', (_request, reply) => reply.code(204).send());
  let unwatch: (() => void) | undefined;
  const events = addEvents(app, stateOf, (isOpen) => {
    unwatch?.();
    unwatch = isOpen ? lake.onChange(() => events.tell()) : undefined;
  });
  return events;
}
