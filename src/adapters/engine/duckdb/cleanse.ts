/** `cleanse` in SQL: plain lines in bulk, the suspect few through the JavaScript reference. */
import { join } from 'node:path';
import { EARLIEST_MS, MAX_AHEAD_MS, type CleanseContext, cleanseLine } from '../../../domain/cleanse.ts';
import type { Contract, Field, Issue } from '../../../domain/contracts/contract.ts';
import { MAX_BODY_LENGTH } from '../../../domain/decode.ts';
import { invariant } from '../../../domain/errors.ts';
import { CLAIM_DAY_PATTERN } from '../../../domain/identity.ts';
import type { Json } from '../../../domain/json.ts';
import type { RawLine } from '../../../domain/raw.ts';
import { CODE_METADATA, STAGED_BASE, type StagedColumn, stagedColumns, stagedType } from '../../../domain/staged.ts';
import type { PseudonymKey } from '../context.ts';
import type { CleanseJob } from '../engine.ts';
import { gzipUncompressedSize } from '../gzip.ts';
import { loadLines, makeDictionary, mapLines } from './dictionary.ts';
import { type Session, identifier, jsonColumns, list, literal } from './session.ts';
import { type FastShape, cpfShape, localDateTimeShape, setPads } from './shapes.ts';

/** The smallest `maximum_object_size` read_json is given; a raw object with a larger line raises it. */
const MIN_OBJECT_BYTES = 16_777_216;

/** What a rule gives for one field, joined to the lines. */
interface FieldPlan {
  readonly field: Field;
  readonly columns: readonly StagedColumn[];
  /** The field's JSON text. */
  readonly f: string;
  readonly table: string;
  readonly fast: FastShape | undefined;
}

/** Judges the lines of a job into staged Parquet, ordered by (raw key, line). */
export async function cleanse(
  session: Session,
  job: CleanseJob,
  key: PseudonymKey,
  context: CleanseContext,
): Promise<{ lines: number }> {
  const { contract } = job;
  await setPads(session, key);
  await readRaw(session, job);
  const lines = await checkLines(session, job);
  await splitPlain(session, contract, job.scratch);
  const plans = await planFields(session, contract, key, context, job.scratch);
  await judgeSuspects(session, contract, context, job.scratch);
  const columns = stagedColumns(contract)
    .map((column) => identifier(column.name))
    .join(', ');
  await session.run(`
    COPY (SELECT ${columns} FROM (${judgedSql(contract, plans)} UNION ALL BY NAME SELECT ${columns} FROM suspects_judged) ORDER BY raw_key, line)
    TO ${literal(job.out)} (FORMAT parquet, COMPRESSION snappy, KV_METADATA {${CODE_METADATA}: ${literal(job.code)}})`);
  return { lines };
}

async function readRaw(session: Session, job: CleanseJob): Promise<void> {
  const rule = job.contract.identity;
  const transport = rule.kind === 'transport' ? 'id' : `coalesce(headers[${literal(rule.name)}], '')`;
  const columns = [
    { name: 'v', type: 'int32' as const },
    { name: 'n', type: 'int32' as const },
    { name: 'id', type: 'text' as const },
    { name: 'receivedAt', type: 'int64' as const },
    { name: 'body', type: 'text' as const },
    { name: 'bodyBase64', type: 'text' as const },
  ];
  const spec =
    rule.kind === 'transport'
      ? jsonColumns(columns)
      : `${jsonColumns(columns).slice(0, -1)}, headers: 'MAP(VARCHAR, VARCHAR)'}`;
  const largest = Math.max(MIN_OBJECT_BYTES, ...job.objects.map((object) => gzipUncompressedSize(object.path)));
  await session.run(
    `CREATE TEMP TABLE objects AS SELECT unnest(${list(job.objects.map((o) => o.path))}) AS path, unnest(${list(job.objects.map((o) => o.key))}) AS raw_key`,
  );
  await session.run(`
    CREATE TEMP TABLE raw AS
    SELECT o.raw_key, r.v, r.n AS line, r."receivedAt" AS received_at, ${transport} AS transport_id, r.body, r."bodyBase64" AS body64
    FROM read_json(${list(job.objects.map((o) => o.path))}, format = 'newline_delimited', compression = 'gzip', filename = true,
      columns = ${spec}, maximum_object_size = ${largest}) r JOIN objects o ON o.path = r.filename`);
}

