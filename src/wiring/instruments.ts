/** What a process is watched with: metrics, health, alerts, traces. The ports are handed to the steps already watched. */
import { Registry, collectDefaultMetrics } from 'prom-client';
import type { SubscriptionConfig } from '../activities/ports.ts';
import type { Log } from '../observe/events.ts';
import type { Alerter } from '../observe/alert/alerter.ts';
import { createAlertWebhook } from '../observe/alert/webhook.ts';
import type { Broker } from '../adapters/broker/broker.ts';
import type { DocumentStore } from '../adapters/documents/document-store.ts';
import { type Metrics, defineMetrics } from '../observe/metrics/definitions.ts';
import { observedBot, observedBroker } from '../observe/metrics/observed-broker.ts';
import { observedLog } from '../observe/metrics/observed-log.ts';
import { observedDocuments, observedStore } from '../observe/metrics/observed-store.ts';
import { type Unlanded, createUnlanded } from '../observe/metrics/unlanded.ts';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import { withClockCheck } from '../adapters/object-store/clock.ts';
import { probeStore } from '../adapters/object-store/probe.ts';
import type { BotApi } from '../adapters/telegram/bot-api.ts';
import { NO_TRACER, type Tracer } from '../observe/trace/tracer.ts';
import type { Config } from './config.ts';
import { type Health, type Parts, createHealth } from './health.ts';
import { CHATLAKE_VERSION } from './version.ts';

export interface Instruments {
  readonly metrics: Metrics;
  readonly unlanded: Unlanded;
  readonly alerter: Alerter;
  readonly tracer: Tracer;
  /** The same log, counted. */
  readonly log: Log;
  readonly store: (store: ObjectStore) => ObjectStore;
  readonly documents: <T extends DocumentStore>(documents: T) => T;
  readonly broker: (broker: Broker, subscriptions: readonly SubscriptionConfig[]) => Broker;
  readonly bot: (api: BotApi) => BotApi;
  /** Of the last store that was watched. */
  readonly health: () => Health;
  /** Has health tell of these, too; they keep no traffic away. */
  readonly tell: (beside: () => Parts) => void;
  /** Everything in Prometheus' text format; ages as of now. */
  readonly scrape: () => Promise<string>;
  /** Sends the alerts and traces that are still here. */
  readonly close: () => Promise<void>;
}

/** Opens them. `service` is the process's name in traces. Nothing of OpenTelemetry is loaded unless a collector is configured. */
export async function openInstruments(config: Config, log: Log, service: string): Promise<Instruments> {
  const now = Date.now;
  const registry = new Registry();
  const metrics = defineMetrics(registry);
  metrics.build.set({ version: CHATLAKE_VERSION }, 1);
  if (config.METRICS_PORT !== 0) collectDefaultMetrics({ register: registry });
  const tracer = await openTracer(config, service);
  const alerter = createAlertWebhook({
    ...(config.ALERT_WEBHOOK_URL === undefined ? {} : { url: config.ALERT_WEBHOOK_URL }),
    template: config.ALERT_WEBHOOK_BODY,
    runbook: config.RUNBOOK_URL,
    log,
    raised: (alert) => metrics.alerts.inc({ alert }),
    now,
  });
  const red = (part: string): void =>
    alerter.raise({ name: 'CannotAcknowledge', thing: part, summary: redSentence(part) });
  const unlanded = createUnlanded(now, red);
  const writes = { landed: () => health?.landed(), failed: (error: unknown) => health?.failed(error) };
  let health: Health | undefined;
  let beside = (): Parts => ({});

  const healthOf = (store: ObjectStore): Health =>
    createHealth({
      probe: () => probeStore(store),
      now,
      others: () => intakeLights(unlanded),
      beside: () => beside(),
      onRed: () => red('store'),
    });
  return {
    metrics,
    unlanded,
    alerter,
    tracer,
    log: observedLog(log, metrics),
    store(store) {
      health = healthOf(store);
      return observedStore(withClockCheck(store), metrics, writes);
    },
    documents: (documents) => observedDocuments(documents, metrics),
    broker: (broker, subscriptions) =>
      observedBroker(
        broker,
        { metrics, unlanded, now },
        (options) => subscriptions.find((own) => own.options === options)?.source ?? 'unknown',
      ),
    bot: (api) => observedBot(api, { metrics, unlanded, now }),
    health: () => (health ??= createHealth({ probe: () => Promise.resolve(), now })),
    tell: (parts) => void (beside = parts),
    scrape: async () => {
      await setAges(metrics, unlanded, now());
      metrics.acknowledging.set(health === undefined || health.report().serving ? 1 : 0);
      return registry.metrics();
    },
    async close() {
      await Promise.all([alerter.close(), tracer.close()]);
    },
  };
}

async function openTracer(config: Config, service: string): Promise<Tracer> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SERVICE_NAME: name = service } = config;
  if (endpoint === undefined) return NO_TRACER;
  const { createOpenTelemetry } = await import('../observe/trace/open-telemetry.ts');
  return createOpenTelemetry({ endpoint, service: name, version: CHATLAKE_VERSION });
}

const redSentence = (part: string): string =>
  `Nothing can be acknowledged: ${part === 'store' ? 'the object store refuses writes' : `the intake of ${part} is refused or taken by another consumer`}; ` +
  'whoever sent the messages keeps them; the log says what to mend.';

/** A subscription that is being dialled is yellow; one that an operator has to mend, or that another consumer took, is red. */
function intakeLights(unlanded: Unlanded): Parts {
  const lights: Record<string, Parts[string]> = {};
  for (const source of unlanded.sources()) {
    const intake = unlanded.intake(source);
    if (intake === undefined) continue;
    const { state, setup, sinceMs } = intake;
    const light = state === 'connected' ? 'green' : state === 'stolen' || setup ? 'red' : 'yellow';
    lights[source] = { light, sinceMs };
  }
  return lights;
}

/** Ages are computed when they are asked for; a source of which nothing is known has none. */
async function setAges(metrics: Metrics, unlanded: Unlanded, nowMs: number): Promise<void> {
  metrics.unlandedAge.reset();
  for (const source of unlanded.sources()) {
    const age = unlanded.ageSeconds(source);
    if (age !== undefined) metrics.unlandedAge.set({ source }, age);
  }
  for (const { labels, value } of (await metrics.newestPublished.gauge.get()).values)
    metrics.publishedAge.set(labels, Math.max(0, nowMs / 1_000 - value));
}
