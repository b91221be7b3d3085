/** `dedupe` with a Map: exact, over all lines, good or bad. */
import type { Counts, Reason } from '../../../domain/counts.ts';
import { checkEquation } from '../../../domain/counts.ts';
import { invariant } from '../../../domain/errors.ts';
import { LEDGER_COLUMNS } from '../../../domain/formats/ledger.ts';
import { list } from '../duckdb/session.ts';
import type { DedupeJob, DedupeResult } from '../engine.ts';
import { compareText } from './order.ts';
import { type Row, writeParquet } from './parquet-file.ts';
import { type Reader, reading, rowsOf } from './read.ts';

/** What dedupe looks at in a staged row. */
interface Line {
  readonly raw_key: string;
  readonly line: number;
  readonly identity_hash: string;
  readonly transport_id: string;
  readonly claim_key: string;
  readonly reason: Reason | null;
  readonly field: string | null;
  readonly entity: string | null;
  readonly event_date: string | null;
  readonly tables: string | null;
}

interface LedgerRow extends Row {
  readonly verdict: 'enriched' | 'duplicate' | 'quarantined';
  readonly reason: Reason | null;
  readonly event_date: string | null;
  readonly tables: string | null;
  readonly claim_key: string;
}

/** Gives every staged line its verdict and writes the run's ledger file. The order is (generation, raw key, line). */
export async function dedupe(job: DedupeJob): Promise<DedupeResult> {
  return reading(job.scratch, async (reader) => {
    const lines: Line[] = [];
    const columns = 'raw_key, line, identity_hash, transport_id, claim_key, reason, field, entity, event_date, tables';
    for await (const row of rowsOf(reader, `SELECT ${columns} FROM read_parquet(${list(job.staged)})`))
      lines.push(row as unknown as Line);
    const places = new Map(
      job.seals.flatMap(({ name, objects }, generation) => objects.map((key) => [key, { name, generation }] as const)),
    );
    const placeOf = ({ raw_key }: Line): { readonly name: string; readonly generation: number } => {
      const place = places.get(raw_key);
      invariant(place !== undefined, `${job.run}: a staged line lies in a raw object of no seal`);
      return place;
    };
    lines.sort(
      (a, b) => placeOf(a).generation - placeOf(b).generation || compareText(a.raw_key, b.raw_key) || a.line - b.line,
    );
    const claimed = await claimsOfOthers(reader, job);
    const rows = lines.map((line) => {
      const isFirst = !claimed.has(line.identity_hash);
      claimed.add(line.identity_hash);
      return judge(job, placeOf(line).name, line, isFirst);
    });
    rows.sort(
      (a, b) =>
        compareText(a.claim_key, b.claim_key) || compareText(String(a['identity_hash']), String(b['identity_hash'])),
    );
    await writeParquet({ path: job.out, columns: LEDGER_COLUMNS }, rows);
    return summarise(job, rows);
  });
}

/** Identities that other seals claimed: any verdict but duplicate. A claim held by these seals is mine. */
async function claimsOfOthers(reader: Reader, job: DedupeJob): Promise<Set<string>> {
  const claimed = new Set<string>();
  const own = new Set<unknown>(job.seals.map(({ name }) => name));
  if (job.claims.length === 0) return claimed;
  const sql = `SELECT identity_hash, verdict, seal FROM read_parquet(${list(job.claims)}, union_by_name = true)`;
  for await (const row of rowsOf(reader, sql)) {
    if (row['verdict'] !== 'duplicate' && !own.has(row['seal'])) claimed.add(String(row['identity_hash']));
  }
  return claimed;
}

function judge(job: DedupeJob, seal: string, line: Line, isFirst: boolean): LedgerRow {
  const { reason, field, entity, event_date, tables, ...identity } = line;
  const verdict = !isFirst ? 'duplicate' : reason !== null ? 'quarantined' : 'enriched';
  const isEnriched = verdict === 'enriched';
  invariant(
    !isEnriched || (event_date !== null && tables !== null),
    `${job.run}: an enriched message has no event date or no table`,
  );
  return {
    ...identity,
    verdict,
    reason: verdict === 'quarantined' ? reason : null,
    field: verdict === 'quarantined' ? field : null,
    seal,
    revision: job.revision,
    entity: isEnriched ? entity : null,
    event_date: isEnriched ? event_date : null,
    tables: isEnriched ? tables : null,
  };
}

function summarise(job: DedupeJob, rows: readonly LedgerRow[]): DedupeResult {
  const of = (verdict: LedgerRow['verdict']): number => rows.filter((row) => row.verdict === verdict).length;
  const counts: Counts = {
    received: rows.length,
    enriched: of('enriched'),
    duplicates: of('duplicate'),
    quarantined: of('quarantined'),
  };
  checkEquation(counts, job.run);
  const days = tally(rows.map((row) => row.event_date));
  return {
    counts,
    reasons: Object.fromEntries(tally(rows.map((row) => row.reason))),
    tables: Object.fromEntries(tally(rows.flatMap(tablesOf))),
    shared: tally(rows.filter((row) => row['entity'] !== null).flatMap(tablesOf)).map(([table]) => table),
    days: days.map(([date, n]) => ({ date, rows: n })),
    claimKeys: { min: rows[0]?.claim_key ?? '', max: rows.at(-1)?.claim_key ?? '' },
  };
}

const tablesOf = ({ tables }: LedgerRow): readonly string[] => tables?.split(',') ?? [];

/** How often each value occurs, in the order of the values; null is left out. */
function tally<T extends string>(values: readonly (T | null)[]): [T, number][] {
  const counts = new Map<T, number>();
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => compareText(a, b));
}
