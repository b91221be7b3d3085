/** What the port of the document store promises, asked of an implementation: late, twice, at once and in any order, the same documents. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DocumentStore } from '../../../src/adapters/documents/document-store.ts';
import type { Table } from '../../../src/domain/sources/contract.ts';
import { DESK } from '../../../src/domain/sources/desk/contract.ts';
import type { Current, DocumentRow } from '../../../src/domain/formats/documents.ts';
import { uniqueName } from '../../support/stack.ts';

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

/** A row of the desk's table. */
export const row = (entity: string, version = 'v1', columns: object = {}): DocumentRow => ({
  entity,
  version,
  columns: { ...COLUMNS, ...columns },
});

export const NOW = Date.UTC(2026, 0, 2);
/** What some entities are, by their rows and those of which none is left. */
export const current = (
  rows: readonly DocumentRow[],
  gone: readonly string[] = [],
): Current & { readonly now: number } => ({
  rows,
  gone,
  now: NOW,
});
export const counts = (inserted: number, updated: number, unchanged: number, refused = 0) => ({
  inserted,
  updated,
  unchanged,
  refused,
});
/** The desk's table under a name that no other test has. */
export const ownTable = (): Table => ({
  ...DESK.tables[0],
  name: uniqueName('desk'),
  // A whole number with bounds that a person can follow: the desk's own documents hold its band only.
  columns: DESK.tables[0].columns.map((column) => (column.name === 'age' ? { ...column, document: 'age' } : column)),
});

export interface OpenedDocuments {
  readonly store: DocumentStore;
  close(): Promise<void>;
}

