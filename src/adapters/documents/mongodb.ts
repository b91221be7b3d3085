/** The document store on MongoDB 6 or later, or what speaks its wire protocol. */
import { type AnyBulkWriteOperation, type Collection, type Db, MongoClient, MongoError } from 'mongodb';
import type { ColumnType, Table } from '../../domain/contracts/contract.ts';
import {
  type DocumentRow,
  type DocumentState,
  NO_FLOOR,
  documentColumns,
  documentSchema,
} from '../../domain/documents.ts';
import { InvariantViolation, SetupError, TransientError, messageOf } from '../../domain/errors.ts';
import type { DocumentStore, LoadCounts } from './document-store.ts';

export interface MongoOptions {
  readonly uri: string;
  readonly database: string;
  readonly timeoutMs: number;
}

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
const NAMESPACE_EXISTS = 48;
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
    load: (table, commit, rows) => use((db) => load(documents(db, table), table, commit, rows)),
    states: (table, entities) =>
      use(async (db) => {
        const found = documents(db, table).find(
          { _id: { $in: [...entities] } },
          { projection: { floor: 1, version: 1, commit: 1 } },
        );
        return new Map(
          (await found.toArray()).map(({ _id, floor, version, commit }) => [_id, { floor, version, commit }]),
        );
      }),
    count: (table) => use((db) => documents(db, table).countDocuments({})),
    find: (table, entity) => use(async (db) => (await documents(db, table).findOne({ _id: entity })) ?? undefined),
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

/** One connected client at a time. The driver never recovers from a first connect that failed, so that client is thrown away. */
function connections(options: MongoOptions) {
  const make = (): MongoClient => {
    try {
      return new MongoClient(options.uri, {
        serverSelectionTimeoutMS: options.timeoutMs,
        writeConcern: { w: 'majority', journal: true },
        readConcernLevel: 'majority',
        retryWrites: true,
      });
    } catch (error) {
      throw new SetupError(`MONGODB_URI cannot be used: ${messageOf(error)}`);
    }
  };
  let client: MongoClient | undefined = make();
  let connecting: Promise<MongoClient> | undefined;

  async function connect(): Promise<MongoClient> {
    const tried = client ?? make();
    client = tried;
    try {
      return await tried.connect();
    } catch (error) {
      client = undefined;
      connecting = undefined;
      await tried.close();
      throw error;
    }
  }

  return {
    use: async <T>(work: (db: Db) => Promise<T>): Promise<T> => {
      try {
        connecting ??= connect();
        return await work((await connecting).db(options.database));
      } catch (error) {
        throw classify(error);
      }
    },
    close: async (): Promise<void> => {
      await client?.close();
    },
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
}

const or = (...conditions: readonly object[]): object => ({ $or: conditions });
const absent = (field: string): object => ({ $eq: [{ $type: field }, 'missing'] });

/** `$literal`, because in a pipeline a text that starts with `$` is an expression. */
const replaceIf = (condition: object, document: object): object[] => [
  { $replaceWith: { $cond: [condition, { $literal: document }, '$$ROOT'] } },
];

/** Applied iff commit > floor and (version, commit) > the document's; the filter is `_id` alone, so the server retries a race of two inserts itself. */
function upsert(row: DocumentRow, commit: number, document: object): AnyBulkWriteOperation<Stored> {
  const grows = or(
    { $gt: [row.version, '$version'] },
    { $and: [{ $eq: [row.version, '$version'] }, { $gt: [commit, '$commit'] }] },
  );
  const applies = or(absent('$version'), { $and: [{ $gt: [commit, '$floor'] }, grows] });
  return { updateOne: { filter: { _id: row.entity }, update: replaceIf(applies, document), upsert: true } };
}

async function load(
  collection: Collection<Stored>,
  table: Table,
  commit: number,
  rows: readonly DocumentRow[],
): Promise<LoadCounts> {
  const columns = documentColumns(table);
  const counts = { inserted: 0, updated: 0, unchanged: 0 };
  for (let i = 0; i < rows.length; i += BULK) {
    const operations = rows.slice(i, i + BULK).map((row) => upsert(row, commit, documentOf(row, commit, columns)));
    const result = await collection.bulkWrite(operations, { ordered: false });
    counts.inserted += result.upsertedCount;
    counts.updated += result.modifiedCount;
    counts.unchanged += operations.length - result.upsertedCount - result.modifiedCount;
  }
  return counts;
}

function documentOf(row: DocumentRow, commit: number, columns: ReturnType<typeof documentColumns>): object {
  const document: Record<string, unknown> = { _id: row.entity, version: row.version, commit, floor: NO_FLOOR };
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

const AUTHENTICATION = new Set([13, 18, 8000]);
const FAILED_VALIDATION = 121;

/** What an error of the driver means. The message never holds the URI, which may hold a password. */
function classify(error: unknown): Error {
  if (!(error instanceof Error)) return new TransientError(`MongoDB failed: ${messageOf(error)}`);
  const code = error instanceof MongoError ? error.code : undefined;
  if (code === FAILED_VALIDATION)
    return new InvariantViolation(`MongoDB's validator refuses a row of the table: ${messageOf(error)}`);
  if (typeof code === 'number' && AUTHENTICATION.has(code)) {
    return new SetupError(`MongoDB refuses this user: ${messageOf(error)}; check MONGODB_URI and the user's rights.`, {
      cause: error,
    });
  }
  return error instanceof MongoError
    ? new TransientError(`MongoDB failed: ${messageOf(error)}`, { cause: error })
    : error;
}
