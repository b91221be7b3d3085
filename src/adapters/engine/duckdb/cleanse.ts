/** `cleanse` in SQL: plain lines in bulk, the suspect few through the JavaScript reference. */
import { join } from 'node:path';
import { type CleanseContext, NO_MOVES, cleanseLine } from '../../../domain/cleanse.ts';
import { type Contract, type FieldRules, isFieldContract } from '../../../domain/contracts/contract.ts';
import { MAX_BODY_LENGTH } from '../../../domain/decode.ts';
import { invariant } from '../../../domain/errors.ts';
import { CLAIM_DAY_PATTERN } from '../../../domain/identity.ts';
import type { RawLine } from '../../../domain/raw.ts';
import { CODE_METADATA, type StagedColumn, stagedColumns } from '../../../domain/staged.ts';
import type { PseudonymKey } from '../context.ts';
import type { CleanseJob } from '../engine.ts';
import { gzipUncompressedSize } from '../gzip.ts';
import { stagedRecord } from '../staged-record.ts';
import { judgedLines } from '../judged-lines.ts';
import { loadLines, makeDictionary, mapLines, writeLines } from './dictionary.ts';
import { fieldText, judgedSql, planFields } from './fields.ts';
import { KEY_END, OBJECT_END, isPlainShape, plainPattern } from './plain.ts';
import { type Session, identifier, jsonColumns, list, literal } from './session.ts';
import { setPads } from './shapes.ts';

/** The smallest `maximum_object_size` read_json is given; a raw object with a larger line raises it. */
const MIN_OBJECT_BYTES = 16_777_216;

/** Smallish row groups, so that `compress`, which asks for some dates, reads little else of a file sorted by date. */
const STAGED_GROUP_ROWS = 61_440;

/** Judges the lines of a job into staged Parquet, ordered by (event date, raw key, line). */
export async function cleanse(
  session: Session,
  job: CleanseJob,
  key: PseudonymKey,
  context: CleanseContext,
): Promise<{ lines: number }> {
  const { contract, scratch } = job;
  // A line that is too large for SQL to read stands alone in its object; the reference needs no more than its size to judge it.
  const unread = job.objects.filter(({ lines, path }) => lines === 1 && gzipUncompressedSize(path) > MIN_OBJECT_BYTES);
  if (!isFieldContract(contract) || unread.length === job.objects.length) return cleanseRecords(session, job, context);
  await setPads(session, key);
  const read = { ...job, objects: job.objects.filter((object) => !unread.includes(object)) };
  await readLines(session, read, contract);
  const lines = (await checkLines(session, read)) + unread.length;
  await splitPlain(session, scratch);
  const plans = await planFields(session, contract, key, context, scratch);
  await judgeSuspects(session, contract, context, scratch);
  await judgeWhole(session, job, context, unread);
  const columns = columnNames(contract);
  const judged = [judgedSql(plans, contract.tables[0].name), ...['suspects_judged', 'records'].map(from(columns))];
  await writeStaged(session, job, `(${judged.join(' UNION ALL BY NAME ')})`);
  return { lines };
}

/** A contract that judges whole messages: every line through the reference. */
async function cleanseRecords(session: Session, job: CleanseJob, context: CleanseContext): Promise<{ lines: number }> {
  await judgeWhole(session, job, context, job.objects);
  await writeStaged(session, job, 'records');
  return { lines: job.objects.reduce((sum, object) => sum + object.lines, 0) };
}

/** Makes the table `records`: every line of the objects, by the reference. */
async function judgeWhole(
  session: Session,
  job: CleanseJob,
  context: CleanseContext,
  objects: CleanseJob['objects'],
): Promise<void> {
  const judged = join(job.scratch, 'judged.ndjson');
  await writeLines(judged, judgedLines(job, context, objects));
  await loadLines(session, 'records', judged, stagedColumns(job.contract));
}

const from =
  (columns: string) =>
  (table: string): string =>
    `SELECT ${columns} FROM ${table}`;

const columnNames = (contract: Contract): string =>
  stagedColumns(contract)
    .map((column) => identifier(column.name))
    .join(', ');

/** Writes a relation of staged columns to the job's file. */
async function writeStaged(session: Session, job: CleanseJob, relation: string): Promise<void> {
  await session.run(`
    COPY (SELECT ${columnNames(job.contract)} FROM ${relation} ORDER BY event_date, raw_key, line)
    TO ${literal(job.out)} (FORMAT parquet, COMPRESSION lz4_raw, ROW_GROUP_SIZE ${STAGED_GROUP_ROWS}, KV_METADATA {${CODE_METADATA}: ${literal(job.code)}})`);
}

