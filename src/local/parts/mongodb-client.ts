/** What a start asks of MongoDB, or of its stand-in. */
import { type Document, MongoClient, MongoServerError } from 'mongodb';
import { type Place, REPLICA_SET, USER, addressOf } from './mongodb-place.ts';

/** What chatlake does with its databases, whatever they are called, and with the set; it makes no other user. */
const ROLES = ['readWriteAnyDatabase', 'dbAdminAnyDatabase', 'clusterManager'];
const AUTHENTICATION_FAILED = 18;

/** One step towards a server that takes writes with its password, and nothing without; throws until it is there. */
export async function comeUp(place: Place): Promise<void> {
  try {
    await withClient(place.uri, (client) => becomePrimary(client, addressOf(place.port)));
  } catch (error) {
    if (!(error instanceof MongoServerError && error.code === AUTHENTICATION_FAILED)) throw error;
    await withClient(`mongodb://${addressOf(place.port)}/?directConnection=true`, (client) => begin(client, place));
    throw new Error('it has got its user only now', { cause: error });
  }
}

/** As long as it knows no user, MongoDB lets this machine make a one-node set (transactions and change streams need one) and the first user. */
async function begin(client: MongoClient, { port, password }: Place): Promise<void> {
  const admin = client.db('admin');
  const hello = await admin.command({ hello: 1 });
  if (hello['isreplicaset'] === true)
    await admin.command({ replSetInitiate: { _id: REPLICA_SET, members: [{ _id: 0, host: addressOf(port) }] } });
  else if (hello['isWritablePrimary'] === true)
    await admin.command({ createUser: USER, pwd: password, roles: ROLES, mechanisms: ['SCRAM-SHA-256'] });
}

/** Throws until it takes writes. */
async function becomePrimary(client: MongoClient, host: string): Promise<void> {
  const admin = client.db('admin');
  const { config } = (await admin.command({ replSetGetConfig: 1 })) as {
    config: Document & { version: number; members: { host: string }[] };
  };
  // An earlier start may have listened on another port.
  if (config.members[0]?.host !== host) {
    const moved = { ...config, members: [{ _id: 0, host }], version: config.version + 1 };
    await admin.command({ replSetReconfig: moved, force: true });
  }
  const hello = await admin.command({ hello: 1 });
  if (hello['isWritablePrimary'] !== true) throw new Error('it is not the primary yet');
}

/** What the server says is its version. */
export function versionOf(uri: string, database: string): Promise<string> {
  return withClient(uri, async (client) => String((await client.db(database).command({ buildInfo: 1 }))['version']));
}

/** Lends a client that is closed afterwards. */
async function withClient<T>(uri: string, use: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 2_000, connectTimeoutMS: 2_000 });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}