/** The seal promised so many lines per object; anything else is a broken object or a broken reader. */
async function checkLines(session: Session, job: CleanseJob): Promise<number> {
  const rows = await session.rows(
    `SELECT raw_key, count(*)::INTEGER AS n, count(DISTINCT line)::INTEGER AS d, min(line) AS lo, max(line) AS hi,
      count(*) FILTER (v = 1 AND (body IS NULL) <> (body64 IS NULL))::INTEGER AS known FROM raw GROUP BY raw_key`,
  );
  const found = new Map(rows.map((row) => [row['raw_key'], row]));
  for (const { key, lines } of job.objects) {
    const row = found.get(key);
    const whole =
      row !== undefined &&
      row['n'] === lines &&
      row['d'] === lines &&
      row['known'] === lines &&
      row['lo'] === 0 &&
      row['hi'] === lines - 1;
    invariant(whole, `${key} promises ${lines} lines, read: ${JSON.stringify(row ?? null)}`);
  }
  return job.objects.reduce((sum, object) => sum + object.lines, 0);
}

/** What SQL parses as the reference does: valid, shallow, and nothing DuckDB is more lenient about. */
const LENIENT =
  ',[ \\t\\r\\n]*[}\\]]|[:\\[,][ \\t\\r\\n]*-?[nN][aA][nN]|[:\\[,][ \\t\\r\\n]*-?[iI][nN][fF]|\\\\u(00[0-7]|[dD][89a-fA-F])';

/** At least `n` brackets open: only one nested value is plain, so that no key can hide deeper than the dictionaries look. */
const openers = (n: number): string => Array.from({ length: n }, () => '[\\[{]').join('[^\\[{]*');

async function splitPlain(session: Session, contract: Contract, scratch: string): Promise<void> {
  const nested = contract.fields.find((field) => field.nests)?.path;
  const nests =
    nested === undefined
      ? 'false'
      : `regexp_matches(json_extract(body, ${literal(`$.${nested}`)})::VARCHAR, '^[\\[{]')`;
  const simple = `body IS NOT NULL AND transport_id <> '' AND strlen(body) <= ${MAX_BODY_LENGTH} AND json_valid(body) AND regexp_matches(body, '^[ \\t\\r\\n]*\\{')
    AND NOT regexp_matches(body, '${LENIENT}') AND NOT regexp_matches(body, '${openers(3)}') AND (NOT regexp_matches(body, '${openers(2)}') OR ${nests})`;
  const paths = list(contract.fields.map((field) => `$.${field.path}`));
  const nestedKeys =
    nested === undefined ? "''" : `coalesce(array_to_string(json_keys(body, ${literal(`$.${nested}`)}), chr(31)), '')`;
  await session.run(`
    CREATE TEMP TABLE parsed AS
    SELECT * EXCLUDE (v, body, body64, body_sha), sha256(CASE WHEN transport_id <> '' THEN transport_id || chr(10) || body_sha ELSE raw_key || chr(10) || line END) AS identity_hash,
      regexp_extract(body, '${CLAIM_DAY_PATTERN}', ['d', 'm', 'y']) AS day
    FROM (SELECT *, sha256(CASE WHEN body IS NOT NULL THEN encode(body) ELSE from_base64(body64) END) AS body_sha,
      CASE WHEN ${simple} THEN json_extract(body, ${paths})::VARCHAR[] END AS e,
      CASE WHEN e IS NOT NULL THEN array_to_string(json_keys(body), chr(31)) || chr(30) || ${nestedKeys} END AS key_shape FROM raw)`);
  await makeDictionary(session, scratch, {
    table: 'key_shapes',
    values: 'SELECT DISTINCT key_shape AS v FROM parsed WHERE key_shape IS NOT NULL',
    columns: [{ name: 'plain', type: 'bool' }],
    answer: (shape) => ({ plain: shape.split('\u001e').every((part) => distinctKeys(part)) }),
  });
  const texts = contract.fields
    .map((field, i) => `coalesce(e[${i + 1}], 'null') AS ${identifier(`f_${field.path}`)}`)
    .join(', ');
  await session.run(`
    CREATE TEMP TABLE plain AS
    SELECT raw_key, line, received_at, transport_id, identity_hash, ${texts},
      CASE WHEN day.d <> '' THEN day.y || day.m || day.d ELSE identity_hash[1:2] END AS claim_key
    FROM parsed JOIN key_shapes k ON k.v = parsed.key_shape WHERE k.plain`);
  await session.run(`CREATE TEMP TABLE suspects AS SELECT raw.* FROM raw ANTI JOIN plain USING (raw_key, line)`);
}

