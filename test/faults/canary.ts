/** People who do not exist write through every door; then everything a lake keeps, shows, counts or logs is searched for them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { pino } from 'pino';
import { startGateway } from '../../src/gateway/start.ts';
import { readLedger } from '../../src/lake/ledger.ts';
import { verifiedVersions } from '../../src/lake/verified.ts';
import { freePort } from '../../src/wiring/metrics-server.ts';
import { openPublisher } from '../../src/wiring/ports.ts';
import { type Lake, openLake, untilSubscribed } from '../support/lake.ts';
import { until } from '../support/until.ts';
import { deskMessages, exportOf, updates } from './canary-doors.ts';
import { type Canary, canary, finder } from './canary-people.ts';
import { type Found, inFolder, inHistories, inMongo, inStore, onTerminal } from './canary-search.ts';

const BOT = '1000000007';
const SECRET = 'a-secret_of-the-canaries';
/** Messages that are explained; each asks anew. */
const ASKED = 10;

export interface CanaryFigures {
  readonly people: number;
  readonly spellings: number;
  readonly messages: number;
  /** Kinds of data of people that raw holds: the search finds what there is. */
  readonly inRaw: number;
  readonly searched: number;
  readonly bytes: number;
  /** `place: datum of whom`, outside raw. */
  readonly leaks: readonly string[];
  readonly seconds: number;
}

/** Plants `count` people and searches for them. */
export async function plantCanaries(count: number): Promise<CanaryFigures> {
  const started = Date.now();
  const people = Array.from({ length: count }, (_, n) => canary(n));
  const logged: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      logged.push(chunk.toString());
      done();
    },
  });
  const logger = pino({ level: 'debug' }, sink);
  const dir = mkdtempSync(join(tmpdir(), 'chatlake-planted-'));
  const ports = { worker: await freePort(), gateway: await freePort() };
  const lake = await openLake({
    ...{
      TELEGRAM_BOT_ID: BOT,
      TELEGRAM_WEBHOOK_SECRET: SECRET,
      TELEGRAM_TEXTS: 'off',
      GATEWAY_PORT: '0',
      IMPORT_DIR: dir,
    },
    ...{ METRICS_PORT: String(ports.worker), LIVE_INTERVAL_MS: '1000', ALERT_WEBHOOK_URL: 'http://127.0.0.1:9/alerts' },
  });
  const gateway = await startGateway({ ...lake.config, METRICS_PORT: ports.gateway }, logger);
  try {
    await lake.startWorker({ consume: true, live: true, logger });
    await untilSubscribed(lake);
    const messages = await plant(lake, gateway.url, people, dir);
    const ids = await settled(lake, messages);
    const search = finder(people);
    const places = seen(lake, { dir, ids, metrics: Object.values(ports) });
    const figures = { searched: 0, bytes: 0, inRaw: new Set<string>(), leaks: new Set<string>() };
    for await (const { place, text } of places) {
      figures.searched += 1;
      figures.bytes += text.length;
      for (const who of search.find(text))
        if (place.startsWith('raw/')) figures.inRaw.add(who);
        else figures.leaks.add(`${place}: ${who}`);
    }
    for (const who of search.find(logged.join(''))) figures.leaks.add(`logs: ${who}`);
    return {
      ...{ people: count, spellings: search.ways, messages: messages.desk + messages.telegram },
      ...{ searched: figures.searched, bytes: figures.bytes, inRaw: figures.inRaw.size, leaks: [...figures.leaks] },
      seconds: Math.round((Date.now() - started) / 1_000),
    };
  } finally {
    await gateway.stop();
    await lake.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

type Planted = Readonly<Record<'desk' | 'telegram', number>>;

/** Through every door, good and bad; answers how many messages were taken. */
async function plant(lake: Lake, gateway: string, people: readonly Canary[], dir: string): Promise<Planted> {
  const desk = people.flatMap(deskMessages);
  const publisher = await openPublisher(lake.config);
  await publisher.publish(desk);
  await publisher.close();
  let telegram = 0;
  for (const [n, person] of people.entries())
    for (const body of updates(person, 1_000 * (n + 1))) {
      const answer = await post(`${gateway}/telegram/${BOT}`, { 'x-telegram-bot-api-secret-token': SECRET }, body);
      if (answer === 200) telegram += 1;
    }
  for (const person of people) telegram += await intrude(lake, gateway, person, dir);
  return { desk: desk.length, telegram };
}

const post = async (url: string, headers: Record<string, string>, body: string): Promise<number> =>
  (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body })).status;

/** What strangers and operators write in the wrong place, and an export; answers how many messages were imported. */
async function intrude({ client, config }: Lake, gateway: string, person: Canary, dir: string): Promise<number> {
  const { cpf, token, path, username, name } = person;
  await post(`${gateway}/telegram/${username}`, { 'x-telegram-bot-api-secret-token': token }, name);
  await post(`${gateway}/${encodeURIComponent(path)}?cpf=${cpf}`, { 'x-telegram-bot-api-secret-token': SECRET }, cpf);
  const start = (workflowId: string, type: string, input: object): Promise<unknown> =>
    client.workflow
      .execute(type, { workflowId, taskQueue: config.CHATLAKE_TASK_QUEUE, args: [input] })
      .catch((error: unknown) => error);
  writeFileSync(join(dir, 'export.json'), exportOf(person));
  const n = person.user.slice(-4);
  const [, imported] = await Promise.all([
    start(`wrong-window-${n}`, 'etl', { source: 'desk', window: cpf }),
    start(`import-${n}`, 'importExport', { file: 'export.json', bot: BOT }),
    start(`wrong-field-${n}`, 'etl', { [username]: name }),
    start(`wrong-source-${n}`, 'backfill', { source: name, receivedFrom: cpf }),
    start(`wrong-subscription-${n}`, 'consume', { subscription: username }),
    start(`wrong-bot-${n}`, 'poll', { bot: token }),
    start(`wrong-file-${n}`, 'importExport', { file: path, bot: BOT }),
    start(`wrong-account-${n}`, 'importExport', { file: 'export.json', account: name }),
  ]);
  return (imported as { readonly messages?: number }).messages ?? 0;
}

/** Resolves when all of it is published and proved; answers some ids to ask about. */
async function settled({ ports }: Lake, planted: Planted): Promise<readonly string[]> {
  for (const [source, messages] of Object.entries(planted))
    await until(async () => {
      const { entries } = await readLedger(ports, source);
      const received = [...entries].reduce((sum, { counts }) => sum + counts.received, 0);
      return received >= messages && (await verifiedVersions(ports, source)).size === entries.length;
    });
  const ids: string[] = [];
  for await (const { key } of ports.store.list('raw/')) {
    const lines = gunzipSync((await ports.store.get(key))!)
      .toString('utf8')
      .trimEnd()
      .split('\n').length;
    for (let line = 0; line < lines && ids.length < ASKED; line += 5) ids.push(`${key}#${line}`);
  }
  return ids;
}

interface Where {
  readonly dir: string;
  readonly ids: readonly string[];
  readonly metrics: readonly number[];
}

/** Everything there is. */
async function* seen(lake: Lake, { dir, ids, metrics }: Where): AsyncGenerator<Found> {
  yield* inStore(lake, dir);
  yield* inMongo(lake.config);
  yield* inHistories(lake.client);
  yield* inFolder(dirname(lake.config.WORK_DIR), dir);
  for (const port of metrics)
    for (const path of ['metrics', 'health'])
      yield { place: path, text: await (await fetch(`http://127.0.0.1:${port}/${path}`)).text() };
  yield* onTerminal(lake, ids);
}
