/** The document store on MongoDB 6 or later, or what speaks its wire protocol. */
import { type Db, MongoError } from 'mongodb';
import type { Table } from '../../domain/sources/contract.ts';
import { type DocumentState, currentView } from '../../domain/formats/documents.ts';
import { mapSome } from '../../domain/some.ts';
import type { DocumentStore } from './document-store.ts';
import { type MongoOptions, connections } from './mongo-connections.ts';
import { documentSchema } from './mongo-schema.ts';
import { type Stored, storedOf } from './stored.ts';
import { inLists, notBelow, writeAll } from './write.ts';

interface Projection {
  readonly _id: string;
  readonly version: number;
}

interface StoredReport {
  readonly _id: string;
  readonly at: number;
  readonly [field: string]: unknown;
}

/** Ids in one query: long lists cost some servers more than their length. */
const IDS = 50;
const FINDS_AT_ONCE = 4;
const REFUSED_SHOWN = 20;
const NAMESPACE_EXISTS = 48;
/** Documents that show a row. */
const CURRENT = { gone: { $ne: true }, refused: { $exists: false } } as const;

/**
 * A document store that connects at its first call, and again after a connection that never came about. Writes are acknowledged by a
 * majority and journalled. Throws SetupError for an address that cannot be read.
 */
export function createMongoDocuments(options: MongoOptions): DocumentStore & { close(): Promise<void> } {
  const { use, close } = connections(options);
  /** Descriptions that this process has brought to the server. */
  const ensured = new Set<string>();
  const versionOf = (id: string): Promise<number> =>
    use(async (db) => (await projections(db).findOne({ _id: id }))?.version ?? -1);
  return {
    name: 'MongoDB',
    ensure: async (table) => {
      const description = JSON.stringify(table);
      if (ensured.has(description)) return;
      await use((db) => ensure(db, table));
      ensured.add(description);
    },
    applied: (source) => versionOf(`ledger/${source}`),
    advance: (source, from, version) => use((db) => advance(db, `ledger/${source}`, from, version)),
    write: (table, at, current) => use((db) => writeAll(documents(db, table), at, storedOf(table, at, current))),
    purge: (table, before) =>
      use(async (db) => {
        const old = { gone: true, goneAt: { $lt: new Date(before) } };
        return (await documents(db, table).deleteMany(old)).deletedCount;
      }),
    states: (table, entities) =>
      use(async (db) => {
        const projection = { at: 1, version: 1, gone: 1, refused: 1 };
        const found = await mapSome(inLists(entities, IDS), FINDS_AT_ONCE, (some) =>
          documents(db, table)
            .find({ _id: { $in: [...some] } }, { projection })
            .toArray(),
        );
        return new Map(found.flat().map(({ _id, ...state }): [string, DocumentState] => [_id, state]));
      }),
    count: (table) => use((db) => documents(db, table).countDocuments(CURRENT)),
    refused: (table) =>
      use(async (db) => {
        const stubs = { refused: { $exists: true } };
        const first = await documents(db, table).find(stubs).limit(REFUSED_SHOWN).toArray();
        return {
          count: await documents(db, table).countDocuments(stubs),
          first: first.map(({ _id, at, refused = 'invalid' }) => ({ entity: _id, at, why: refused })),
        };
      }),
    find: (table, entity) =>
      use(async (db) => (await documents(db, table).findOne({ _id: entity, gone: { $ne: true } })) ?? undefined),
    reportsApplied: (name) => versionOf(`reports/${name}`),
    putReports: (name, from, ledgerVersion, days) =>
      use(async (db) => {
        const operations = Object.entries(days).map(([day, report]) => {
          const _id = `${name}/${day}`;
          const update = notBelow(ledgerVersion, { ...report, _id, name, day, at: ledgerVersion });
          return { updateOne: { filter: { _id }, update, upsert: true } };
        });
        if (operations.length > 0)
          await db.collection<StoredReport>('reports').bulkWrite(operations, { ordered: false });
        await advance(db, `reports/${name}`, from, ledgerVersion);
      }),
    close,
  };
}

const documents = (db: Db, table: Pick<Table, 'name'>) => db.collection<Stored>(table.name);
const projections = (db: Db) => db.collection<Projection>('chatlake_projections');

async function advance(db: Db, id: string, from: number, version: number): Promise<void> {
  const filter = from < 0 ? { _id: id } : { _id: id, version: { $gte: from } };
  await projections(db).updateOne(filter, { $max: { version } }, { upsert: from < 0 });
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
