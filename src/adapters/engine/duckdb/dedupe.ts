/** `dedupe` in SQL: exact, over all lines, good or bad. */
import type { Reason } from '../../../domain/counts.ts';
import { checkEquation } from '../../../domain/counts.ts';
import { invariant } from '../../../domain/errors.ts';
import { LEDGER_COLUMNS, rowsPerTable } from '../../../domain/ledger.ts';
import type { DedupeJob, DedupeResult } from '../engine.ts';
import { type Session, list, literal } from './session.ts';

/** Gives every staged line its verdict and writes the run's ledger file. The order is (generation, raw key, line). */
export async function dedupe(session: Session, job: DedupeJob): Promise<DedupeResult> {
  await session.run(`CREATE TEMP TABLE places AS ${placesSql(job.seals)}`);
  await session.run(`
    CREATE TEMP TABLE ids AS
    SELECT generation, seal, raw_key, line, identity_hash, transport_id, claim_key, reason, field, entity, event_date, tables
    FROM read_parquet(${list(job.staged)}) LEFT JOIN places USING (raw_key)`);
  await session.run(`CREATE TEMP TABLE claimed AS ${claimedSql(job)}`);
  await session.run(`
    CREATE TEMP TABLE repeated AS
    SELECT raw_key, line FROM (
      SELECT raw_key, line, row_number() OVER (PARTITION BY identity_hash ORDER BY generation, raw_key, line) AS place
      FROM ids SEMI JOIN (SELECT identity_hash FROM ids GROUP BY identity_hash HAVING count(*) > 1) USING (identity_hash))
    WHERE place > 1
    UNION SELECT raw_key, line FROM ids SEMI JOIN claimed USING (identity_hash)`);
  const columns = LEDGER_COLUMNS.map((column) => column.name).join(', ');
  await session.run(`
    CREATE TEMP TABLE judged AS
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

/** Identities that other seals claimed: any verdict but duplicate. A claim held by these seals is mine. */
function claimedSql(job: DedupeJob): string {
  if (job.claims.length === 0) return 'SELECT NULL::VARCHAR AS identity_hash LIMIT 0';
  return `SELECT DISTINCT identity_hash FROM read_parquet(${list(job.claims)}, union_by_name = true)
    WHERE verdict <> 'duplicate' AND seal NOT IN (${job.seals.map(({ name }) => literal(name)).join(', ')})
      AND claim_key BETWEEN (SELECT min(claim_key) FROM ids) AND (SELECT max(claim_key) FROM ids)`;
}

async function summarise(session: Session, job: DedupeJob): Promise<DedupeResult> {
  const verdicts = await session.rows(
    `SELECT verdict, reason, count(*)::INTEGER AS n FROM judged GROUP BY ALL ORDER BY ALL`,
  );
  const dates = await session.rows(
    `SELECT event_date AS date, count(*)::INTEGER AS rows FROM judged WHERE verdict = 'enriched' GROUP BY ALL ORDER BY ALL`,
  );
  const routes = await session.rows(
    `SELECT tables, count(*)::INTEGER AS rows FROM judged WHERE verdict = 'enriched' GROUP BY ALL ORDER BY ALL`,
  );
  const [keys] = await session.rows(
    `SELECT min(claim_key) AS min, max(claim_key) AS max, count(*)::INTEGER AS n, count(seal)::INTEGER AS sealed FROM judged`,
  );
  const of = (verdict: string): number =>
    verdicts.filter((row) => row['verdict'] === verdict).reduce((sum, row) => sum + Number(row['n']), 0);
  const counts = {
    received: Number(keys?.['n']),
    enriched: of('enriched'),
    duplicates: of('duplicate'),
    quarantined: of('quarantined'),
  };
  checkEquation(counts, job.run);
  invariant(keys?.['sealed'] === keys?.['n'], `${job.run}: a staged line lies in a raw object of no seal`);
  invariant(
    [...dates.map((row) => row['date']), ...routes.map((row) => row['tables'])].every(
      (value) => typeof value === 'string',
    ),
    `${job.run}: an enriched message has no event date or no table`,
  );
  const reasons = Object.fromEntries(
    verdicts.filter((row) => row['verdict'] === 'quarantined').map((row) => [row['reason'], Number(row['n'])]),
  ) as Partial<Record<Reason, number>>;
  return {
    counts,
    reasons,
    tables: Object.fromEntries(
      rowsPerTable(routes.map((row) => ({ tables: String(row['tables']), messages: Number(row['rows']) }))),
    ),
    days: dates.map((row) => ({ date: String(row['date']), rows: Number(row['rows']) })),
    claimKeys: { min: String(keys?.['min']), max: String(keys?.['max']) },
  };
}
