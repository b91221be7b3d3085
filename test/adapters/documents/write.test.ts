/** A document that the driver itself cannot send: it never reaches a server, and holds up no other. */
import { expect, test } from '@jest/globals';
import { BSON, type Collection } from 'mongodb';
import type { Stored } from '../../../src/adapters/documents/stored.ts';
import { writeAll } from '../../../src/adapters/documents/write.ts';

/** A collection that serialises all documents of a write before it takes any, as the driver does. */
function collectionOf(stored: Map<string, object>): Collection<Stored> {
  const collection = {
    insertMany(documents: readonly Stored[]) {
      for (const document of documents) BSON.serialize(document);
      for (const document of documents) stored.set(document._id, document);
      return Promise.resolve({ insertedCount: documents.length });
    },
    bulkWrite(operations: readonly { updateOne: { filter: { _id: string } } }[]) {
      for (const operation of operations) stored.set(operation.updateOne.filter._id, operation);
      return Promise.resolve({ modifiedCount: 0, upsertedCount: operations.length });
    },
  };
  return collection as unknown as Collection<Stored>;
}

test('one that leaves the driver’s buffer becomes a stub for its size, wherever it stands among the others', async () => {
  const huge = { text: 'x'.repeat(17 * 1_048_576), behind: 1 };
  for (const place of [0, 3, 9]) {
    const documents = Array.from({ length: 10 }, (_, n): Stored => {
      const document = { _id: `d${n}`, version: 'v', at: 1 };
      return n === place ? { ...document, ...huge } : document;
    });
    const stored = new Map<string, object>();
    const written = await writeAll(collectionOf(stored), 1, documents);
    expect(written).toEqual({ inserted: 9, updated: 0, unchanged: 0, refused: 1 });
    expect(stored.size).toBe(10);
    expect(JSON.stringify(stored.get(`d${place}`))).toContain('"refused":"too_large"');
  }
});
