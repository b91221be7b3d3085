/** A broker and a bot that are watched: who is connected, how old what is in hand is, how long until it is acknowledged. */
import { SetupError } from '../../domain/errors.ts';
import type { Source } from '../../domain/formats/layout.ts';
import { TELEGRAM } from '../../domain/sources/telegram/kinds.ts';
import type { Broker, NextBatch, Subscription, SubscriptionOptions } from '../../adapters/broker/broker.ts';
import type { BotApi, Update } from '../../adapters/telegram/bot-api.ts';
import type { Metrics } from './definitions.ts';
import type { Unlanded } from './unlanded.ts';

type Batch = Extract<NextBatch, { kind: 'batch' }>;

export interface Watched {
  readonly metrics: Metrics;
  readonly unlanded: Unlanded;
  readonly now: () => number;
}

/** The same broker; `sourceOf` says whose messages a subscription brings. */
export const observedBroker = (
  broker: Broker,
  watched: Watched,
  sourceOf: (options: SubscriptionOptions) => Source,
): Broker => ({
  async subscribe(options) {
    const source = sourceOf(options);
    const { metrics, unlanded } = watched;
    try {
      const subscription = await broker.subscribe(options);
      metrics.dials.inc({ source, outcome: 'ok' });
      metrics.brokerConnected.set({ source }, 1);
      unlanded.taken(source);
      return observedSubscription(subscription, source, watched);
    } catch (error) {
      const setup = error instanceof SetupError;
      metrics.dials.inc({ source, outcome: setup ? 'setup' : 'transient' });
      metrics.brokerConnected.set({ source }, 0);
      unlanded.lost(source, setup);
      throw error;
    }
  },
});

function observedSubscription(
  subscription: Subscription,
  source: Source,
  { metrics, unlanded, now }: Watched,
): Subscription {
  let inHand: { readonly batch: Batch; readonly takenMs: number } | undefined;
  let over = false;
  const end = (note: () => void): void => {
    if (over) return;
    over = true;
    metrics.brokerConnected.set({ source }, 0);
    note();
  };
  return {
    async next(limits, idleMs, signal) {
      const next = await subscription.next(limits, idleMs, signal);
      if (next.kind === 'batch') {
        inHand = { batch: next, takenMs: now() };
        metrics.received.inc({ source }, next.deliveries.length);
        unlanded.taken(source, sentAt(next) ?? now());
      } else if (next.kind === 'idle') {
        if (!over) unlanded.taken(source);
      } else if (next.kind === 'closed') end(() => unlanded.lost(source, false));
      else {
        metrics.stolen.inc({ source });
        end(() => unlanded.stolen(source));
      }
      return next;
    },
    async acknowledge(batch) {
      const acknowledged = await subscription.acknowledge(batch);
      if (inHand?.batch === batch) {
        if (acknowledged) metrics.acknowledge.observe({ source }, (now() - inHand.takenMs) / 1_000);
        inHand = undefined;
        if (!over) unlanded.taken(source);
      }
      return acknowledged;
    },
    get open() {
      return subscription.open;
    },
    isNarrowed: subscription.isNarrowed,
    close() {
      // With a batch in hand it is a fault that closes; without, the consumer was paused or moves elsewhere.
      end(() => (inHand === undefined ? unlanded.left(source) : unlanded.lost(source, false)));
      return subscription.close();
    },
  };
}

/** When the broker got the first message of a batch, milliseconds since the epoch. */
function sentAt({ deliveries }: Batch): number | undefined {
  const timestamp = Number(deliveries[0]?.headers['timestamp']);
  return timestamp > 0 ? timestamp : undefined;
}

/** The same bot; updates are in hand until the request that confirms them. */
export const observedBot = (api: BotApi, { metrics, unlanded }: Watched): BotApi => ({
  ...api,
  async getUpdates(request, signal) {
    if (request.offset !== undefined) unlanded.taken(TELEGRAM);
    try {
      const answer = await api.getUpdates(request, signal);
      if (answer.kind !== 'updates') unlanded.left(TELEGRAM);
      else {
        metrics.received.inc({ source: TELEGRAM }, answer.updates.length);
        unlanded.taken(TELEGRAM, answer.updates.length === 0 ? undefined : oldestOf(answer.updates));
      }
      return answer;
    } catch (error) {
      if (signal.aborted) unlanded.left(TELEGRAM);
      else unlanded.lost(TELEGRAM, error instanceof SetupError);
      throw error;
    }
  },
});

/** An update is as old as the newest date in it: an edit carries its message's date, too. */
function oldestOf(updates: readonly Update[]): number | undefined {
  const dates = updates.flatMap(({ body }) => {
    const found = [
      ...Buffer.from(body)
        .toString('latin1')
        .matchAll(/"(?:edit_)?date":(\d{9,10})\b/g),
    ];
    return found.length === 0 ? [] : [Math.max(...found.map((match) => Number(match[1])))];
  });
  return dates.length === 0 ? undefined : Math.min(...dates) * 1_000;
}
