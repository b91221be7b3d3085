/** Every metric of chatlake: its name with its unit, its help, its labels. Labels are closed lists or sources, never people. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const STEP_SECONDS = [0.01, 0.05, 0.25, 1, 2.5, 5, 15, 60, 300, 1_800];
const REQUEST_SECONDS = [0.002, 0.01, 0.05, 0.25, 1, 5, 30];

/** A gauge that only rises: late repetitions and older windows say less than what is known. */
function rising<L extends string>(gauge: Gauge<L>) {
  const highest = new Map<string, number>();
  return {
    gauge,
    raise(labels: Record<L, string>, value: number): void {
      const key = Object.values(labels).join(' ');
      if (value <= (highest.get(key) ?? -Infinity)) return;
      highest.set(key, value);
      gauge.set(labels, value);
    },
  };
}

/** Makes them in a registry. */
export function defineMetrics(registry: Registry) {
  const make = makersIn(registry);
  return { ...workMetrics(make), ...partMetrics(make), ...healthMetrics(make) };
}

export type Metrics = ReturnType<typeof defineMetrics>;
type Makers = ReturnType<typeof makersIn>;

function makersIn(registry: Registry) {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]): Counter<L> =>
    new Counter({ name: `chatlake_${name}`, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, ...labelNames: L[]): Gauge<L> =>
    new Gauge({ name: `chatlake_${name}`, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, buckets: number[], ...labelNames: L[]) =>
    new Histogram({ name: `chatlake_${name}`, help, labelNames, buckets, registers });
  return { counter, gauge, histogram };
}

/** What was received, and what became of it. */
const workMetrics = ({ counter, gauge, histogram }: Makers) => ({
  received: counter('messages_received_total', 'Messages that reached this process, landed or not', 'source'),
  landed: counter('messages_landed_total', 'Messages whose raw object is durable', 'source'),
  rawBytes: counter('raw_bytes_total', 'Bytes of raw objects, compressed', 'source'),
  rawObjects: counter('raw_objects_total', 'Raw objects written', 'source'),
  published: counter('windows_published_total', 'Seals published: entries put into the ledger', 'source'),
  verdicts: counter('verdicts_total', 'Messages by verdict, as published', 'source', 'verdict'),
  quarantined: counter('quarantined_total', 'Quarantined messages by reason, as published', 'source', 'reason'),
  steps: histogram(
    'step_duration_seconds',
    'Time of a step (an activity), by what came of it',
    STEP_SECONDS,
    'step',
    'outcome',
  ),
  ledgerVersion: rising(
    gauge(
      'ledger_version',
      'Ledger version as this process last saw it: the head, and how far tables, documents and verification are',
      'source',
      'reached',
    ),
  ),
  pending: gauge('windows_pending', 'Windows with pending work, as the last look at the store found them', 'source'),
  parked: gauge('windows_parked', 'Windows that wait for a person, as the last look found them', 'source'),
});

/** What the parts around a process answered, and what it answered them. */
const partMetrics = ({ counter, gauge, histogram }: Makers) => ({
  storeRequests: counter('store_requests_total', 'Requests to the object store by outcome', 'operation', 'outcome'),
  storeSeconds: histogram('store_request_duration_seconds', 'Time of store requests', REQUEST_SECONDS, 'operation'),
  documentsErrors: counter('documents_errors_total', 'Failed requests to the document store by kind of fault', 'kind'),
  brokerConnected: gauge('broker_connected', '1 while this process holds the subscription of a source', 'source'),
  dials: counter('broker_dials_total', 'Attempts to subscribe at the broker by outcome', 'source', 'outcome'),
  stolen: counter('broker_stolen_total', 'Times another consumer took the subscription', 'source'),
  acknowledge: histogram(
    'acknowledge_delay_seconds',
    'From a batch taken to its acknowledgement confirmed by the broker',
    REQUEST_SECONDS,
    'source',
  ),
  answers: counter('gateway_answers_total', 'Answers of the gateway by HTTP status', 'status'),
  answerSeconds: histogram('gateway_answer_duration_seconds', 'Time to answer an update', REQUEST_SECONDS),
});

/** How late a process is, and how well. */
const healthMetrics = ({ counter, gauge }: Makers) => ({
  unlandedAge: gauge(
    'unlanded_age_seconds',
    'Age, by its sender’s time, of the oldest message not yet landed that this process knows of',
    'source',
  ),
  newestLanded: rising(gauge('newest_landed_timestamp_seconds', 'Receipt of the newest landed message', 'source')),
  newestPublished: rising(
    gauge('newest_published_timestamp_seconds', 'Receipt of the newest published message', 'source'),
  ),
  publishedAge: gauge(
    'published_age_seconds',
    'Now minus the receipt of the newest published message; grows in quiet times, too',
    'source',
  ),
  updatesWaiting: gauge('telegram_updates_waiting', 'Updates that Telegram has not been able to deliver'),
  alerts: counter('alerts_raised_total', 'Alerts raised by this process', 'alert'),
  acknowledging: gauge('can_acknowledge', '1 while this process can make messages durable and acknowledge them'),
  build: gauge('build_info', 'Always 1; its label is the version that runs', 'version'),
});
