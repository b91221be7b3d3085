/** Both engines over the contract of telegram: whole messages into several tables, the same verdicts and rows. */
import { beforeAll, expect, test } from '@jest/globals';
import { telegramContract } from '../../../src/domain/sources/telegram/contract.ts';
import { BOT, fixtures, message } from '../../domain/sources/telegram/support.ts';
import {
  type Run,
  START_MS,
  differences,
  engines,
  factsOf,
  folder,
  message as received,
  parquet,
  query,
  run,
  writeRaw,
} from './support.ts';

const contract = telegramContract({ texts: true, chats: undefined });
const bodies = [...fixtures().values()].map((body, i) => JSON.stringify({ ...body, update_id: i }));
const sent = JSON.stringify({ ok: true, result: message({ message_id: 11 }) });
const exported = JSON.stringify({ id: 10, type: 'message', date_unixtime: String(START_MS / 1000 - 60), text: 'Oi' });
const chat = { chat: '-1001234567890', chat_type: 'supergroup' };

/** Every fixture by webhook and again by poll, one answer, one exported message with its twin, and what cannot be used. */
const LINES: readonly (readonly [string, Record<string, string>])[] = [
  ...bodies.map((body) => [body, { origin: 'webhook' }] as const),
  ...bodies.map((body) => [body, { origin: 'poll' }] as const),
  [JSON.stringify({ update_id: 90, message: message() }), { origin: 'webhook' }],
  [sent, { origin: 'sent', method: 'sendMessage' }],
  [exported, { origin: 'import', ...chat }],
  [exported, { origin: 'import', ...chat }],
  ['{"update_id":91,"message":{},"poll":{}}', { origin: 'webhook' }],
  ['{"update_id":1e30,"message":{}}', { origin: 'webhook' }],
  ['{"update_id":92,"message":{"message_id":1}}', { origin: 'webhook' }],
  ['not JSON', { origin: 'poll' }],
];

const [duckdb, node] = engines();
let bySql: Run;
let byNode: Run;

beforeAll(async () => {
  const lines = LINES.map(([body, headers]) => received('', body, { bot: BOT, ...headers }));
  const objects = writeRaw(await folder(), lines, 40);
  bySql = await run(duckdb, objects, { contract, chunks: 2 });
  byNode = await run(node, objects, { contract });
}, 600_000);

test('every line has its verdict, and repeats are found across the ways of receipt', () => {
  expect(bySql.decided.counts).toEqual({ received: 114, enriched: 56, duplicates: 54, quarantined: 4 });
  expect(bySql.decided.reasons).toEqual({ ambiguous_kind: 1, no_identity: 1, missing_field: 1, invalid_json: 1 });
  expect(bySql.decided.tables).toEqual({ telegram_messages: 43, telegram_events: 13, telegram_texts: 17 });
  expect(byNode.decided).toEqual(bySql.decided);
});

test('both engines write the same rows into each table', async () => {
  for (const { name } of contract.tables) {
    const [a, b] = [bySql, byNode].map(({ files }) => files.filter(({ table }) => table === name));
    const [facts, same] = [a, b].map((files) => factsOf(files!));
    expect(facts).toEqual(same);
    expect(facts!.map(({ rows }) => rows)).toEqual([bySql.decided.tables[name]]);
    const [paths, others] = [a, b].map((files) => files!.map(({ path }) => path));
    expect(await differences(parquet(paths!), parquet(others!))).toEqual([]);
  }
});

test('an exported message is an older state of the one that was received', async () => {
  const files = bySql.files.filter(({ table }) => table === 'telegram_messages').map(({ path }) => path);
  const states = await query(
    `SELECT origin FROM ${parquet(files)} WHERE message_id = 10 AND chat_id = -1001234567890 ORDER BY entity, version`,
  );
  expect(states).toEqual([{ origin: 'import' }, { origin: 'webhook' }]);
});