function distinctKeys(joined: string): boolean {
  const keys = joined.split('\u001f');
  return (
    new Set(keys).size === keys.length &&
    !keys.some((key) => key === '__proto__' || key === 'constructor' || key === 'prototype')
  );
}

async function planFields(
  session: Session,
  contract: Contract,
  key: PseudonymKey,
  context: CleanseContext,
  scratch: string,
): Promise<readonly FieldPlan[]> {
  const plans: FieldPlan[] = [];
  for (const [i, field] of contract.fields.entries()) {
    const columns = field.columns.map((column) => ({ name: column.name, type: stagedType(column) }));
    const f = identifier(`f_${field.path}`);
    const fast = shapeOf(contract, field, key, context, columns, `hours_${i}`, f);
    if (fast?.side !== undefined) await makeDictionary(session, scratch, fast.side.dictionary);
    const table = `d_${i}`;
    const side = fast?.side === undefined ? '' : `LEFT JOIN ${fast.side.dictionary.table} s ON s.v = ${fast.side.key}`;
    await makeDictionary(session, scratch, {
      table,
      values: `SELECT DISTINCT ${f} AS v FROM plain ${side} ${fast === undefined ? '' : `WHERE NOT ${fast.applies}`}`,
      columns: [...columns, { name: 'issues', type: 'issue[]' }, { name: 'reject', type: 'text' }],
      answer: (value) => {
        const ruled = field.apply(JSON.parse(value) as Json, context);
        const cells = Object.fromEntries(columns.map((column, j) => [column.name, ruled.cells[j]]));
        return { ...cells, issues: emptyToNull(ruled.issues), reject: ruled.reject ?? null };
      },
    });
    plans.push({ field, columns, f, table, fast });
  }
  return plans;
}

const emptyToNull = (issues: readonly Issue[]): readonly Issue[] | null => (issues.length === 0 ? null : issues);

function shapeOf(
  contract: Contract,
  field: Field,
  key: PseudonymKey,
  context: CleanseContext,
  columns: readonly StagedColumn[],
  table: string,
  f: string,
): FastShape | undefined {
  switch (field.shape) {
    case 'cpf':
      return cpfShape(contract, key.id, f);
    case 'localDateTime':
      return localDateTimeShape(field, context, columns, table, f, 'plain');
    default:
      return undefined;
  }
}

