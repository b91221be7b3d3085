/** `dedupe` in SQL: exact, over all lines, good or bad. */
import type { Reason } from '../../../domain/counts.ts';
import { checkEquation } from '../../../domain/counts.ts';
import { invariant } from '../../../domain/errors.ts';
import { LEDGER_COLUMNS, rowsPerTable } from '../../../domain/formats/ledger.ts';
import type { DedupeJob, DedupeResult } from '../engine.ts';
import { type Session, list, literal } from './session.ts';

/** Gives every staged line its verdict and writes the run's ledger file. The order is (generation, raw key, line). */
export async function dedupe(session: Session, job: DedupeJob): Promise<DedupeResult> {
  await session.run(`
    CREATE TEMP TABLE ids AS
    SELECT generation, seal, raw_key, line, identity_hash, transport_id, claim_key, reason, field, entity, event_date, tables
    FROM read_parquet(${list(job.staged)}) LEFT JOIN (${placesSql(job.seals)}) USING (raw_key)`);
  const columns = LEDGER_COLUMNS.map((column) => column.name).join(', ');
  const claimed =
    job.claims.length === 0
      ? ''
      : `UNION SELECT raw_key, line FROM ids SEMI JOIN (${claimedSql(job, await claimKeys(session))}) USING (identity_hash)`;
  await session.run(`
    CREATE TEMP TABLE judged AS
    WITH repeated AS (
      SELECT raw_key, line FROM (
        SELECT raw_key, line, row_number() OVER (PARTITION BY identity_hash ORDER BY generation, raw_key, line) AS place
        FROM ids SEMI JOIN (SELECT identity_hash FROM ids GROUP BY identity_hash HAVING count(*) > 1) USING (identity_hash))
      WHERE place > 1
      ${claimed})
    SELECT identity_hash, transport_id, verdict, CASE WHEN verdict = 'quarantined' THEN reason END AS reason, CASE WHEN verdict = 'quarantined' THEN field END AS field,
      generation, seal, ${job.revision}::INTEGER AS revision, raw_key, line,
      CASE WHEN verdict = 'enriched' THEN entity END AS entity, CASE WHEN verdict = 'enriched' THEN event_date END AS event_date,
      CASE WHEN verdict = 'enriched' THEN tables END AS tables, claim_key
    FROM (SELECT ids.*, CASE WHEN r.line IS NOT NULL THEN 'duplicate' WHEN ids.reason IS NOT NULL THEN 'quarantined' ELSE 'enriched' END AS verdict
      FROM ids LEFT JOIN repeated r ON r.raw_key = ids.raw_key AND r.line = ids.line)`);
  await session.run(`
    COPY (SELECT ${columns} FROM judged ORDER BY claim_key, identity_hash, generation, raw_key, line) TO ${literal(job.out)} (FORMAT parquet, COMPRESSION zstd)`);
  return summarise(session, job);
}

/** Which seal each raw object belongs to, and the place of the seal's generation. */
function placesSql(seals: DedupeJob['seals']): string {
  const places = seals.flatMap(({ name, objects }, generation) => objects.map((key) => ({ generation, name, key })));
  const generations = places.map(({ generation }) => generation).join(', ');
  return `SELECT unnest([${generations}]) AS generation, unnest(${list(places.map(({ name }) => name))}) AS seal,
    unnest(${list(places.map(({ key }) => key))}) AS raw_key`;
}

/** Claim keys that are named one by one; of more the range is. */
const KEYS_NAMED = 1_000;

/** The claim keys of the staged lines, as a condition: a message without a day has one that lies far from all others, so a range may be all there are. */
async function claimKeys(session: Session): Promise<string> {
  const keys = (await session.rows('SELECT DISTINCT claim_key AS k FROM ids ORDER BY k')).map(({ k }) => String(k));
  if (keys.length <= KEYS_NAMED) return `claim_key IN (${keys.map(literal).join(', ')})`;
  return `claim_key BETWEEN ${literal(keys[0] ?? '')} AND ${literal(keys.at(-1) ?? '')}`;
}

/** Identities of these lines that other seals claimed: any verdict but duplicate. A claim held by these seals is mine. */
function claimedSql(job: DedupeJob, hasKey: string): string {
  return `SELECT identity_hash FROM read_parquet(${list(job.claims)}, union_by_name = true) SEMI JOIN ids USING (identity_hash)
    WHERE verdict <> 'duplicate' AND ${hasKey} AND seal NOT IN (${job.seals.map(({ name }) => literal(name)).join(', ')})`;
}

async function summarise(session: Session, job: DedupeJob): Promise<DedupeResult> {
  // Messages with the same fate are one row; what is asked of them is few enough to be added up here.
  const fates = await session.rows(
    `SELECT verdict, reason, event_date AS date, tables, count(*)::INTEGER AS n, count(seal)::INTEGER AS sealed, count(entity)::INTEGER AS named, min(claim_key) AS min, max(claim_key) AS max
    FROM judged GROUP BY verdict, reason, event_date, tables ORDER BY ALL`,
  );
  const enriched = fates.filter(({ verdict }) => verdict === 'enriched');
  const counts = {
    received: sumOf(fates),
    enriched: sumOf(enriched),
    duplicates: sumOf(fates.filter(({ verdict }) => verdict === 'duplicate')),
    quarantined: sumOf(fates.filter(({ verdict }) => verdict === 'quarantined')),
  };
  checkEquation(counts, job.run);
  invariant(sumOf(fates, 'sealed') === counts.received, `${job.run}: a staged line lies in a raw object of no seal`);
  invariant(
    enriched.every(({ date, tables }) => typeof date === 'string' && typeof tables === 'string'),
    `${job.run}: an enriched message has no event date or no table`,
  );
  // Only quarantined messages have a reason.
  const reasons = Object.fromEntries(sumsBy(fates, 'reason')) as Partial<Record<Reason, number>>;
  const keys = fates.flatMap(({ min, max }) => [String(min), String(max)]).sort();
  return {
    counts,
    reasons,
    tables: Object.fromEntries(tablesOf(enriched)),
    shared: [...tablesOf(enriched.filter(({ named }) => Number(named) > 0)).keys()],
    days: sumsBy(enriched, 'date').map(([date, rows]) => ({ date, rows })),
    claimKeys: { min: String(keys[0]), max: String(keys.at(-1)) },
  };
}

type Fate = Readonly<Record<string, unknown>>;

const tablesOf = (fates: readonly Fate[]): ReadonlyMap<string, number> =>
  rowsPerTable(fates.map(({ tables, n }) => ({ tables: String(tables), messages: Number(n) })));

const sumOf = (fates: readonly Fate[], column: 'n' | 'sealed' = 'n'): number =>
  fates.reduce((sum, fate) => sum + Number(fate[column]), 0);

/** Messages by a text column, in its order; those without are left out. */
function sumsBy(fates: readonly Fate[], column: 'reason' | 'date'): readonly (readonly [string, number])[] {
  const sums = new Map<string, number>();
  for (const { [column]: key, n } of fates)
    if (typeof key === 'string') sums.set(key, (sums.get(key) ?? 0) + Number(n));
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1));
}
