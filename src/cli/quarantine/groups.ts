/** Quarantined messages, by what the ledger says today. */
import { REASONS, type Reason } from '../../domain/counts.ts';
import { type Source, placeText } from '../../domain/formats/layout.ts';
import { currentVerdicts, literal } from '../../domain/sql.ts';
import { readLedger } from '../../lake/ledger.ts';
import type { Readers } from '../../wiring/ports.ts';
import { type CopyPlace, type LedgerCopy, openLedgerCopy } from '../../inspect/ledger-copy.ts';

/** Which of them; absent: any. */
export interface Which {
  readonly reason?: string | undefined;
  readonly field?: string | undefined;
}

export interface Group {
  readonly source: Source;
  readonly reason: Reason;
  readonly meaning: string;
  readonly field: string;
  readonly messages: number;
  /** When the batches of the first and the last were opened. */
  readonly first: string;
  readonly last: string;
  /** The place of the last one. */
  readonly sample: string;
}

/** One quarantined message. */
export interface Quarantined {
  readonly key: string;
  readonly line: number;
  readonly seal: string;
  readonly reason: Reason;
  readonly field: string;
}

const OPENED = `regexp_extract(raw_key, '/(\\d{13,})-', 1)::BIGINT`;

const where = ({ reason, field }: Which): string =>
  [
    "verdict = 'quarantined'",
    ...(reason === undefined ? [] : [`reason = ${literal(reason)}`]),
    ...(field === undefined ? [] : [`coalesce(field, '') = ${literal(field)}`]),
  ].join(' AND ');

const copyOf = async (ports: Readers, source: Source, copy: CopyPlace): Promise<LedgerCopy> =>
  openLedgerCopy(ports, source, await readLedger(ports, source), copy);

/** The groups of some sources, the largest first. */
export async function groupsOf(
  ports: Readers,
  sources: readonly Source[],
  which: Which,
  place: CopyPlace,
): Promise<readonly Group[]> {
  const groups: Group[] = [];
  for (const source of sources) {
    const copy = await copyOf(ports, source, place);
    const rows = await copy.query(
      `SELECT reason, coalesce(field, '') AS field, count(*)::INTEGER AS n, min(${OPENED})::DOUBLE AS first, max(${OPENED})::DOUBLE AS last,
         arg_max(raw_key, ${OPENED}) AS key, arg_max(line, ${OPENED}) AS line
       FROM (${currentVerdicts('rows')}) WHERE ${where(which)} GROUP BY ALL ORDER BY n DESC, reason, field`,
    );
    for (const row of rows) {
      const reason = String(row['reason']) as Reason;
      groups.push({
        source,
        reason,
        meaning: REASONS[reason],
        field: String(row['field']),
        messages: Number(row['n']),
        first: new Date(Number(row['first'])).toISOString(),
        last: new Date(Number(row['last'])).toISOString(),
        sample: placeText(String(row['key']), Number(row['line'])),
      });
    }
  }
  return groups;
}

/** Every quarantined message of a source, in the order of raw. */
export async function quarantined(
  ports: Readers,
  source: Source,
  which: Which,
  place: CopyPlace,
): Promise<readonly Quarantined[]> {
  const copy = await copyOf(ports, source, place);
  const rows = await copy.query(
    `SELECT raw_key, line, seal, reason, coalesce(field, '') AS field FROM (${currentVerdicts('rows')}) WHERE ${where(which)} ORDER BY raw_key, line`,
  );
  return rows.map((row) => ({
    key: String(row['raw_key']),
    line: Number(row['line']),
    seal: String(row['seal']),
    reason: String(row['reason']) as Reason,
    field: String(row['field']),
  }));
}