/** One write of some entities: at a ledger version, each has an age or is gone. */
interface Step {
  readonly at: number;
  readonly ages: ReadonlyMap<string, number | undefined>;
}
const ENTITIES = ['a', 'b', 'c'];
/** What the table says of its entities at each ledger version; the first that touches all. */
const history: fc.Arbitrary<readonly Step[]> = fc
  .array(fc.dictionary(fc.constantFrom(...ENTITIES), fc.option(fc.nat(120), { nil: undefined }), { minKeys: 1 }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((steps) => steps.map((ages, at) => ({ at, ages: new Map(Object.entries(ages)) })));

/** Runs the suite. */
export function describeDocuments(name: string, open: () => OpenedDocuments): void {
  describe(`documents: ${name}`, () => {
    let opened: OpenedDocuments;
    let store: DocumentStore;
    let table: Table;
    beforeAll(() => void ({ store } = opened = open()));
    afterAll(() => opened.close());
    beforeEach(async () => {
      table = ownTable();
      await store.ensure(table);
    });
    const write = (at: number, rows: readonly DocumentRow[], gone: readonly string[] = []) =>
      store.write(table, at, current(rows, gone));
    const state = async (entity: string) => (await store.states(table, [entity])).get(entity);
    const apply = ({ at, ages }: Step) => {
      const rows = [...ages].flatMap(([entity, age]) => (age === undefined ? [] : [row(entity, `v${at}`, { age })]));
      return write(
        at,
        rows,
        [...ages].flatMap(([entity, age]) => (age === undefined ? [entity] : [])),
      );
    };

    test('what is new is inserted, in several bulks; once more changes nothing', async () => {
      const rows = Array.from({ length: 1_010 }, (_, i) => row(`e${i}`));
      expect(await write(0, rows)).toEqual(counts(1_010, 0, 0));
      expect(await write(0, rows)).toEqual(counts(0, 0, 1_010));
      expect(await store.count(table)).toBe(1_010);
      const entities = rows.map(({ entity }) => entity);
      const states = await store.states(table, entities);
      expect([...states.keys()].sort()).toEqual([...entities].sort());
      for (const one of states.values()) expect(one).toMatchObject({ at: 0, version: 'v1' });
    });

    test('nothing to write is no work', async () => {
      expect(await write(0, [])).toEqual(counts(0, 0, 0));
    });

    test('a later ledger version replaces the whole document, also by a lower version of its entity; an earlier one nothing', async () => {
      await write(3, [row('a', 'v2', { age: 41 })]);
      expect(await write(2, [row('a', 'v9', { age: 39 })])).toEqual(counts(0, 0, 1));
      expect(await store.find(table, 'a')).toMatchObject({ version: 'v2', at: 3, age: 41 });
      expect(await write(5, [row('a', 'v1', { age: null })])).toEqual(counts(0, 1, 0));
      expect(await store.find(table, 'a')).toMatchObject({ version: 'v1', at: 5, age: null });
    });

    test('a row and its repetition at the same version: the first stays', async () => {
      await write(3, [row('a', 'v1', { age: 41 })]);
      expect(await write(3, [row('a', 'v1', { age: 41 })])).toEqual(counts(0, 0, 1));
    });

    test('an entity that is gone is a tombstone: nobody sees it, and its state says when', async () => {
      await write(1, [row('a'), row('b'), row('c')]);
      expect(await write(5, [row('a', 'v0')], ['b', 'new'])).toEqual(counts(1, 2, 0));
      expect(await store.find(table, 'b')).toBeUndefined();
      expect(await store.find(table, 'new')).toBeUndefined();
      expect(await store.count(table)).toBe(2);
      expect(await state('b')).toMatchObject({ at: 5, version: '', gone: true });
      expect(await state('new')).toMatchObject({ at: 5, gone: true });
      expect(await write(4, [row('b', 'v9')])).toEqual(counts(0, 0, 1));
      expect(await write(6, [row('b', 'v9')])).toEqual(counts(0, 1, 0));
      expect(await state('b')).not.toMatchObject({ gone: true });
      expect(await store.count(table)).toBe(3);
    });

    test('new, known and gone ones in one write are each what they are', async () => {
      await write(1, [row('a'), row('b')]);
      await write(3, [row('c')]);
      expect(await write(2, [row('a', 'v2'), row('c', 'v2'), row('d')], ['b', 'e'])).toEqual(counts(2, 2, 1));
      const ats = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(async (entity) => (await state(entity))?.at));
      expect(ats).toEqual([2, 2, 3, 2, 2]);
    });

    test('writers of different versions, in any order, twice and at once, leave what the last version says', async () => {
      const orders = history.chain((steps) =>
        fc.tuple(
          fc.constant(steps),
          fc.shuffledSubarray([...steps, ...steps], { minLength: 2 * steps.length }),
          fc.boolean(),
        ),
      );
      await fc.assert(
        fc.asyncProperty(orders, async ([steps, order, atOnce]) => {
          table = ownTable();
          await store.ensure(table);
          const before = new Map<string, number>();
          if (atOnce) await Promise.all(order.map(apply));
          else
            for (const step of order) {
              await apply(step);
              // I6: `at` never decreases.
              for (const [entity, { at }] of await store.states(table, ENTITIES)) {
                expect(at).toBeGreaterThanOrEqual(before.get(entity) ?? -1);
                before.set(entity, at);
              }
            }
          let shown = 0;
          for (const entity of ENTITIES) {
            const last = steps.findLast(({ ages }) => ages.has(entity));
            const age = last?.ages.get(entity);
            if (age !== undefined) shown += 1;
            const found = await store.find(table, entity);
            if (last === undefined) expect(await state(entity)).toBeUndefined();
            else if (age === undefined) expect([found, (await state(entity))?.at]).toEqual([undefined, last.at]);
            else expect(found).toMatchObject({ at: last.at, version: `v${last.at}`, age });
          }
          expect(await store.count(table)).toBe(shown);
        }),
        { numRuns: 12 },
      );
    });

    test('tombstones are purged by their age, and nothing else', async () => {
      await write(1, [row('a'), row('b')]);
      await write(2, [], ['b', 'c']);
      await write(3, [row('c')]);
      expect(await store.purge(table, NOW)).toBe(0);
      expect(await store.purge(table, NOW + 1)).toBe(1);
      expect(await store.purge(table, NOW + 1)).toBe(0);
      expect(await state('b')).toBeUndefined();
      expect(await store.count(table)).toBe(2);
    });

    test('a table’s documents are its own', async () => {
      const other = ownTable();
      await store.ensure(other);
      await write(1, [row('a')]);
      await store.write(other, 1, current([], ['a']));
      expect([await store.count(table), await store.count(other)]).toEqual([1, 0]);
      expect((await store.states(other, ['a'])).get('a')).toMatchObject({ gone: true });
    });

    test('states are of the documents there are; nobody is refused who was not', async () => {
      await write(2, [row('a', 'v1'), row('b', 'v2')]);
      const states = await store.states(table, ['a', 'b', 'nobody']);
      expect([...states.keys()].sort()).toEqual(['a', 'b']);
      expect(states.get('b')).toMatchObject({ at: 2, version: 'v2' });
      expect(await store.find(table, 'nobody')).toBeUndefined();
      expect((await store.states(table, [])).size).toBe(0);
      expect(await store.refused(table)).toEqual({ count: 0, first: [] });
    });

    test('times, lists and nulls come back as what they are', async () => {
      await write(0, [row('a', 'v1', { age: 0, solved: false, services: null })]);
      expect(await store.find(table, 'a')).toMatchObject({
        receivedAt: new Date(1_762_000_000_123),
        eventDate: '2021-08-02',
        age: 0,
        solved: false,
        services: null,
        sex: null,
        rawKey: 'raw/x',
        rawLine: 0,
      });
    });

    test('the applied version begins at −1 and never goes back, whoever is late', async () => {
      const source = uniqueName('source');
      expect(await store.applied(source)).toBe(-1);
      await store.advance(source, -1, 3);
      await store.advance(source, -1, 1);
      expect(await store.applied(source)).toBe(3);
      await Promise.all([4, 9, 6, 8, 5, 7].map((version) => store.advance(source, 3, version)));
      expect(await store.applied(source)).toBe(9);
      expect(await store.applied(uniqueName('source'))).toBe(-1);
    });

    test('who began with what has since been lost does not say that all is loaded', async () => {
      const [source, name] = [uniqueName('source'), uniqueName('report')];
      await store.advance(source, 5, 8);
      await store.putReports(name, 5, 8, {});
      expect([await store.applied(source), await store.reportsApplied(name)]).toEqual([-1, -1]);
      await store.advance(source, -1, 2);
      await store.advance(source, 5, 8);
      expect(await store.applied(source)).toBe(2);
    });

    test('which reports are in is known apart from which documents are, and never goes back', async () => {
      const name = uniqueName('report');
      expect(await store.reportsApplied(name)).toBe(-1);
      await store.putReports(name, -1, 5, { '2021-08-02': { n: 1 } });
      await store.putReports(name, -1, 4, { '2021-08-02': { n: 2 }, '2021-08-03': { n: 3 } });
      expect(await store.reportsApplied(name)).toBe(5);
      await store.putReports(name, 5, 7, {});
      expect(await store.reportsApplied(name)).toBe(7);
      expect(await store.applied(name)).toBe(-1);
    });
  });
}
