/** A wire between client and broker that a test can cut or freeze. */
import net from 'node:net';

/** `url` is the broker's URL with the proxy's port, a free one unless one is given. */
export async function startProxy(brokerUrl: string, listenOn = 0) {
  const target = new URL(brokerUrl);
  const pairs = new Set<readonly [net.Socket, net.Socket]>();
  const server = net.createServer({ allowHalfOpen: false }, (client) => {
    const upstream = net.connect(Number(target.port), target.hostname);
    const pair = [client, upstream] as const;
    pairs.add(pair);
    for (const [from, to] of [pair, [upstream, client] as const]) {
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        to.destroy();
        pairs.delete(pair);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(listenOn, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  const cut = (): void => {
    for (const [client, upstream] of pairs) {
      upstream.destroy();
      client.resetAndDestroy();
    }
  };
  return {
    url: `${target.protocol}//127.0.0.1:${String(port)}`,
    /** Resets every connection, as a network fault would. */
    cut,
    /** Nothing passes any more in either direction, and nobody is told. */
    freeze: (): void => {
      for (const [client, upstream] of pairs) {
        client.unpipe(upstream);
        upstream.unpipe(client);
        client.pause();
        upstream.pause();
      }
    },
    close: async (): Promise<void> => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
