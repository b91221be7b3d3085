/** What `chatlake status --deep` asks: every part by what chatlake needs of it, tried and not assumed. Nothing is left behind. */
import { randomUUID } from 'node:crypto';
import { mkdir, statfs } from 'node:fs/promises';
import { askMongo } from '../adapters/documents/ask-mongo.ts';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import { probeStore } from '../adapters/object-store/probe.ts';
import { PROBE_PREFIX, rawSourcePrefix } from '../domain/formats/layout.ts';
import type { Config } from './config.ts';
import { type DeepRow, type Found, fail, ok, row, warn } from './deep-row.ts';
import { askTemporal } from './deep-temporal.ts';
import { openPublisher } from './ports.ts';
import { parseKey, recordedKey } from './pseudonym-key.ts';
import { describeSettings, shownAddress } from './settings.ts';
import { openPatientStore } from './store.ts';
import { openTelegram } from './telegram.ts';

const SKEW_WARN_MS = 60_000;
/** S3 refuses requests whose time is further off. */
const SKEW_FAIL_MS = 900_000;
const DISK_WARN = 5 * 2 ** 30;
const DISK_FAIL = 2 ** 29;

/** Tries everything; what fails is a row, never an error. */
export async function askDeep(config: Config): Promise<readonly DeepRow[]> {
  const parts = await Promise.all([
    askStore(config),
    askDocuments(config),
    askTemporal(config),
    askBroker(config),
    askTelegram(config),
    askDisk(config),
    askSettings(config),
  ]);
  return parts.flat();
}

async function askStore(config: Config): Promise<DeepRow[]> {
  const store = openPatientStore(config);
  const part = 'store';
  const rows = [
    await row(part, 'put if absent, read, delete', async () => {
      await probeStore(store);
      return ok(store.name);
    }),
  ];
  if (rows[0]?.verdict !== 'ok') return rows;
  rows.push(
    await row(part, 'list', async () => {
      for await (const { key } of store.list(rawSourcePrefix('desk'))) return ok(`raw begins with ${key}`);
      return ok('no raw objects of the desk yet');
    }),
    await row(part, 'clock', () => askClock(store)),
    await row(part, 'pseudonym key', () => askKey(config, store)),
  );
  return rows;
}

async function askClock(store: ObjectStore): Promise<Found> {
  const key = `${PROBE_PREFIX}${randomUUID()}`;
  const before = Date.now();
  await store.put(key, new TextEncoder().encode('clock'), { ifAbsent: true });
  const after = Date.now();
  const there = await store.head(key);
  await store.remove(key);
  if (there === undefined)
    return fail('an object just put is not there', 'use a store that reads its own writes at once');
  // The store's clock has whole seconds.
  const skewMs = Math.max(0, before - there.modifiedMs - 1_000, there.modifiedMs - after);
  const found = `${(skewMs / 1_000).toFixed(1)} s off the store's`;
  if (skewMs > SKEW_FAIL_MS)
    return fail(found, 'set this machine’s clock: S3 refuses requests that are 15 minutes off');
  return skewMs > SKEW_WARN_MS
    ? warn(found, 'set this machine’s clock: it decides the window of a message')
    : ok(found);
}

async function askKey(config: Config, store: ObjectStore): Promise<Found> {
  const recorded = await recordedKey(store);
  if (config.PSEUDONYM_KEY === undefined)
    return warn(
      recorded === undefined ? 'none given, none recorded' : `the lake has ${recorded}, none given`,
      'only workers need PSEUDONYM_KEY; give it here, too, to have it compared',
    );
  const { id } = parseKey(config.PSEUDONYM_KEY);
  if (recorded === undefined) return ok(`${id}, to be recorded at the first start of a worker`);
  return recorded === id
    ? ok(`${id} is the lake's`)
    : fail(`given ${id}, the lake was made with ${recorded}`, 'give this process the lake’s own key');
}

async function askDocuments(config: Config): Promise<DeepRow[]> {
  return [
    await row('MongoDB', 'write, index, read, drop', async () => {
      const { version, replicaSet } = await askMongo(config.MONGODB_URI, config.MONGODB_DATABASE);
      const found = `version ${version}${replicaSet === undefined ? ', no replica set' : `, replica set ${replicaSet}`}`;
      return replicaSet === undefined
        ? warn(found, 'in production use a replica set: a majority then survives the loss of one')
        : ok(found);
    }),
  ];
}

async function askBroker(config: Config): Promise<DeepRow[]> {
  return [
    await row('broker', 'log in', async () => {
      const publisher = await openPublisher(config);
      await publisher.close();
      return ok(shownAddress(config.STOMP_URL));
    }),
  ];
}

async function askTelegram(config: Config): Promise<DeepRow[]> {
  if (config.TELEGRAM_BOT_TOKEN === undefined)
    return [{ part: 'Telegram', what: 'bot', ...ok('no token configured; nothing to ask') }];
  return [
    await row('Telegram', 'bot', async () => {
      const { api } = openTelegram(config);
      const { username } = await api.getMe();
      const { url, pending } = await api.getWebhookInfo();
      const found = `@${username}, ${url === '' ? 'no webhook' : 'webhook set'}, ${pending} updates wait`;
      const wants = config.TELEGRAM_MODE === 'webhook' ? url !== '' : config.TELEGRAM_MODE !== 'polling' || url === '';
      return wants
        ? ok(found)
        : warn(found, `TELEGRAM_MODE is ${config.TELEGRAM_MODE}: chatlake telegram set-webhook, or delete, mends it`);
    }),
  ];
}

async function askDisk({ WORK_DIR: dir, CACHE_MAX_MB: cacheMb }: Config): Promise<DeepRow[]> {
  return [
    await row('machine', 'disk room', async () => {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const { bavail, bsize } = await statfs(dir);
      const free = bavail * bsize;
      const found = `${(free / 2 ** 30).toFixed(1)} GB free below WORK_DIR`;
      const mend = `make room or move WORK_DIR: the cache takes up to ${cacheMb} MB, each ETL job some more`;
      return free < DISK_FAIL ? fail(found, mend) : free < DISK_WARN ? warn(found, mend) : ok(found);
    }),
  ];
}

async function askSettings(config: Config): Promise<DeepRow[]> {
  return [
    await row('settings', 'what deviates', async () => {
      const changed = describeSettings(config).filter((setting) => setting.changed);
      return Promise.resolve(ok(changed.map(({ name, shown }) => `${name}=${shown}`).join(' ') || 'nothing'));
    }),
  ];
}
