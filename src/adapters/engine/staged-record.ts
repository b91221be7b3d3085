/** A judged line as it is staged. */
import type { StagedRow } from '../../domain/judge/judged.ts';

export type StagedRecord = Readonly<Record<string, unknown>>;

/** A judged line as a record of the staged columns; what is null is left out. Its cells become the record: a copy of each would cost more than the rules. */
export function stagedRecord(row: StagedRow): StagedRecord {
  return Object.assign(row.cells as Record<string, unknown>, {
    raw_key: row.rawKey,
    line: row.line,
    received_at: row.receivedAt,
    transport_id: row.transportId,
    identity_hash: row.identityHash,
    claim_key: row.claimKey,
    reason: row.reason,
    field: row.field,
    entity: row.entity,
    version: row.version,
    event_date: row.eventDate,
    tables: row.tables,
    issues: row.issues,
  });
}