/** Makes the table `lines`: a row per line with its identity and, where the body may be plain, its keys and the fields' JSON texts. */
async function readLines(session: Session, job: CleanseJob, contract: Contract<FieldRules>): Promise<void> {
  const { objects } = job;
  const { fields } = contract.rules;
  const nested = fields.findIndex((field) => field.nests);
  const nestedKeys =
    nested < 0 ? "''" : `coalesce(array_to_string(json_keys(e[${nested + 1}]), chr(${code(KEY_END)})), '')`;
  const texts = fields.map(
    (field, i) => `CASE WHEN e IS NOT NULL THEN coalesce(e[${i + 1}], 'null') END AS ${fieldText(field)}`,
  );
  await session.run(
    `CREATE TABLE objects AS SELECT unnest(${list(objects.map((o) => o.path))}) AS path, unnest(${list(objects.map((o) => o.key))}) AS raw_key`,
  );
  await session.run(`
    CREATE TABLE lines AS
    SELECT raw_key, line, received_at, transport_id, body, body64, is_known, identity_hash,
      CASE WHEN day.d <> '' THEN day.y || day.m || day.d ELSE identity_hash[1:2] END AS claim_key,
      array_to_string(json_keys(CASE WHEN e IS NOT NULL THEN body END), chr(${code(KEY_END)})) || chr(${code(OBJECT_END)}) || ${nestedKeys} AS key_shape, ${texts.join(', ')}
    FROM (
      SELECT *, sha256(CASE WHEN transport_id <> '' THEN transport_id || chr(10) || body_sha ELSE raw_key || chr(10) || line END) AS identity_hash,
        regexp_extract(body, '${CLAIM_DAY_PATTERN}', ['d', 'm', 'y']) AS day,
        CASE WHEN transport_id <> '' AND strlen(body) <= ${MAX_BODY_LENGTH} AND regexp_full_match(body, ${literal(plainPattern(contract))})
          THEN json_extract(body, ${list(fields.map((field) => `$.${field.path}`))})::VARCHAR[] END AS e
      FROM (SELECT *, CASE WHEN body IS NOT NULL THEN sha256(body) ELSE sha256(from_base64(body64)) END AS body_sha FROM (${rawSql(job, contract)})))`);
}

const code = (separator: string): number => separator.charCodeAt(0);

/** The lines as they stand in the objects. */
function rawSql(job: CleanseJob, contract: Contract<FieldRules>): string {
  const rule = contract.rules.identity;
  const columns: StagedColumn[] = [
    { name: 'v', type: 'int32' },
    { name: 'n', type: 'int32' },
    { name: 'id', type: 'text' },
    { name: 'receivedAt', type: 'int64' },
    { name: 'body', type: 'text' },
    { name: 'bodyBase64', type: 'text' },
  ];
  const spec =
    rule.kind === 'transport'
      ? jsonColumns(columns)
      : `${jsonColumns(columns).slice(0, -1)}, headers: 'MAP(VARCHAR, VARCHAR)'}`;
  const transportId = rule.kind === 'transport' ? 'id' : `coalesce(headers[${literal(rule.name)}], '')`;
  const largest = Math.max(MIN_OBJECT_BYTES, ...job.objects.map((object) => gzipUncompressedSize(object.path)));
  return `
    SELECT o.raw_key, n AS line, "receivedAt" AS received_at, ${transportId} AS transport_id, body, "bodyBase64" AS body64,
      v = 1 AND (body IS NULL) <> ("bodyBase64" IS NULL) AS is_known
    FROM read_json(${list(job.objects.map((o) => o.path))}, format = 'newline_delimited', compression = 'gzip', filename = true,
      columns = ${spec}, maximum_object_size = ${largest}) r JOIN objects o ON o.path = r.filename`;
}

/** The seal promised so many lines per object; anything else is a broken object or a broken reader. */
async function checkLines(session: Session, job: CleanseJob): Promise<number> {
  const rows = await session.rows(
    `SELECT raw_key, count(*)::INTEGER AS n, count(DISTINCT line)::INTEGER AS d, min(line) AS lo, max(line) AS hi,
      count(*) FILTER (is_known)::INTEGER AS known FROM lines GROUP BY raw_key`,
  );
  const found = new Map(rows.map((row) => [row['raw_key'], row]));
  for (const { key, lines } of job.objects) {
    const row = found.get(key);
    const whole =
      row !== undefined &&
      [row['n'], row['d'], row['known']].every((n) => n === lines) &&
      row['lo'] === 0 &&
      row['hi'] === lines - 1;
    invariant(whole, `${key} promises ${lines} lines, read: ${JSON.stringify(row ?? null)}`);
  }
  return job.objects.reduce((sum, object) => sum + object.lines, 0);
}

/** Key shapes are few: the view `plain` holds the lines whose shape is in order, `suspects` all others. */
async function splitPlain(session: Session, scratch: string): Promise<void> {
  await makeDictionary(session, scratch, {
    table: 'key_shapes',
    values: 'SELECT DISTINCT key_shape AS v FROM lines WHERE key_shape IS NOT NULL',
    columns: [{ name: 'is_plain', type: 'bool' }],
    answer: (shape) => ({ is_plain: isPlainShape(shape) }),
  });
  await session.run(
    'CREATE VIEW plain AS SELECT l.* FROM lines l JOIN key_shapes k ON k.v = l.key_shape WHERE k.is_plain',
  );
  await session.run(`
    CREATE VIEW suspects AS SELECT raw_key, line, received_at, transport_id, body, body64 FROM lines l
    LEFT JOIN key_shapes k ON k.v = l.key_shape WHERE k.is_plain IS DISTINCT FROM true`);
}

/** The few lines that are not plain, by the reference itself. */
async function judgeSuspects(
  session: Session,
  contract: Contract<FieldRules>,
  context: CleanseContext,
  scratch: string,
): Promise<void> {
  const { identity } = contract.rules;
  const facts = { contract, moves: NO_MOVES };
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
      headers: identity.kind === 'header' ? { [identity.name]: row['transport_id'] as string } : {},
      ...(body === null ? { bodyBase64: row['body64'] as string } : { body }),
    };
    return stagedRecord(cleanseLine(facts, context, row['raw_key'] as string, raw));
  });
  await loadLines(session, 'suspects_judged', answered, stagedColumns(contract));
}
