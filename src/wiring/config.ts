/** The configuration: one schema over the environment; all faults are reported at once. Only mains pass process.env. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';
import { SetupError, messageOf } from '../domain/errors.ts';
import { DEFAULT_ALERT_BODY } from '../domain/alerts.ts';
import { LIVE_INTERVAL_MS } from '../domain/plans/live.ts';

/** The kinds of work a worker process may take, each with a task queue of its own. */
const WORKER_ROLES = ['workflows', 'etl', 'ingest', 'upkeep'] as const;
export type WorkerRole = (typeof WORKER_ROLES)[number];

const whole = (fallback: number, min = 1) => z.coerce.number().int().min(min).default(fallback);
const text = (fallback: string) => z.string().min(1).default(fallback);
const optional = z.string().min(1).optional();
/** `fetch` takes no address with credentials, and would quote them where it says so. */
const isPlainHttp = (address: string): boolean =>
  URL.canParse(address) && /^https?:$/.test(new URL(address).protocol) && new URL(address).username === '';

/** Every variable chatlake reads. A secret may be given as `<NAME>_FILE` instead: the path of a file that holds it. */
export const SCHEMA = z.object({
  CHATLAKE_TASK_QUEUE: text('chatlake').describe(
    'Temporal task queue of workflows and ETL activities; ingest runs on <queue>-ingest',
  ),
  TEMPORAL_ADDRESS: text('127.0.0.1:7233').describe('host:port of the Temporal frontend'),
  TEMPORAL_NAMESPACE: text('default').describe('Temporal namespace'),
  TEMPORAL_UI_URL: optional.describe('address of the Temporal UI, for links in what runs show'),
  S3_ENDPOINT: optional.describe('address of an S3-compatible store; file:///path for a local directory; absent: AWS'),
  S3_REGION: text('us-east-1').describe('region of the bucket'),
  S3_BUCKET: text('chatlake').describe('bucket that holds everything'),
  S3_ACCESS_KEY_ID: optional.describe('absent: the AWS SDK’s own chain (role, profile)'),
  S3_SECRET_ACCESS_KEY: optional,
  MONGODB_URI: text('mongodb://127.0.0.1:27017').describe('MongoDB connection string'),
  MONGODB_DATABASE: text('chatlake').describe('database of the documents and reports'),
  STOMP_URL: text('stomp://127.0.0.1:61613').describe(
    'broker addresses, comma separated: stomp://, stomp+ssl://, ws://, wss://',
  ),
  STOMP_LOGIN: text('chatlake'),
  STOMP_PASSCODE: optional,
  STOMP_DESTINATION: text('/queue/chatlake.desk.interactions').describe(
    'what is consumed: /queue/… or /topic/…; a bare name is refused',
  ),
  STOMP_CLIENT_ID: text('chatlake-desk').describe(
    'of a topic: durable identity; changing it leaves the backlog behind',
  ),
  STOMP_SUBSCRIPTION_NAME: text('chatlake-desk').describe(
    'of a topic: durable subscription name; changing it leaves the backlog behind',
  ),
  STOMP_SEND_DESTINATION: text('/topic/desk.interactions').describe('where chatlake send and the demo publish'),
  STOMP_SEND_LOGIN: optional.describe('login of chatlake send and the demo; absent: STOMP_LOGIN'),
  STOMP_SEND_PASSCODE: optional.describe('absent: STOMP_PASSCODE'),
  STOMP_PREFETCH: whole(4_000).describe('messages the broker may send ahead; at least twice the batch'),
  STOMP_PREFETCH_BYTES: whole(67_108_864).describe(
    'bytes of bodies that may wait here; beyond it the broker is let send fewer messages ahead',
  ),
  BROKER_NAME: text('desk').describe('prefix of transport ids: message ids are unique per broker'),
  BATCH_MAX_MESSAGES: whole(1_000).describe('messages of one raw object'),
  BATCH_MAX_BYTES: whole(8_388_608).describe('body bytes of one raw object'),
  BATCH_MAX_WAIT_MS: whole(200).describe('how long a batch may stay open, from its first message'),
  TELEGRAM_BOT_ID: optional.describe('numeric id of the bot; absent: the digits before the colon of its token'),
  TELEGRAM_BOT_TOKEN: optional.describe('token of the bot; needed to poll, to send and to administer, not to receive'),
  TELEGRAM_API_ROOT: text('https://api.telegram.org').describe('root of the Bot API'),
  TELEGRAM_WEBHOOK_SECRET: optional.describe('secret of the webhook; two, comma separated, while it is rotated'),
  TELEGRAM_WEBHOOK_URL: optional.describe('public https address of the gateway, without /telegram/<bot>'),
  TELEGRAM_MODE: z.enum(['webhook', 'polling', 'off']).default('off').describe('how updates of the bot are received'),
  TELEGRAM_CHATS: optional.describe('ids of the chats that are used, comma separated; absent: all'),
  TELEGRAM_TEXTS: z.enum(['on', 'off']).default('off').describe('whether free text is kept outside raw'),
  GATEWAY_HOST: text('127.0.0.1').describe('address the gateway listens on'),
  GATEWAY_PORT: whole(8088, 0).describe('port the gateway listens on; 0: a free one'),
  DASHBOARD_HOST: text('127.0.0.1').describe('address the pages are served at; anything but loopback needs users'),
  DASHBOARD_PORT: whole(8080, 0).describe('port of the pages; 0: a free one'),
  DASHBOARD_USERS: optional.describe('who may see the pages, a line each, made by: chatlake user NAME'),
  LAG_LIMIT_MS: whole(900_000).describe(
    'how long tables, documents, proof and reports may be behind the ledger before status, verify and health say so',
  ),
  LIVE_INTERVAL_MS: whole(LIVE_INTERVAL_MS, 100).describe(
    'least time between two live runs of a source under steady traffic',
  ),
  GATEWAY_BATCH_MAX_MESSAGES: whole(500).describe('updates of one raw object'),
  GATEWAY_BATCH_MAX_BYTES: whole(4_194_304).describe('body bytes of one raw object of updates'),
  GATEWAY_BATCH_MAX_WAIT_MS: whole(20).describe('how long an update may wait for others, from the first of its batch'),
  PSEUDONYM_KEY: optional.describe('64 hex digits; made by npm start, must never change for a lake'),
  ENGINE: z.enum(['duckdb', 'node']).default('duckdb').describe('what cleanses, dedupes and compresses'),
  ENGINE_MEMORY_MB: whole(640, 128).describe('memory limit of one DuckDB job'),
  ENGINE_THREADS: whole(2).describe('threads of one DuckDB job'),
  ETL_CHUNK_LINES: whole(250_000).describe('lines of one cleanse call'),
  WORK_DIR: text(join(homedir(), '.local', 'state', 'chatlake')).describe(
    'local copies and scratch, a folder of this user’s alone; may be lost at any time',
  ),
  IMPORT_DIR: text(join(homedir(), '.local', 'state', 'chatlake', 'imports')).describe(
    'where exports to be imported lie, for worker and command line alike',
  ),
  CACHE_MAX_MB: whole(2_048, 0).describe('room for local copies of content-addressed objects'),
  WORKER_ROLES: z
    .string()
    .default(WORKER_ROLES.join(','))
    .transform((list) => list.split(',').map((role) => role.trim()))
    .pipe(z.array(z.enum(WORKER_ROLES)).nonempty())
    .describe('which work this worker takes, comma separated; one process may take all'),
  WORKER_WORKFLOW_SLOTS: whole(20, 2).describe('workflow tasks at once'),
  WORKER_CACHED_WORKFLOWS: whole(200, 0).describe('workflows kept in memory between two tasks'),
  WORKER_QUICK_SLOTS: whole(8).describe('quick activities at once: looks and decisions'),
  WORKER_ETL_SLOTS: whole(4).describe('ETL activities at once; each may take ENGINE_MEMORY_MB'),
  WORKER_UPKEEP_SLOTS: whole(1).describe('activities of upkeep and imports at once'),
  WORKER_POLLERS: whole(4, 2).describe('requests for work that one queue keeps open, at most one per slot'),
  SHUTDOWN_GRACE_MS: whole(10_000).describe('how long running activities may go on once the process is asked to stop'),
  SHUTDOWN_FORCE_MS: whole(30_000).describe('after this long the process stops, whatever still runs'),
  METRICS_HOST: text('127.0.0.1').describe('private address of a process’s /metrics, /health and /live'),
  METRICS_PORT: whole(0, 0).describe('private port of a process’s /metrics, /health and /live; 0: none'),
  ALERT_WEBHOOK_URL: optional
    .refine(
      (address) => address === undefined || isPlainHttp(address),
      'it must be an http or https address without credentials',
    )
    .describe('where chatlake posts its own alerts; absent: they are logged and counted only'),
  ALERT_WEBHOOK_BODY: text(DEFAULT_ALERT_BODY).describe(
    'JSON to post, with {{alert}}, {{severity}}, {{thing}}, {{summary}}, {{runbook}}, {{at}}',
  ),
  RUNBOOK_URL: text('docs/runbook.md').describe('where the runbook is read; alerts carry its address'),
  OTEL_EXPORTER_OTLP_ENDPOINT: optional.describe(
    'OTLP/HTTP address of a collector, without /v1/traces; absent: no traces',
  ),
  OTEL_SERVICE_NAME: optional.describe('name of this process in traces; absent: chatlake-worker or chatlake-gateway'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('least level that is logged'),
});

/** The parsed schema, and every TEMPORAL_* variable as given: TLS, API key and headers are read by @temporalio/envconfig. */
export type Config = Readonly<z.infer<typeof SCHEMA>> & { readonly temporal: Readonly<Record<string, string>> };
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the environment. Throws SetupError naming every variable that is wrong, never its value. */
export function loadConfig(environment: Environment): Config {
  const faults: string[] = [];
  const given = Object.keys(SCHEMA.shape).map((name) => {
    const value = environment[name];
    if (value !== undefined && value !== '') return [name, value];
    try {
      return [name, fromFile(environment[`${name}_FILE`])];
    } catch (error) {
      faults.push(`${name}_FILE cannot be read: ${messageOf(error)}`);
      return [name, undefined];
    }
  });
  const parsed = SCHEMA.safeParse(Object.fromEntries(given));
  if (parsed.success && faults.length === 0) {
    const temporal = Object.fromEntries(
      Object.entries(environment).filter(
        (entry): entry is [string, string] =>
          entry[0].startsWith('TEMPORAL_') && entry[1] !== undefined && entry[1] !== '',
      ),
    );
    const { TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE } = { ...parsed.data, ...fromProfile(temporal) };
    return Object.freeze({
      ...parsed.data,
      TEMPORAL_ADDRESS,
      TEMPORAL_NAMESPACE,
      temporal: { ...temporal, TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE },
    });
  }
  faults.push(...(parsed.error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  throw new SetupError(`The configuration cannot be used: ${faults.join('; ')}`);
}

/** What a profile of Temporal's own tools names (a variable that is given wins over it); nothing where no profile is asked for. */
function fromProfile(
  temporal: Readonly<Record<string, string>>,
): Partial<Record<'TEMPORAL_ADDRESS' | 'TEMPORAL_NAMESPACE', string>> {
  if (temporal['TEMPORAL_PROFILE'] === undefined && temporal['TEMPORAL_CONFIG_FILE'] === undefined) return {};
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: { ...temporal } });
    return {
      ...(connectionOptions.address === undefined ? {} : { TEMPORAL_ADDRESS: connectionOptions.address }),
      ...(namespace === undefined ? {} : { TEMPORAL_NAMESPACE: namespace }),
    };
  } catch (error) {
    throw new SetupError(
      `The profile of Temporal cannot be read: ${messageOf(error)}; check TEMPORAL_PROFILE and TEMPORAL_CONFIG_FILE.`,
    );
  }
}

const fromFile = (path: string | undefined): string | undefined =>
  path === undefined || path === '' ? undefined : readFileSync(path, 'utf8').trim();
