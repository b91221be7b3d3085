/** purge: removes tombstones of documents that are older than a month; no loader is late by that much. */
import type { Source } from '../../domain/formats/layout.ts';
import { contractOf } from '../../lake/lake.ts';
import { knownTables } from '../../lake/tables.ts';
import { throwIfCancelled } from '../heartbeat.ts';
import type { Ports } from '../ports.ts';

const KEPT_MS = 30 * 24 * 3_600_000;

export interface Purged {
  readonly tombstones: number;
}

/** Builds the activity. */
export function createPurge(ports: Pick<Ports, 'store' | 'contracts' | 'documents' | 'log' | 'now'>) {
  return async function purge({ source }: { readonly source: Source }): Promise<Purged> {
    let tombstones = 0;
    contractOf(ports, source);
    for (const table of (await knownTables(ports, source)).values()) {
      if (!table.documents) continue;
      throwIfCancelled();
      tombstones += await ports.documents.purge(table, ports.now() - KEPT_MS);
    }
    ports.log.info('documents.purged', { source, tombstones });
    return { tombstones };
  };
}