/** The judged plain lines: every field joined to its dictionary, the whole row emptied where a field rejects. */
function judgedSql(contract: Contract, plans: readonly FieldPlan[]): string {
  const wrapped = plans.reduce((relation, plan) => plan.fast?.wrap(relation) ?? relation, 'plain');
  const withSides = plans.reduce((from, { fast, table, f }) => {
    const side = fast?.side === undefined ? '' : ` LEFT JOIN ${fast.side.dictionary.table} s ON s.v = ${fast.side.key}`;
    return `${from}${side} LEFT JOIN ${table} ON ${table}.v = ${f}`;
  }, `${wrapped} AS plain`);
  const cells = plans.flatMap(({ columns, fast, table }) =>
    columns.map((column, i) => {
      const slow = `${table}.${identifier(column.name)}`;
      return `${fast === undefined ? slow : `CASE WHEN ${table}.v IS NULL THEN ${fast.cells[i] ?? 'NULL'} ELSE ${slow} END`} AS ${identifier(column.name)}`;
    }),
  );
  const issues = plans.map(({ fast, table }) =>
    fast === undefined || fast.issues === 'NULL'
      ? `${table}.issues`
      : `CASE WHEN ${table}.v IS NULL THEN ${fast.issues} ELSE ${table}.issues END`,
  );
  const rejects = plans.map(({ table }) => `${table}.reject`);
  const fields = plans
    .map(({ table, field }) => `WHEN ${table}.reject IS NOT NULL THEN ${literal(field.path)}`)
    .join(' ');
  const ruled = `
    SELECT raw_key, line, plain.received_at, transport_id, identity_hash, claim_key, ${cells.join(', ')},
      coalesce(${rejects.join(', ')}) AS rejected, CASE ${fields} END AS rejected_field,
      ${issues.map((sql, i) => `${sql} AS i${i}`).join(', ')}
    FROM ${withSides}`;
  const checked = `SELECT *, coalesce(rejected, CASE WHEN NOT (occurred_at BETWEEN ${EARLIEST_MS} AND received_at + ${MAX_AHEAD_MS}) THEN 'date_out_of_range' END) AS reason FROM (${ruled})`;
  const anyIssue = issues.map((_, i) => `i${i}`).join(', ');
  const allIssues = issues.map((_, i) => `coalesce(i${i}, [])`).join(', ');
  const base = STAGED_BASE.filter((column) => !['reason', 'field', 'version', 'event_date'].includes(column.name)).map(
    (column) => column.name,
  );
  const names = contract.fields
    .flatMap((field) => field.columns)
    .map((column) => `CASE WHEN reason IS NULL THEN ${identifier(column.name)} END AS ${identifier(column.name)}`);
  return `SELECT ${base.join(', ')}, reason, CASE WHEN reason = 'date_out_of_range' THEN 'date' ELSE rejected_field END AS field,
    lpad(received_at::VARCHAR, 16, '0') || '.' || identity_hash AS version, ${names.join(', ')},
    CASE WHEN reason IS NOT NULL OR coalesce(${anyIssue}) IS NULL THEN [] ELSE flatten([${allIssues}]) END AS issues FROM (${checked})`;
}

/** The few lines that are not plain, by the reference itself. */
async function judgeSuspects(
  session: Session,
  contract: Contract,
  context: CleanseContext,
  scratch: string,
): Promise<void> {
  const asked = join(scratch, 'suspects.in.ndjson');
  const answered = join(scratch, 'suspects.out.ndjson');
  await session.run(`COPY (SELECT * FROM suspects) TO ${literal(asked)} (FORMAT json)`);
  await mapLines(asked, answered, (row) => {
    const body = row['body'] as string | null;
    const raw: RawLine = {
      v: 1,
      n: row['line'] as number,
      id: row['transport_id'] as string,
      receivedAt: row['received_at'] as number,
      headers: contract.identity.kind === 'header' ? { [contract.identity.name]: row['transport_id'] as string } : {},
      ...(body === null ? { bodyBase64: row['body64'] as string } : { body }),
    };
    const judged = cleanseLine(contract, context, row['raw_key'] as string, raw);
    return {
      ...judged.cells,
      raw_key: judged.rawKey,
      line: judged.line,
      received_at: judged.receivedAt,
      transport_id: judged.transportId,
      identity_hash: judged.identityHash,
      claim_key: judged.claimKey,
      reason: judged.reason,
      field: judged.field,
      version: judged.version,
      event_date: judged.eventDate,
      issues: judged.issues,
    };
  });
  await loadLines(session, 'suspects_judged', answered, stagedColumns(contract));
}
