/** Writing documents: guarded by ledger version, new ones first; what the database refuses for good becomes a stub. */
import { isNativeError } from 'node:util/types';
import { type AnyBulkWriteOperation, type Collection, MongoBulkWriteError } from 'mongodb';
import type { Refusal } from '../../domain/formats/documents.ts';
import { TransientError } from '../../domain/errors.ts';
import type { WriteCounts } from './document-store.ts';
import type { Stored } from './stored.ts';

const BULK = 1_000;
const FAILED_VALIDATION = 121;
const DUPLICATE_KEY = 11_000;
/** BSONObjectTooLarge, what some servers say of a message that is, and the driver of a document that leaves its buffer of 17 MB. */
const TOO_LARGE: ReadonlySet<unknown> = new Set([10_334, 17_280, 17_419, 'ERR_OUT_OF_RANGE']);

/** Items in lists of some length. */
export const inLists = <T>(items: readonly T[], length: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / length) }, (_, i) => items.slice(i * length, (i + 1) * length));

/** An update that replaces a document unless it stands at `at` or beyond. `$literal`, because in a pipeline a text that starts with `$` is an expression. */
export const notBelow = (at: number, document: object): object[] => [
  {
    $replaceWith: {
      $cond: [
        { $or: [{ $eq: [{ $type: '$at' }, 'missing'] }, { $lt: ['$at', at] }] },
        { $literal: document },
        '$$ROOT',
      ],
    },
  },
];

/** The filter is `_id` alone, so the server itself retries a race of two inserts. */
const upsert = (at: number, document: Stored): AnyBulkWriteOperation<Stored> => ({
  updateOne: { filter: { _id: document._id }, update: notBelow(at, document), upsert: true },
});

/**
 * Writes documents where the stored ones stand below `at`. Most are new, and an insert costs a fraction of a guarded upsert: that is left
 * to those the server has. One that the database will never take becomes a stub with its reason; the others are written all the same.
 */
export async function writeAll(
  collection: Collection<Stored>,
  at: number,
  all: readonly Stored[],
): Promise<WriteCounts> {
  const total = { inserted: 0, updated: 0, unchanged: 0, refused: 0 };
  for (const some of inLists(all, BULK)) {
    const inserted = await tried(some, (documents) => insert(collection, documents));
    const known = inserted.there;
    const replaced = await tried(known, (documents) => replace(collection, at, documents));
    const refused = [...inserted.refused, ...replaced.refused];
    for (const { document, why } of refused) {
      const { _id, version } = document;
      await collection.bulkWrite([upsert(at, { _id, version, at, refused: why })]);
    }
    total.inserted += inserted.written;
    total.updated += replaced.written;
    total.unchanged += known.length - replaced.written - replaced.refused.length;
    total.refused += refused.length;
  }
  return total;
}

interface Refused {
  readonly document: Stored;
  readonly why: Refusal;
}

/** What became of some documents. `there`: inserts of which the server has the document already. */
interface Outcome {
  readonly written: number;
  readonly there: readonly Stored[];
  readonly refused: readonly Refused[];
}

/** Does the work on all; where it cannot even be sent, on halves of them, so that only those are left for which it never can. */
async function tried(
  documents: readonly Stored[],
  work: (documents: readonly Stored[]) => Promise<Outcome>,
): Promise<Outcome> {
  if (documents.length === 0) return { written: 0, there: [], refused: [] };
  try {
    return await work(documents);
  } catch (error) {
    const why = isNativeError(error) ? refusalOf(codeOf(error), error) : undefined;
    const [document] = documents;
    if (why === undefined || document === undefined) throw error;
    if (documents.length === 1) return { written: 0, there: [], refused: [{ document, why }] };
    const middle = Math.ceil(documents.length / 2);
    const first = await tried(documents.slice(0, middle), work);
    const second = await tried(documents.slice(middle), work);
    return {
      written: first.written + second.written,
      there: [...first.there, ...second.there],
      refused: [...first.refused, ...second.refused],
    };
  }
}

/** Inserts those that the server has not. */
async function insert(collection: Collection<Stored>, documents: readonly Stored[]): Promise<Outcome> {
  try {
    const { insertedCount } = await collection.insertMany([...documents], { ordered: false });
    return { written: insertedCount, there: [], refused: [] };
  } catch (error) {
    const { there, refused } = leftBy(error, documents);
    return { written: documents.length - there.length - refused.length, there, refused };
  }
}

/** Replaces those that stand below `at`. */
async function replace(collection: Collection<Stored>, at: number, documents: readonly Stored[]): Promise<Outcome> {
  const operations = documents.map((document) => upsert(at, document));
  try {
    const { modifiedCount, upsertedCount } = await collection.bulkWrite(operations, { ordered: false });
    return { written: modifiedCount + upsertedCount, there: [], refused: [] };
  } catch (error) {
    const { there, refused } = leftBy(error, documents);
    if (there.length > 0 || !(error instanceof MongoBulkWriteError)) throw error;
    return { written: error.modifiedCount + error.upsertedCount, there, refused };
  }
}

/** What an unordered write left, one by one: the others were written. Throws the error where it says anything else. */
function leftBy(error: unknown, documents: readonly Stored[]): Pick<Outcome, 'there' | 'refused'> {
  if (!(error instanceof MongoBulkWriteError) || error.result.getWriteConcernError() !== undefined) throw error;
  const there: Stored[] = [];
  const refused: Refused[] = [];
  const errors = [error.writeErrors].flat();
  for (const one of errors) {
    const document = documents[one.index];
    const why = refusalOf(one.code, new Error(one.errmsg));
    if (document !== undefined && one.code === DUPLICATE_KEY) there.push(document);
    else if (document !== undefined && why !== undefined) refused.push({ document, why });
    else throw error;
  }
  if (errors.length === 0) throw error;
  return { there, refused };
}

/** Why the database will never take a document; undefined: the fault is another. */
function refusalOf(code: unknown, error: Error): Refusal | undefined {
  if (error instanceof TransientError) return undefined;
  if (code === FAILED_VALIDATION) return 'invalid';
  if (TOO_LARGE.has(code) || /larger than the maximum|object to insert too large|BSONObj/i.test(error.message))
    return 'too_large';
  // What the driver cannot write as BSON never reaches a server.
  return error.name === 'BSONError' || error.name === 'RangeError' ? 'invalid' : undefined;
}

const codeOf = (error: Error): unknown => ('code' in error ? error.code : undefined);
