/** A wire between chatlake and MongoDB that a test can take away and give back. */
import { startProxy } from '../adapters/broker/proxy.ts';

/** `uri` is MongoDB's, user and password with it, through the wire. */
export async function startMongodbWire(mongodb: string) {
  let proxy = await startProxy(mongodb);
  const { port } = new URL(proxy.url);
  const through = new URL(mongodb);
  through.hostname = '127.0.0.1';
  through.port = port;
  through.searchParams.set('directConnection', 'true');
  return {
    uri: through.href,
    away: (): Promise<void> => proxy.close(),
    back: async (): Promise<void> => {
      proxy = await startProxy(mongodb, Number(port));
    },
  };
}
