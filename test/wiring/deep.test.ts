/** status --deep on the real parts: everything tried, every fault with a mend, no secret shown, nothing left behind. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { statusDeep } from '../../src/cli/deep.ts';
import type { Config } from '../../src/wiring/config.ts';
import { askDeep } from '../../src/wiring/deep.ts';
import type { DeepRow } from '../../src/wiring/deep-row.ts';
import { type Lake, openLake } from '../support/lake.ts';

const OTHER_KEY = createHash('sha256').update('another lake').digest('hex');

let lake: Lake;
beforeAll(async () => void (lake = await openLake()), 60_000);
afterAll(() => lake.close());

const find = (rows: readonly DeepRow[], part: string, what: string): DeepRow | undefined =>
  rows.find((row) => row.part === part && row.what.startsWith(what));

test('a lake whose worker runs: everything is tried, and nothing is left behind', async () => {
  const worker = await lake.startWorker();
  const rows = await askDeep(lake.config);
  expect(rows.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
  expect(rows.map(({ part, what }) => `${part}: ${what.split(',')[0]}`)).toEqual([
    'store: put if absent',
    'store: list',
    'store: clock',
    'store: pseudonym key',
    'MongoDB: write',
    'Temporal: reach',
    'Temporal: namespace',
    'Temporal: search attributes',
    'Temporal: workers',
    'broker: log in',
    'Telegram: bot',
    'machine: disk room',
    'settings: what deviates',
  ]);
  expect(find(rows, 'store', 'pseudonym key')?.found).toMatch(/is the lake's$/);
  for (const row of rows) expect(row.verdict === 'ok').toBe(row.mend === undefined);
  const keys: string[] = [];
  for await (const { key } of lake.ports.store.list('meta/probe/')) keys.push(key);
  expect(keys).toEqual([]);
  const mongo = await MongoClient.connect(lake.config.MONGODB_URI);
  const names = (await mongo.db(lake.config.MONGODB_DATABASE).listCollections().toArray()).map(({ name }) => name);
  await mongo.close();
  expect(names.filter((name) => name.includes('probe'))).toEqual([]);
  await worker.stop();
});

test('parts that are away, a key that is another lake’s: rows that say what to mend, exit code 1, no secret', async () => {
  const broken: Config = {
    ...lake.config,
    PSEUDONYM_KEY: OTHER_KEY,
    TELEGRAM_CHATS: '-1001234567890,5550000017',
    TELEGRAM_WEBHOOK_URL: 'https://chat.example.org/?token=hunter2',
    MONGODB_URI: 'mongodb://user:hunter2@127.0.0.1:1',
    STOMP_URL: 'stomp://user:hunter2@127.0.0.1:1?passcode=hunter2',
    STOMP_PASSCODE: 'hunter2',
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    temporal: { TEMPORAL_ADDRESS: '127.0.0.1:1', TEMPORAL_NAMESPACE: 'default' },
  };
  const printed: string[] = [];
  expect(await statusDeep(broken, true, (text) => void printed.push(text))).toBe(1);
  const { rows } = JSON.parse(printed.join('')) as { rows: DeepRow[] };
  for (const [part, what] of [
    ['store', 'pseudonym key'],
    ['MongoDB', 'write'],
    ['Temporal', 'reach'],
    ['broker', 'log in'],
  ] as const)
    expect([part, find(rows, part, what)?.verdict]).toEqual([part, 'fail']);
  expect(find(rows, 'store', 'put')?.verdict).toBe('ok');
  expect(printed.join('')).not.toMatch(/hunter2|5550000017/);
  expect(printed.join('')).not.toContain(OTHER_KEY.slice(0, 8));
  expect(find(rows, 'settings', 'what')?.found).toContain('STOMP_PASSCODE=(set)');
  expect(find(rows, 'settings', 'what')?.found).toContain('TELEGRAM_CHATS=(set)');
}, 60_000);
