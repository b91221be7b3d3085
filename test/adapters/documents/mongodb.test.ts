/** Documents in memory and on what speaks MongoDB's protocol: one suite for both, and what only a database can get wrong. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Db, Double, Int32, MongoClient } from 'mongodb';
import { createMemoryDocuments } from '../../../src/adapters/documents/memory.ts';
import { documentSchema } from '../../../src/adapters/documents/mongo-schema.ts';
import { createMongoDocuments } from '../../../src/adapters/documents/mongodb.ts';
import type { Table } from '../../../src/domain/sources/contract.ts';
import { type DocumentRow, currentView } from '../../../src/domain/formats/documents.ts';
import { SetupError, TransientError } from '../../../src/domain/errors.ts';
import { stack, uniqueName } from '../../support/stack.ts';
import { counts, current, describeDocuments, ownTable, row } from './conformance.ts';

const database = uniqueName('docs');
const { uri } = stack().mongodb;
const documents = createMongoDocuments({ uri, database, timeoutMs: 5_000 });
const mongo = new MongoClient(uri);
let db: Db;
let table: Table;

beforeAll(() => void (db = mongo.db(database)));
/** Each test has a collection of its own. */
beforeEach(async () => {
  table = ownTable();
  await documents.ensure(table);
});
afterAll(async () => {
  await db.dropDatabase();
  await Promise.all([mongo.close(), documents.close()]);
});

describeDocuments('in memory', () => ({ store: createMemoryDocuments(), close: () => Promise.resolve() }));
describeDocuments('MongoDB', () => ({ store: documents, close: () => Promise.resolve() }));

const collection = () => db.collection<{ _id: string }>(table.name);
const write = (at: number, rows: readonly DocumentRow[], gone: readonly string[] = []) =>
  documents.write(table, at, current(rows, gone));
const seenIds = async (): Promise<readonly string[]> => {
  const seen = await db.collection<{ _id: string }>(currentView(table)).find().sort({ _id: 1 }).toArray();
  return seen.map(({ _id }) => _id);
};

describe('ensure', () => {
  test('installs the validator and the indexes of the contract, and may be repeated', async () => {
    await Promise.all([documents.ensure(table), documents.ensure(table)]);
    const [info] = await db.listCollections({ name: table.name }).toArray();
    const options = (info as unknown as { options: { validator: unknown } }).options;
    expect(options.validator).toEqual({ $jsonSchema: documentSchema(table) });
    const indexes = (await collection().indexes()).map(({ key }) => key as unknown);
    expect(indexes).toEqual(expect.arrayContaining([...table.indexes]));
    expect(table.indexes.length).toBeGreaterThanOrEqual(3);
  });

  test('brings an older validator up to date, once per process', async () => {
    await db.command({ collMod: table.name, validator: {} });
    await documents.ensure(table);
    expect(await write(0, [row('a', 'v1', { age: 'forty' })])).toEqual(counts(1, 0, 0));
    const other = createMongoDocuments({ uri, database, timeoutMs: 5_000 });
    await other.ensure(table);
    await other.close();
    expect(await write(0, [row('b', 'v1', { age: 'forty' })])).toEqual(counts(0, 0, 0, 1));
  });

  test('a description that changed is brought to the server by the same process', async () => {
    const wider = table.columns.map((column) => (column.name === 'age' ? { ...column, max: 200 } : column));
    expect(await write(0, [row('a', 'v1', { age: 150 })])).toMatchObject({ refused: 1 });
    await documents.ensure({ ...table, columns: wider });
    expect(await write(1, [row('a', 'v1', { age: 150 })])).toEqual(counts(0, 1, 0));
  });

  test('a collection that is there is kept with its documents', async () => {
    await write(0, [row('a', 'v1')]);
    const other = createMongoDocuments({ uri, database, timeoutMs: 5_000 });
    await other.ensure(table);
    await other.close();
    expect(await documents.count(table)).toBe(1);
  });
});

