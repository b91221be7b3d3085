/** The document store on MongoDB 6 or later, or what speaks its wire protocol. */
import { type AnyBulkWriteOperation, type Collection, type Db, MongoBulkWriteError, MongoError } from 'mongodb';
import type { ColumnType, Table } from '../../domain/contracts/contract.ts';
import {
  type DocumentRow,
  type DocumentState,
  NO_FLOOR,
  NO_VERSION,
  currentView,
  documentColumns,
  documentSchema,
} from '../../domain/documents.ts';
import { mapSome } from '../../domain/some.ts';
import type { DocumentStore, LoadCounts } from './document-store.ts';
import { type MongoOptions, connections } from './mongo-connections.ts';

interface Stored extends DocumentState {
  readonly _id: string;
  readonly [field: string]: unknown;
}

interface Projection {
  readonly _id: string;
  readonly version: number;
}

interface StoredReport {
  readonly _id: string;
  readonly ledgerVersion: number;
  readonly [field: string]: unknown;
}

const BULK = 1_000;
/** Ids in one query: long lists cost some servers more than their length. */
const IDS = 50;
const FINDS_AT_ONCE = 4;
const NAMESPACE_EXISTS = 48;
/** Documents that are no tombstones. */
const CURRENT = { gone: { $ne: true } } as const;
const projectionId = (source: string): string => `ledger/${source}`;

/**
 * A document store that connects at its first call, and again after a connection that never came about. Writes are acknowledged by a
 * majority and journalled. Throws SetupError for an address that cannot be read.
 */
export function createMongoDocuments(options: MongoOptions): DocumentStore & { close(): Promise<void> } {
  const { use, close } = connections(options);
  const documents = (db: Db, table: Table) => db.collection<Stored>(table.name);
  const projections = (db: Db) => db.collection<Projection>('chatlake_projections');
  return {
    ensure: (table) => use((db) => ensure(db, table)),
    applied: (source) =>
      use(async (db) => (await projections(db).findOne({ _id: projectionId(source) }))?.version ?? -1),
    advance: (source, version) =>
      use(async (db) => {
        await projections(db).updateOne({ _id: projectionId(source) }, { $max: { version } }, { upsert: true });
      }),
    load: (table, commit, rows) =>
      use((db) => {
        const columns = documentColumns(table);
        const all = rows.map((row) => ({ row, document: documentOf(row, commit, NO_FLOOR, columns) }));
        return insertOrUpsert(documents(db, table), commit, all);
      }),
    replace: (table, commit, { rows, gone, at }) =>
      use((db) => {
        const columns = documentColumns(table);
        const left = rows.map((row) => reset(row.entity, commit, documentOf(row, commit, commit, columns)));
        const tombstone = { version: NO_VERSION, commit, floor: commit, gone: true, goneAt: new Date(at) };
        const none = gone.map((entity) => reset(entity, commit, { _id: entity, ...tombstone }));
        return write(documents(db, table), [...left, ...none]);
      }),
    purge: (table, before) =>
      use(async (db) => {
        const old = { gone: true, goneAt: { $lt: new Date(before) } };
        return (await documents(db, table).deleteMany(old)).deletedCount;
      }),
    states: (table, entities) =>
      use(async (db) => {
        const found = await mapSome(inLists(entities, IDS), FINDS_AT_ONCE, (some) =>
          documents(db, table)
            .find({ _id: { $in: [...some] } }, { projection: { floor: 1, version: 1, commit: 1, gone: 1 } })
            .toArray(),
        );
        return new Map(found.flat().map(({ _id, ...state }) => [_id, state]));
      }),
    count: (table) => use((db) => documents(db, table).countDocuments(CURRENT)),
    find: (table, entity) =>
      use(async (db) => (await documents(db, table).findOne({ _id: entity, ...CURRENT })) ?? undefined),
    putReport: (name, day, ledgerVersion, report) =>
      use(async (db) => {
        const _id = `${name}/${day}`;
        const newer = replaceIf(or(absent('$ledgerVersion'), { $gte: [ledgerVersion, '$ledgerVersion'] }), {
          ...report,
          _id,
          name,
          day,
          ledgerVersion,
        });
        await db.collection<StoredReport>('reports').updateOne({ _id }, newer, { upsert: true });
      }),
    close,
  };
}

