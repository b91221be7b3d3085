/** A document store whose first connection fails works as soon as the server is there. */
import { type Server, connect, createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { createMongoDocuments } from '../../../src/adapters/documents/mongodb.ts';
import { TransientError } from '../../../src/domain/errors.ts';
import { stack, uniqueName } from '../../support/stack.ts';

/** Listens on a free port, or on the given one, and forwards to the real server. */
async function forwarder(port: number): Promise<{ server: Server; port: number }> {
  const { hostname, port: target } = new URL(stack().mongodb.uri);
  const server = createServer((socket) => {
    const upstream = connect(Number(target), hostname);
    socket.pipe(upstream).pipe(socket);
    for (const end of [socket, upstream]) end.on('error', () => (socket.destroy(), upstream.destroy()));
  });
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { server, port: address.port };
}

test('a first connection that fails is not the last', async () => {
  const { server, port } = await forwarder(0);
  await new Promise((done) => server.close(done));
  const uri = stack().mongodb.uri.replace(new URL(stack().mongodb.uri).host, `127.0.0.1:${port}`);
  const documents = createMongoDocuments({ uri, database: uniqueName('recovers'), timeoutMs: 500 });
  await expect(documents.applied('desk')).rejects.toBeInstanceOf(TransientError);
  const back = await forwarder(port);
  expect(await documents.applied('desk')).toBe(-1);
  await documents.close();
  await new Promise((done) => back.server.close(done));
});