describe('what people read', () => {
  test('is the view: without tombstones and stubs', async () => {
    await write(1, [row('a'), row('b'), row('c', 'v1', { age: 'forty' })]);
    await write(2, [], ['b']);
    expect(await seenIds()).toEqual(['a']);
  });

  test('has the types of its columns', async () => {
    await write(0, [row('a', 'v1', { age: 0, solved: false, services: null })]);
    await write(0, [row('b')]);
    const stored = await collection().findOne({ _id: 'b' }, { promoteValues: false });
    expect(stored).toMatchObject({
      receivedAt: new Date(1_762_000_000_123),
      age: new Int32(40),
      services: ['informacoes', 'agendar consulta'],
      eventDate: '2021-08-02',
      rawLine: new Int32(0),
      at: new Int32(0),
    });
    for (const [field, type] of Object.entries({ receivedAt: 'date', solved: 'bool', services: 'array', age: 'int' }))
      expect(await collection().countDocuments({ [field]: { $type: type } })).toBe(field === 'services' ? 1 : 2);
  });

  test('holds texts that look like expressions, and dotted names inside values, as they are', async () => {
    const strange = {
      person: '$version',
      date_original: '$$ROOT',
      services: ['$$NOW', '$a.b', '{"$gt":""}'],
      issues: [{ field: 'a.b', code: '$unset', 'c.d': { $set: 1 } }],
    };
    for (const at of [0, 1]) await write(at, [row('$a.b', `v${at}`, strange)]);
    expect(await documents.find(table, '$a.b')).toMatchObject({
      version: 'v1',
      person: '$version',
      dateOriginal: '$$ROOT',
      services: strange.services,
      issues: strange.issues,
    });
  });
});

describe('a row that the database refuses for good', () => {
  const good = (n: number): readonly DocumentRow[] => Array.from({ length: n }, (_, i) => row(`good${i}`));
  const huge = 'x'.repeat(17 * 1_048_576);
  const poisons: readonly (readonly [string, object, string])[] = [
    ['a document of more than 16 MB', { person: huge }, 'too_large'],
    ['a text where a number belongs', { age: 'forty' }, 'invalid'],
    ['a fraction where a whole number belongs', { age: 40.5 }, 'invalid'],
    ['a number of another system', { age: new Double(40) }, 'invalid'],
    ['a number out of range', { age: 121 }, 'invalid'],
    ['a word that is not in the vocabulary', { channel: 'pombo' }, 'invalid'],
    ['a number in a list of texts', { services: [1] }, 'invalid'],
    ['a text where a yes or no belongs', { solved: 'sim' }, 'invalid'],
  ];

  test.each(poisons)(
    '(%s) becomes a stub with its reason, and the others of its write are written',
    async (_what, wrong, why) => {
      const rows = [...good(5), row('bad', 'v7', wrong), ...good(9).slice(5)];
      expect(await write(3, rows)).toEqual(counts(9, 0, 0, 1));
      expect((await documents.states(table, ['bad'])).get('bad')).toEqual({ at: 3, version: 'v7', refused: why });
      expect(await documents.refused(table)).toEqual({ count: 1, first: [{ entity: 'bad', at: 3, why }] });
      expect(await documents.count(table)).toBe(9);
      expect(await seenIds()).not.toContain('bad');
      expect(JSON.stringify(await collection().findOne({ _id: 'bad' })).length).toBeLessThan(200);
    },
  );

  test('is replaced by a later version that can be written, and replaces an earlier one', async () => {
    await write(1, [row('a', 'v1')]);
    expect(await write(2, [row('a', 'v2', { age: 'forty' })])).toMatchObject({ refused: 1 });
    expect(await documents.count(table)).toBe(0);
    expect(await write(1, [row('a', 'v1')])).toEqual(counts(0, 0, 1));
    expect((await documents.refused(table)).count).toBe(1);
    expect(await write(3, [row('a', 'v3', { age: 41 })])).toEqual(counts(0, 1, 0));
    expect(await documents.refused(table)).toEqual({ count: 0, first: [] });
    expect(await documents.find(table, 'a')).toMatchObject({ at: 3, version: 'v3', age: 41 });
    expect(await documents.find(table, 'a')).not.toHaveProperty('refused');
  });

  test('stays a stub when it comes again, and leaves a newer document alone', async () => {
    const bad = row('a', 'v1', { age: 'forty' });
    for (let time = 0; time < 2; time += 1) await write(2, [bad]);
    expect((await documents.refused(table)).count).toBe(1);
    await write(5, [row('a', 'v5')]);
    await write(4, [bad]);
    expect(await documents.find(table, 'a')).toMatchObject({ at: 5, version: 'v5' });
    expect((await documents.refused(table)).count).toBe(0);
  });

  test('may be one of many: among new and known rows, in several bulks, each of them is counted', async () => {
    await write(1, good(40));
    const bad = Array.from({ length: 7 }, (_, i) => row(`bad${i}`, 'v1', i % 2 === 0 ? { age: 121 } : { solved: 1 }));
    const rows = [...good(1_200), ...bad].sort((a, b) => (a.entity < b.entity ? -1 : 1));
    expect(await write(2, rows)).toEqual(counts(1_160, 40, 0, 7));
    expect((await documents.refused(table)).count).toBe(7);
    expect(await documents.count(table)).toBe(1_200);
    const states = await documents.states(
      table,
      rows.map(({ entity }) => entity),
    );
    expect(new Set([...states.values()].map(({ at }) => at))).toEqual(new Set([2]));
  });

  test('only the first are named', async () => {
    await write(
      1,
      Array.from({ length: 30 }, (_, i) => row(`bad${i}`, 'v1', { age: 'forty' })),
    );
    const { count, first } = await documents.refused(table);
    expect([count, first.length]).toEqual([30, 20]);
  });
});

