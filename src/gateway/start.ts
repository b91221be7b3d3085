/** Configuration → a gateway that listens. */
import type { Logger } from 'pino';
import { SetupError, messageOf } from '../domain/errors.ts';
import { TELEGRAM } from '../domain/sources/telegram/kinds.ts';
import type { Config } from '../wiring/config.ts';
import { type GatewayOverrides, openGateway } from '../wiring/gateway.ts';
import { type Instruments, openInstruments } from '../wiring/instruments.ts';
import { activityLog } from '../wiring/log.ts';
import { serveMetrics } from '../wiring/metrics-server.ts';
import { type GatewayLimits, createGateway } from './gateway.ts';
import { secretCheck } from './secrets.ts';

const MB = 1_048_576;

export interface RunningGateway {
  /** `http://<host>:<port>`, without a slash at its end. */
  readonly url: string;
  /** Stops accepting, answers what is held, and sends what is still to be announced. */
  stop(): Promise<void>;
}

/** The limits of a configuration. Telegram opens up to 100 connections, one update each; what is far above that is not Telegram. */
export const gatewayLimits = (config: Config): GatewayLimits => ({
  batch: {
    maxMessages: config.GATEWAY_BATCH_MAX_MESSAGES,
    maxBytes: config.GATEWAY_BATCH_MAX_BYTES,
    maxWaitMs: config.GATEWAY_BATCH_MAX_WAIT_MS,
    maxWrites: 4,
    answerMs: 10_000,
  },
  room: { maxRequests: 10_000, maxBytes: 64 * MB },
  maxBodyBytes: MB,
  maxConnections: 2_000,
  // Telegram comes with up to 100, through a proxy with all of them from one address.
  strangers: { perAddress: 400, inAll: 1_000 },
  requestMs: 10_000,
});

/** Starts listening. Throws SetupError when there is no secret, no bot, no store that can be written, or no such address. */
export async function startGateway(
  config: Config,
  logger: Logger,
  overrides: GatewayOverrides & { readonly limits?: GatewayLimits; readonly instruments?: Instruments } = {},
): Promise<RunningGateway> {
  const secret = secretCheck(config.TELEGRAM_WEBHOOK_SECRET);
  const instruments = overrides.instruments ?? (await openInstruments(config, activityLog(logger), 'chatlake-gateway'));
  const { log, tracer } = instruments;
  const opened = await openGateway(config, instruments, overrides);
  const health = instruments.health();
  const limits = overrides.limits ?? gatewayLimits(config);
  const gateway = createGateway({
    ...opened,
    source: TELEGRAM,
    secret,
    log,
    health,
    tracer,
    watched: instruments,
    limits,
  });
  const own = overrides.instruments === undefined;
  // In a process with others, one port tells of all.
  const watching = own ? await serveMetrics(config, gateway.told) : undefined;
  const stop = async (): Promise<void> => {
    await gateway.stop();
    await watching?.close();
    await opened.announcer.close();
    if (own) await instruments.close();
  };
  try {
    return { url: await gateway.listen(config.GATEWAY_HOST, config.GATEWAY_PORT), stop };
  } catch (error) {
    await stop();
    throw new SetupError(
      `The gateway cannot listen at ${config.GATEWAY_HOST}:${config.GATEWAY_PORT}: ${messageOf(error)}; set GATEWAY_HOST and GATEWAY_PORT.`,
      { cause: error },
    );
  }
}
