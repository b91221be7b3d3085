/** What the gateway needs: the store, the announcer, and whose updates it takes. No broker, no MongoDB, no pseudonym key. */
import type { Announcer } from '../adapters/announce/announcer.ts';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import { probeStore } from '../adapters/object-store/probe.ts';
import { createRetryingStore } from '../adapters/object-store/retrying.ts';
import { SetupError } from '../domain/errors.ts';
import type { Config } from './config.ts';
import type { Instruments } from './instruments.ts';
import { openStore } from './store.ts';
import { openAnnouncer } from './temporal.ts';
import { botIdOf } from './telegram.ts';

/** Telegram hangs up after a minute; a request that hangs must not hold one of the few writes for as long. */
const STORE_REQUEST_MS = 5_000;

export interface GatewayOpened {
  readonly bot: string;
  readonly store: ObjectStore;
  readonly announcer: Announcer;
  readonly now: () => number;
}

export type GatewayOverrides = Partial<Pick<GatewayOpened, 'store' | 'announcer' | 'now'>>;

/** Opens what the gateway needs. Throws SetupError unless the store honours conditional puts and the bot is named; Temporal need not be there. */
export async function openGateway(
  config: Config,
  instruments: Instruments,
  overrides: GatewayOverrides = {},
): Promise<GatewayOpened> {
  const bot = botIdOf(config);
  if (bot === undefined)
    throw new SetupError(
      'TELEGRAM_BOT_ID must be the numeric id of the bot (the digits before the colon of its token): the gateway takes the updates of that bot at /telegram/<id> and of no other.',
    );
  const store = createRetryingStore(instruments.store(overrides.store ?? openStore(config, STORE_REQUEST_MS)));
  await probeStore(store);
  return {
    bot,
    store,
    announcer: overrides.announcer ?? openAnnouncer(config, instruments.log, instruments.tracer),
    now: overrides.now ?? Date.now,
  };
}
