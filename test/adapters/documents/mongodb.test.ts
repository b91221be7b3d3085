/** Documents on what speaks MongoDB's protocol: late, twice, at once and in any order, the highest version stays. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Db, Double, Int32, MongoClient } from 'mongodb';
import { createMongoDocuments } from '../../../src/adapters/documents/mongodb.ts';
import type { Table } from '../../../src/domain/contracts/contract.ts';
import { DESK } from '../../../src/domain/contracts/desk.ts';
import { type DocumentRow, documentSchema, supersedes } from '../../../src/domain/documents.ts';
import { InvariantViolation, SetupError, TransientError } from '../../../src/domain/errors.ts';
import { random } from '../../support/desk-lines.ts';
import { stack, uniqueName } from '../../support/stack.ts';

const database = uniqueName('docs');
const { uri } = stack().mongodb;
const documents = createMongoDocuments({ uri, database, timeoutMs: 5_000 });
const mongo = new MongoClient(uri);
let db: Db;
let table: Table = DESK.tables[0];

beforeAll(() => void (db = mongo.db(database)));
/** Each test has a collection of its own. */
beforeEach(async () => {
  table = { ...DESK.tables[0], name: uniqueName('desk') };
  await documents.ensure(table);
});
afterAll(async () => {
  await db.dropDatabase();
  await Promise.all([mongo.close(), documents.close()]);
});

const COLUMNS = {
  received_at: 1_762_000_000_123,
  event_date: '2021-08-02',
  person: 'k1:abc',
  age: 40,
  channel: 'whatsapp',
  services: ['informacoes', 'agendar consulta'],
  solved: true,
  issues: [] as unknown[],
  _raw_key: 'raw/x',
  _line: 0,
};
const row = (entity: string, version: string, columns: object = {}): DocumentRow => ({
  entity,
  version,
  columns: { ...COLUMNS, ...columns },
});
const collection = () => db.collection<{ _id: string }>(table.name);

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

  test('brings an older validator up to date', async () => {
    await db.command({ collMod: table.name, validator: {} });
    await documents.ensure(table);
    await expect(documents.load(table, 0, [row('a', 'v1', { age: 'forty' })])).rejects.toThrow(InvariantViolation);
  });

  test('a validator that is there is kept while documents are', async () => {
    await documents.load(table, 0, [row('a', 'v1')]);
    await documents.ensure(table);
    expect(await documents.count(table)).toBe(1);
  });
});

