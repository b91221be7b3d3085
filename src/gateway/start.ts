/** Configuration → a gateway that listens. */
import type { Logger } from 'pino';
import { SetupError, messageOf } from '../domain/errors.ts';
import { TELEGRAM } from '../domain/telegram/kinds.ts';
import type { Config } from '../wiring/config.ts';
import { type GatewayOverrides, openGateway } from '../wiring/gateway.ts';
import { activityLog } from '../wiring/log.ts';
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
  requestMs: 10_000,
});

/** Starts listening. Throws SetupError when there is no secret, no bot, no store that can be written, or no such address. */
export async function startGateway(
  config: Config,
  logger: Logger,
  overrides: GatewayOverrides & { readonly limits?: GatewayLimits } = {},
): Promise<RunningGateway> {
  const log = activityLog(logger);
  const secret = secretCheck(config.TELEGRAM_WEBHOOK_SECRET);
  const opened = await openGateway(config, log, overrides);
  const limits = overrides.limits ?? gatewayLimits(config);
  const gateway = createGateway({ ...opened, source: TELEGRAM, secret, log, limits });
  const stop = async (): Promise<void> => {
    await gateway.stop();
    await opened.announcer.close();
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
