/** Whether MongoDB lets this user do what chatlake does: tried on a collection that is dropped again. */
import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { SetupError, messageOf } from '../../domain/errors.ts';

const TIMEOUT_MS = 5_000;

/** Its version and replica set. Throws SetupError, whose sentence never holds the URI. */
export async function askMongo(
  uri: string,
  database: string,
): Promise<{ readonly version: string; readonly replicaSet: string | undefined }> {
  let client: MongoClient | undefined;
  try {
    client = await new MongoClient(uri, { serverSelectionTimeoutMS: TIMEOUT_MS }).connect();
    const db = client.db(database);
    const probe = db.collection<{ _id: string; n: number }>(`chatlake_probe_${randomUUID().slice(0, 8)}`);
    try {
      await probe.createIndex({ n: 1 });
      await probe.updateOne({ _id: 'probe' }, { $set: { n: 1 } }, { upsert: true });
      const found = await probe.findOne({ n: 1 });
      if (found === null) throw new Error('a document just written is not found');
    } finally {
      await probe.drop();
    }
    const { version } = (await db.command({ buildInfo: 1 })) as { version?: string };
    const { setName } = (await db.command({ hello: 1 })) as { setName?: string };
    return { version: version ?? 'unknown', replicaSet: setName };
  } catch (error) {
    throw new SetupError(
      `MongoDB does not let chatlake work in database ${database}: ${messageOf(error)}; check MONGODB_URI, and give its user readWrite and dbAdmin there.`,
      { cause: error },
    );
  } finally {
    await client?.close();
  }
}
