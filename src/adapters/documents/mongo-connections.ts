/** How MongoDB is reached, and what its errors mean. */
import { type Db, MongoClient, MongoError } from 'mongodb';
import { InvariantViolation, SetupError, TransientError, messageOf } from '../../domain/errors.ts';

export interface MongoOptions {
  readonly uri: string;
  readonly database: string;
  readonly timeoutMs: number;
}

/** One connected client at a time. The driver never recovers from a first connect that failed, so that client is thrown away. */
export function connections(options: MongoOptions) {
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