test('a report stays unless one of a later ledger version comes, whatever its words look like', async () => {
  const reports = db.collection<{ _id: string }>('reports');
  for (const [ledgerVersion, n, kept] of [
    [5, 1, 1],
    [4, 2, 1],
    [5, 3, 1],
    [6, 4, 4],
  ] as const) {
    await documents.putReports('$name', -1, ledgerVersion, { '2021-08-02': { n, word: '$$ROOT' } });
    expect(await reports.findOne({ _id: '$name/2021-08-02' })).toMatchObject({ n: kept });
  }
  expect(await reports.find({ name: '$name' }).toArray()).toEqual([
    { _id: '$name/2021-08-02', name: '$name', day: '2021-08-02', at: 6, n: 4, word: '$$ROOT' },
  ]);
});

describe('a server that does not answer', () => {
  test('is tried again, is noticed in time, and its password is not told', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const nowhere = createMongoDocuments({
      uri: `mongodb://user:hunter2@127.0.0.1:${port}/`,
      database,
      timeoutMs: 300,
    });
    const started = Date.now();
    const fault = await nowhere.applied('desk').catch((error: unknown) => error as Error);
    expect(fault).toBeInstanceOf(TransientError);
    expect((fault as Error).message).not.toContain('hunter2');
    // The driver's own patience is 30 s.
    expect(Date.now() - started).toBeLessThan(25_000);
    await nowhere.close();
  });

  test.each(['mongo://user:hunter2@localhost', 'mongodb://user:hunter2@p@ss@localhost', 'mongodb://u:hunter2@h/?x=y'])(
    'an address that cannot be read is for an operator to mend (%#)',
    (address) => {
      const opening = () => createMongoDocuments({ uri: address, database, timeoutMs: 300 });
      expect(opening).toThrow(SetupError);
      expect(opening).toThrow(/^MONGODB_URI(?!.*hunter2)/);
    },
  );
});
