/** purge: removes tombstones of documents that are older than a month; no loader is late by that much. */
import type { Source } from '../domain/layout.ts';
import { throwIfCancelled } from './heartbeat.ts';
import { type Ports, contractOf } from './ports.ts';

const KEPT_MS = 30 * 24 * 3_600_000;

export interface Purged {
  readonly tombstones: number;
}

/** Builds the activity. */
export function createPurge(ports: Pick<Ports, 'contracts' | 'documents' | 'log' | 'now'>) {
  return async function purge({ source }: { readonly source: Source }): Promise<Purged> {
    let tombstones = 0;
    for (const table of contractOf(ports, source).tables.filter(({ documents }) => documents)) {
      throwIfCancelled();
      tombstones += await ports.documents.purge(table, ports.now() - KEPT_MS);
    }
    ports.log.info('documents.purged', { source, tombstones });
    return { tombstones };
  };
}