async function ensure(db: Db, table: Table): Promise<void> {
  const name = table.name;
  const validator = { $jsonSchema: documentSchema(table) };
  try {
    await db.createCollection(name, { validator });
  } catch (error) {
    if (!(error instanceof MongoError && error.code === NAMESPACE_EXISTS)) throw error;
    await db.command({ collMod: name, validator });
  }
  for (const index of table.indexes) await db.collection(name).createIndex(index);
  await db
    .createCollection(currentView(table), { viewOn: name, pipeline: [{ $match: CURRENT }] })
    .catch((error: unknown) => {
      if (!(error instanceof MongoError && error.code === NAMESPACE_EXISTS)) throw error;
    });
}

const inLists = <T>(items: readonly T[], length: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / length) }, (_, i) => items.slice(i * length, (i + 1) * length));

const or = (...conditions: readonly object[]): object => ({ $or: conditions });
const absent = (field: string): object => ({ $eq: [{ $type: field }, 'missing'] });

/** `$literal`, because in a pipeline a text that starts with `$` is an expression. */
const replaceIf = (condition: object, document: object, kept: object = {}): object[] => [
  { $replaceWith: { $cond: [condition, { $mergeObjects: [{ $literal: document }, kept] }, '$$ROOT'] } },
];

/** A floor, once set, stays: rows below it would rise again behind a newer one. */
const FLOOR_KEPT = { floor: { $ifNull: ['$floor', NO_FLOOR] } };

/** Applied iff commit > floor and (version, commit) > the document's; the filter is `_id` alone, so the server retries a race of two inserts itself. */
function upsert(row: DocumentRow, commit: number, document: object): AnyBulkWriteOperation<Stored> {
  const grows = or(
    { $gt: [row.version, '$version'] },
    { $and: [{ $eq: [row.version, '$version'] }, { $gt: [commit, '$commit'] }] },
  );
  const applies = or(absent('$version'), { $and: [{ $gt: [commit, '$floor'] }, grows] });
  return { updateOne: { filter: { _id: row.entity }, update: replaceIf(applies, document, FLOOR_KEPT), upsert: true } };
}

/** Applied iff commit > floor, whatever the version: what an entry that replaced rows leaves. */
function reset(entity: string, commit: number, document: object): AnyBulkWriteOperation<Stored> {
  const applies = or(absent('$version'), { $gt: [commit, '$floor'] });
  return { updateOne: { filter: { _id: entity }, update: replaceIf(applies, document), upsert: true } };
}

interface NewDocument {
  readonly row: DocumentRow;
  readonly document: Stored;
}

/** Most entities are new, and an insert costs a fraction of a guarded upsert: that is left to those the server has, or refuses. */
async function insertOrUpsert(
  collection: Collection<Stored>,
  commit: number,
  all: readonly NewDocument[],
): Promise<LoadCounts> {
  const refused: NewDocument[] = [];
  for (const some of inLists(all, BULK)) {
    try {
      await collection.insertMany(
        some.map(({ document }) => document),
        { ordered: false },
      );
    } catch (error) {
      if (!(error instanceof MongoBulkWriteError) || error.result.getWriteConcernError() !== undefined) throw error;
      const errors = [error.writeErrors].flat();
      if (errors.length === 0) throw error;
      refused.push(...errors.flatMap(({ index }) => some[index] ?? []));
    }
  }
  const upserts = refused.map(({ row, document }) => upsert(row, commit, document));
  const counts = await write(collection, upserts);
  return { ...counts, inserted: counts.inserted + all.length - upserts.length };
}

async function write(
  collection: Collection<Stored>,
  all: readonly AnyBulkWriteOperation<Stored>[],
): Promise<LoadCounts> {
  const counts = { inserted: 0, updated: 0, unchanged: 0 };
  for (const operations of inLists(all, BULK)) {
    const result = await collection.bulkWrite(operations, { ordered: false });
    counts.inserted += result.upsertedCount;
    counts.updated += result.modifiedCount;
    counts.unchanged += operations.length - result.upsertedCount - result.modifiedCount;
  }
  return counts;
}

function documentOf(
  row: DocumentRow,
  commit: number,
  floor: number,
  columns: ReturnType<typeof documentColumns>,
): Stored {
  const document: Record<string, unknown> & Stored = { _id: row.entity, version: row.version, commit, floor };
  for (const column of columns) {
    const value = row.columns[column.name] ?? null;
    document[column.document] = bsonOf(column.type, value);
  }
  return document;
}

function bsonOf(type: ColumnType, value: unknown): unknown {
  if (type === 'timestamp' && typeof value === 'number') return new Date(value);
  return type === 'int64' && (typeof value === 'number' || typeof value === 'string') ? BigInt(value) : value;
}