describe('load', () => {
  test('inserts what is new, in several bulks; once more changes nothing', async () => {
    const rows = Array.from({ length: 1_010 }, (_, i) => row(`e${i}`, 'v1'));
    expect(await documents.load(table, 0, rows)).toEqual({ inserted: 1_010, updated: 0, unchanged: 0 });
    const before = await collection().find().sort({ _id: 1 }).toArray();
    expect(await documents.load(table, 0, rows)).toEqual({ inserted: 0, updated: 0, unchanged: 1_010 });
    expect(await collection().find().sort({ _id: 1 }).toArray()).toEqual(before);
    expect(await documents.count(table)).toBe(1_010);
  });

  test('no rows are no work', async () => {
    expect(await documents.load(table, 0, [])).toEqual({ inserted: 0, updated: 0, unchanged: 0 });
  });

  test('a newer version replaces the whole document, an older one nothing', async () => {
    await documents.load(table, 3, [row('a', 'v2', { age: 41 })]);
    expect(await documents.load(table, 4, [row('a', 'v1', { age: 39 })])).toMatchObject({ unchanged: 1 });
    expect(await documents.find(table, 'a')).toMatchObject({ version: 'v2', commit: 3, age: 41 });
    expect(await documents.load(table, 5, [row('a', 'v3', { age: null })])).toMatchObject({ updated: 1 });
    expect(await documents.find(table, 'a')).toMatchObject({ version: 'v3', commit: 5, age: null });
  });

  test('the ledger version orders revisions of one version', async () => {
    await documents.load(table, 5, [row('a', 'v1', { age: 50 })]);
    expect(await documents.load(table, 4, [row('a', 'v1', { age: 40 })])).toMatchObject({ unchanged: 1 });
    expect(await documents.load(table, 6, [row('a', 'v1', { age: 60 })])).toMatchObject({ updated: 1 });
    expect(await documents.find(table, 'a')).toMatchObject({ commit: 6, age: 60 });
  });

  test('rows at or below the floor are ignored', async () => {
    await documents.load(table, 5, [row('a', 'v1', { age: 50 })]);
    await collection().updateOne({ _id: 'a' }, { $set: { floor: 7 } });
    expect(await documents.load(table, 7, [row('a', 'v9')])).toMatchObject({ unchanged: 1 });
    expect(await documents.load(table, 8, [row('a', 'v9')])).toMatchObject({ updated: 1 });
  });

  test.each([1, 2])(
    '200 versions of 20 entities, shuffled, by 4 loaders at once: the highest stays (seed %d)',
    async (seed) => {
      const next = random(seed);
      const states = Array.from({ length: 200 }, (_, i) => ({
        entity: `e${i % 20}`,
        version: `v${Math.floor(next() * 5)}`,
        commit: Math.floor(next() * 4),
        age: i % 120,
      }));
      // One row of a ledger version has one content: equal (entity, version, commit) are the same row.
      const ages = new Map(states.map(({ entity, version, commit, age }) => [`${entity} ${version} ${commit}`, age]));
      const highest = new Map<string, (typeof states)[number]>();
      for (const state of states) {
        const best = highest.get(state.entity);
        if (best === undefined || supersedes(state, { ...best, floor: -1 })) highest.set(state.entity, state);
      }
      const loader = async (order: number[]): Promise<void> => {
        for (let i = 0; i < order.length; i += 40) {
          for (const commit of [0, 1, 2, 3]) {
            const some = order.slice(i, i + 40).map((at) => states[at]!);
            const rows = some
              .filter((state) => state.commit === commit)
              .map(({ entity, version }) => row(entity, version, { age: ages.get(`${entity} ${version} ${commit}`) }));
            await documents.load(table, commit, rows);
          }
        }
      };
      const shuffled = (): number[] =>
        states
          .map((_, i) => ({ i, key: next() }))
          .sort((a, b) => a.key - b.key)
          .map(({ i }) => i);
      await Promise.all(Array.from({ length: 4 }, () => loader(shuffled())));
      for (const [entity, { version, commit }] of highest)
        expect(await documents.find(table, entity)).toMatchObject({
          version,
          commit,
          age: ages.get(`${entity} ${version} ${commit}`),
        });
      expect(await documents.count(table)).toBe(20);
    },
  );

  test('values have the types of their columns', async () => {
    await documents.load(table, 0, [row('a', 'v1', { age: 0, solved: false, services: null })]);
    await documents.load(table, 0, [row('b', 'v1')]);
    const stored = await collection().findOne({ _id: 'b' }, { promoteValues: false });
    expect(stored).toMatchObject({
      receivedAt: new Date(1_762_000_000_123),
      age: new Int32(40),
      services: ['informacoes', 'agendar consulta'],
      eventDate: '2021-08-02',
      rawLine: new Int32(0),
      commit: new Int32(0),
      floor: new Int32(-1),
    });
    for (const [field, type] of Object.entries({ receivedAt: 'date', solved: 'bool', services: 'array', age: 'int' }))
      expect(await collection().countDocuments({ [field]: { $type: type } })).toBe(field === 'services' ? 1 : 2);
    expect(await documents.find(table, 'a')).toMatchObject({ age: 0, solved: false, services: null, sex: null });
  });

  test('texts that look like expressions, and dotted names inside values, are kept as they are', async () => {
    const strange = {
      person: '$version',
      date_original: '$$ROOT',
      services: ['$$NOW', '$a.b', '{"$gt":""}'],
      issues: [{ field: 'a.b', code: '$unset', original: '$literal', 'c.d': { $set: 1 } }],
    };
    for (const version of ['v1', 'v2']) await documents.load(table, 0, [row('$a.b', version, strange)]);
    expect(await documents.find(table, '$a.b')).toMatchObject({
      version: 'v2',
      person: '$version',
      dateOriginal: '$$ROOT',
      services: strange.services,
      issues: strange.issues,
    });
  });

  test.each([
    ['a text where a number belongs', { age: 'forty' }],
    ['a fraction where a whole number belongs', { age: 40.5 }],
    ['a number out of range', { age: 121 }],
    ['a word that is not in the vocabulary', { channel: 'pombo' }],
    ['a number in a list of texts', { services: [1] }],
    ['a text where a yes or no belongs', { solved: 'sim' }],
  ])('the validator refuses %s, and the fault tells nothing of the row', async (_what, wrong) => {
    const load = documents.load(table, 0, [row('a', 'v1', { person: 'k1:secret', ...wrong })]);
    const fault = await load.then(
      () => new Error('loaded'),
      (error: unknown) => error as Error,
    );
    expect(fault).toBeInstanceOf(InvariantViolation);
    expect(fault.message).not.toContain('secret');
    expect(await documents.count(table)).toBe(0);
  });
});

test('states are of the documents there are', async () => {
  await documents.load(table, 2, [row('a', 'v1'), row('b', 'v2')]);
  expect(await documents.states(table, ['a', 'b', 'nobody'])).toEqual(
    new Map([
      ['a', { floor: -1, version: 'v1', commit: 2 }],
      ['b', { floor: -1, version: 'v2', commit: 2 }],
    ]),
  );
  expect(await documents.find(table, 'nobody')).toBeUndefined();
});

test('the applied version begins at −1 and never goes back, whoever is late', async () => {
  const source = uniqueName('source');
  expect(await documents.applied(source)).toBe(-1);
  await documents.advance(source, 3);
  await documents.advance(source, 1);
  expect(await documents.applied(source)).toBe(3);
  await Promise.all([4, 9, 6, 8, 5, 7].map((version) => documents.advance(source, version)));
  expect(await documents.applied(source)).toBe(9);
});

test('a report stays unless one of the same or a later ledger version comes', async () => {
  const reports = db.collection<{ _id: string }>('reports');
  for (const [ledgerVersion, n, kept] of [
    [5, 1, 1],
    [4, 2, 1],
    [5, 3, 3],
    [6, 4, 4],
  ] as const) {
    await documents.putReport('$name', '2021-08-02', ledgerVersion, { n });
    expect(await reports.findOne({ _id: '$name/2021-08-02' })).toMatchObject({ n: kept });
  }
  expect(await reports.find().toArray()).toEqual([
    { _id: '$name/2021-08-02', name: '$name', day: '2021-08-02', ledgerVersion: 6, n: 4 },
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
    expect(Date.now() - started).toBeLessThan(3_000);
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

test('numbers of other systems are no whole numbers', async () => {
  const doubled = documents.load(table, 0, [row('a', 'v1', { age: new Double(40) })]);
  await expect(doubled).rejects.toThrow(InvariantViolation);
});
