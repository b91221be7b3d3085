/** One message's way, as the page shows it: places, counts and verdicts; no identity, no entity, no pseudonym, no content. */
import { explain, idContext } from '../inspect/explain.ts';
import type { Config } from '../wiring/config.ts';
import type { Readers } from '../wiring/ports.ts';
import type { MessageWay } from './api.ts';

/** Explains an id. Throws NoSuchLine for a place that its object has not. */
export async function messageWay(config: Config, ports: Readers, id: string): Promise<MessageWay> {
  const { lines, notes } = await explain(
    ports,
    id,
    idContext(config, () => undefined),
  );
  return {
    notes,
    lines: lines.map(({ source, place, station, next, receipt, seal, revisions, rows, documents, reports }) => ({
      source,
      place,
      station,
      next,
      receipt: {
        at: receipt.at,
        window: receipt.window,
        readable: receipt.readable,
        objectLines: receipt.objectLines,
        bodyBytes: receipt.bodyBytes,
      },
      seal: seal?.name ?? null,
      revisions: revisions.map(({ revision, ledgerVersion, verdict, reason, meaning, field, eventDate, tables }) => ({
        ...{ revision, ledgerVersion, verdict, reason, meaning, field, eventDate, tables },
      })),
      rows: rows.map(({ table, eventDate, file, current }) => ({ table, eventDate, file, current })),
      documents: documents.map(({ collection, holds }) => ({ collection, holds })),
      reports,
    })),
  };
}
