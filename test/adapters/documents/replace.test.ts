/** What an entry that replaced rows leaves of documents: late, twice, at once, the same; tombstones are seen by nobody. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type Db, MongoClient } from 'mongodb';
import { createMongoDocuments } from '../../../src/adapters/documents/mongodb.ts';
import type { Table } from '../../../src/domain/contracts/contract.ts';
import { type DocumentRow, currentView } from '../../../src/domain/documents.ts';
import { random } from '../../support/desk-lines.ts';
import { notes } from '../../support/notes.ts';
import { stack, uniqueName } from '../../support/stack.ts';

const database = uniqueName('docs');
const { uri } = stack().mongodb;
const documents = createMongoDocuments({ uri, database, timeoutMs: 5_000 });
const mongo = new MongoClient(uri);
let db: Db;
let table: Table;

beforeAll(() => void (db = mongo.db(database)));
beforeEach(async () => {
  table = { ...notes({ name: 'any' }).tables[0], name: uniqueName('notes') };
  await documents.ensure(table);
});
afterAll(async () => {
  await db.dropDatabase();
  await Promise.all([mongo.close(), documents.close()]);
});

const row = (entity: string, version: string, word = 'um'): DocumentRow => ({
  entity,
  version,
  columns: { word, issues: [] },
});
const collection = () => db.collection<{ _id: string }>(table.name);
const left = (rows: readonly DocumentRow[], gone: readonly string[] = []) => ({
  rows,
  gone,
  at: Date.UTC(2026, 0, 2),
});
const state = async (entity: string) => (await documents.states(table, [entity])).get(entity);

test('sets a lower version, and what is gone is seen neither by us nor in the view', async () => {
  await documents.load(table, 1, [row('a', 'v9', 'nove'), row('b', 'v1'), row('c', 'v1')]);
  expect(await documents.replace(table, 5, left([row('a', 'v2', 'dois')], ['b', 'new']))).toEqual({
    inserted: 1,
    updated: 2,
    unchanged: 0,
  });
  expect(await documents.find(table, 'a')).toMatchObject({ version: 'v2', commit: 5, floor: 5, word: 'dois' });
  expect(await documents.find(table, 'b')).toBeUndefined();
  expect(await documents.count(table)).toBe(2);
  expect(await state('b')).toEqual({ floor: 5, version: '', commit: 5, gone: true });
  const seen = await db.collection<{ _id: string }>(currentView(table)).find().sort({ _id: 1 }).toArray();
  expect(seen.map(({ _id }) => _id)).toEqual(['a', 'c']);
});

test('late or twice changes nothing, and rows from below the floor never come back', async () => {
  await documents.load(table, 1, [row('a', 'v9'), row('b', 'v9')]);
  await documents.replace(table, 5, left([row('a', 'v2')], ['b']));
  const before = await collection().find().sort({ _id: 1 }).toArray();
  expect(await documents.replace(table, 5, left([row('a', 'v3')]))).toMatchObject({ unchanged: 1 });
  expect(await documents.replace(table, 4, left([row('b', 'v3')], ['a']))).toMatchObject({ unchanged: 2 });
  for (const commit of [1, 5]) await documents.load(table, commit, [row('a', 'v9'), row('b', 'v9')]);
  expect(await collection().find().sort({ _id: 1 }).toArray()).toEqual(before);
  // Also behind a newer row, which keeps the floor.
  await documents.load(table, 6, [row('a', 'v4'), row('b', 'v1')]);
  await documents.load(table, 4, [row('a', 'v9'), row('b', 'v9')]);
  expect(await state('a')).toEqual({ floor: 5, version: 'v4', commit: 6 });
  expect(await state('b')).toEqual({ floor: 5, version: 'v1', commit: 6 });
  expect(await documents.count(table)).toBe(2);
});

test('loaders and replacers in any order end alike', async () => {
  const steps = [
    () => documents.load(table, 1, [row('a', 'v9'), row('b', 'v8')]),
    () => documents.load(table, 2, [row('a', 'v3')]),
    () => documents.replace(table, 3, left([row('a', 'v3')], ['b'])),
    () => documents.load(table, 4, [row('b', 'v1')]),
  ];
  const next = random(7);
  for (let round = 0; round < 6; round += 1) {
    await collection().deleteMany({});
    const order = [...steps, ...steps].map((step) => ({ step, at: next() })).sort((x, y) => x.at - y.at);
    await Promise.all(order.map(({ step }) => step()));
    for (const step of steps) await step();
    expect(await state('a')).toEqual({ floor: 3, version: 'v3', commit: 3 });
    expect(await state('b')).toEqual({ floor: 3, version: 'v1', commit: 4 });
  }
});

test('tombstones are purged by their age, and nothing else', async () => {
  await documents.load(table, 1, [row('a', 'v1')]);
  await documents.replace(table, 2, left([], ['b']));
  expect(await documents.purge(table, Date.UTC(2026, 0, 2))).toBe(0);
  expect(await documents.purge(table, Date.UTC(2026, 0, 3))).toBe(1);
  expect(await state('b')).toBeUndefined();
  expect(await documents.count(table)).toBe(1);
});
