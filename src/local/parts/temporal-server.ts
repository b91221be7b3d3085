/** What a start asks of Temporal's server. */
import { Client, Connection } from '@temporalio/client';
import { addSearchAttributes } from '../../wiring/search-attributes.ts';
import type { StackFile } from './types.ts';

type Entry = StackFile['temporal'];

/** Resolves when the namespace answers. */
export function reach({ address, namespace }: Entry): Promise<unknown> {
  return withConnection(address, ({ workflowService }) => workflowService.describeNamespace({ namespace }));
}

/** Resolves when the namespace answers and has the search attributes. */
export function prepare({ address, namespace }: Entry): Promise<void> {
  return withConnection(address, async (connection) => {
    await connection.workflowService.describeNamespace({ namespace });
    await addSearchAttributes(new Client({ connection, namespace }));
  });
}

/** What the server says of itself. */
export function serverVersion(address: string): Promise<string> {
  return withConnection(address, async (connection) => {
    const info = await connection.workflowService.getSystemInfo({});
    return info.serverVersion;
  });
}

async function withConnection<T>(address: string, use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address, connectTimeout: 2_000 });
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}
