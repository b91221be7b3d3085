/**
 * The rival: what a person would write in DuckDB for exactly this job, in one statement and two COPYs, knowing the data. No port, no
 * contract, no bounded chunks, no second engine to agree with; but the same verdicts, the same typed rows, the same sorted files.
 */
import { literal, list } from '../../src/adapters/engine/duckdb/session.ts';

export interface StatementJob {
  readonly paths: readonly string[];
  /** Object keys, in the order of paths. */
  readonly keys: readonly string[];
  readonly seal: string;
  readonly keyId: string;
  readonly secret: Uint8Array;
  readonly tables: string;
  readonly ledger: string;
}

const ZONE = `'America/Sao_Paulo'`;

const pad = (secret: Uint8Array, byte: number): string =>
  `unhex('${Buffer.from(Uint8Array.from({ length: 64 }, (_, i) => (secret[i] ?? 0) ^ byte)).toString('hex')}')`;

/** Trimmed, marks removed, lower case, blanks collapsed. */
const folded = (text: string): string =>
  `regexp_replace(lower(strip_accents(nfc_normalize(regexp_replace(${text}, '^[\\s\\x{a0}]+|[\\s\\x{a0}]+$', '', 'g')))), '\\s+', ' ', 'g')`;

const scalar = (path: string): string => `(j ->> '$.${path}')`;
const typeOf = (path: string): string => `json_type(j, '$.${path}')`;

const issue = (field: string, code: string, original = 'NULL::VARCHAR'): string =>
  `{field: '${field}', code: '${code}', original: ${original}}`;

/** A word of a vocabulary: alias map, else the one long term within distance 2. */
function vocabulary(path: string, words: Readonly<Record<string, readonly string[]>>): { word: string; term: string } {
  const pairs = Object.entries(words).flatMap(([term, aliases]) => [term, ...aliases].map((word) => [word, term] as const));
  const map = `MAP {${pairs.map(([word, term]) => `${literal(word)}: ${literal(term)}`).join(', ')}}`;
  const long = Object.keys(words).filter((term) => term.length >= 6);
  const near = `list_filter(${list(long)}::VARCHAR[], lambda t: levenshtein(t, ${path}_w) <= 2)`;
  return {
    word: `CASE WHEN ${typeOf(path)} IN ('OBJECT', 'ARRAY', 'DOUBLE') THEN chr(1) ELSE ${folded(scalar(path))} END AS ${path}_w`,
    term: `CASE WHEN ${path}_w IS NULL OR ${path}_w = '' THEN NULL WHEN ${map}[${path}_w] IS NOT NULL THEN ${map}[${path}_w]
      WHEN length(${path}_w) >= 4 AND len(${near}) = 1 THEN '~' || ${near}[1] ELSE '?' END AS ${path}_t`,
  };
}

const YES_NO = { sim: ['s', 'yes', 'true', '1'], nao: ['n', 'no', 'false', '0'] };
const WORDS = {
  sex: { masculino: ['m', 'masc', 'homem'], feminino: ['f', 'fem', 'mulher'], outro: ['outros', 'nao binario'], 'nao informado': ['ignorado', 'nao declarado'] },
  channel: {
    whatsapp: ['wpp', 'zap', 'whats'], telegram: ['tg'], telefone: ['fone', 'ligacao', 'tel'], email: ['e-mail', 'mail'], chat: ['webchat', 'site'], presencial: ['balcao'], sms: [],
  },
  headache: YES_NO, otherSymptoms: YES_NO, covidContact: YES_NO,
  covidTest: { positivo: ['pos', 'positiva', 'reagente'], negativo: ['neg', 'negativa', 'nao reagente'], inconclusivo: ['indeterminado'], 'nao realizado': ['nao fez', 'sem teste'] },
  solved: YES_NO,
} as const;
const SERVICES = `MAP {'agendar consulta': 'agendar consulta', 'agendamento': 'agendar consulta', 'marcar consulta': 'agendar consulta', 'cancelar consulta': 'cancelar consulta',
  'cancelamento': 'cancelar consulta', 'desmarcar consulta': 'cancelar consulta', 'informacoes': 'informacoes', 'informacao': 'informacoes', 'info': 'informacoes',
  'solicitar atendimento': 'solicitar atendimento', 'falar com atendente': 'solicitar atendimento', 'atendimento humano': 'solicitar atendimento'}`;
const SERVICE_TERMS = `['agendar consulta', 'cancelar consulta', 'informacoes', 'solicitar atendimento']`;

/** A whole number within bounds: the number, or the code of its issue. */
const integer = (path: string, min: number, max: number): string => `
  CASE WHEN ${typeOf(path)} IN ('OBJECT', 'ARRAY') OR (${typeOf(path)} = 'DOUBLE' AND (${scalar(path)})::DOUBLE % 1 <> 0) OR (${typeOf(path)} = 'DOUBLE' AND isinf((${scalar(path)})::DOUBLE)) THEN 'wrong_type'
    WHEN trim(${scalar(path)}) = '' OR ${scalar(path)} IS NULL THEN NULL
    WHEN NOT regexp_matches(trim(${scalar(path)}), '^[+-]?[0-9]{1,15}([.,]0+)?$') THEN 'not_an_integer'
    WHEN regexp_extract(trim(${scalar(path)}), '^[+-]?[0-9]+')::BIGINT NOT BETWEEN ${min} AND ${max} THEN 'out_of_range'
    ELSE (regexp_extract(trim(${scalar(path)}), '^[+-]?[0-9]+')::BIGINT)::VARCHAR END AS ${path}_n`;

const reasonSql = `
  CASE WHEN body IS NULL THEN 'not_utf8'
    WHEN regexp_full_match(body, '\\s*') THEN 'empty_body'
    WHEN regexp_matches(body, '[\\[{]([^\\]}\\[{]*[\\[{]){64}') THEN 'too_deep'
    WHEN j IS NULL THEN 'invalid_json'
    WHEN len(json_keys(j)) <> len(list_distinct(json_keys(j))) OR len(json_keys(j, '$.services')) <> len(list_distinct(json_keys(j, '$.services'))) THEN 'duplicate_key'
    WHEN contains(body, '"constructor":') OR contains(body, '"__proto__":') THEN 'forbidden_key'
    WHEN contains(body, '\\u0000') THEN 'control_character'
    WHEN regexp_matches(body, '\\\\ud8..') AND NOT regexp_matches(body, '\\\\ud8..\\\\ude') THEN 'lone_surrogate'
    WHEN json_type(j) <> 'OBJECT' THEN 'not_an_object'
    WHEN date_text IS NULL OR trim(date_text) = '' THEN 'missing_field'
    WHEN local IS NULL THEN 'invalid_date'
    WHEN instant < TIMESTAMPTZ '2000-01-01 00:00:00+00' OR epoch_ms(instant) > received_at + 300000 THEN 'date_out_of_range' END`;

const digit = (i: number): string => `cpf[${i}]::INTEGER`;
const check = (length: number): string => {
  const sum = `(${Array.from({ length }, (_, i) => `${digit(i + 1)} * ${length + 1 - i}`).join(' + ')}) % 11`;
  return `(CASE WHEN ${sum} < 2 THEN 0 ELSE 11 - ${sum} END) = ${digit(length + 1)}`;
};

/** CREATE TABLE of every line, judged and typed. */
export function statement(job: StatementJob): string {
  const vocab = Object.entries(WORDS).map(([path, words]) => [path, vocabulary(path, words)] as const);
  const wordIssue = ([path]: readonly [string, unknown]): string => `CASE WHEN ${path}_w = chr(1) THEN ${issue(path, 'wrong_type')} WHEN ${path}_t = '?' THEN ${issue(path, 'unknown_value')}
      WHEN starts_with(${path}_t, '~') THEN ${issue(path, 'repaired', `trim(${scalar(path)})`)} END`;
  const numberIssue = (path: string): string => `CASE WHEN NOT regexp_matches(${path}_n, '^-?[0-9]+$') THEN {field: '${path}', code: ${path}_n, original: NULL::VARCHAR} END`;
  const hmac = `sha256(${pad(job.secret, 0x5c)} || unhex(sha256(${pad(job.secret, 0x36)} || encode('desk/person' || chr(10) || cpf))))`;
  const number = (path: string): string => `TRY_CAST(${path}_n AS INTEGER)`;
  const term = (path: string): string => `CASE WHEN ${path}_t = '?' THEN NULL ELSE ltrim(${path}_t, '~') END`;
  const yes = (path: string): string => `CASE ${term(path)} WHEN 'sim' THEN true WHEN 'nao' THEN false END`;
  const services = `list_filter(services_m, lambda s: s[2] IS NOT NULL)`;
  const epi = `(d + (3 - (isodow(d) % 7))::INTEGER)`;
  return `
CREATE TEMP TABLE lines AS
WITH received AS (
  SELECT o.key AS raw_key, n AS line, id AS transport_id, "receivedAt" AS received_at, body,
    sha256(id || chr(10) || sha256(coalesce(encode(body), from_base64("bodyBase64")))) AS identity_hash,
    regexp_extract(body, '"date"[ \\t\\n\\r]*:[ \\t\\n\\r]*"([0-9]{2})/([0-9]{2})/([0-9]{4})', ['d', 'm', 'y']) AS day,
    CASE WHEN json_valid(ltrim(body, chr(65279))) AND NOT regexp_matches(body, ',\\s*[}\\]]|:NaN|^NaN|[\\[{]([^\\]}\\[{]*[\\[{]){64}') THEN ltrim(body, chr(65279))::JSON END AS j
  FROM read_json(${list(job.paths)}, format = 'newline_delimited', compression = 'gzip', filename = true,
    columns = {n: 'INTEGER', id: 'VARCHAR', "receivedAt": 'BIGINT', body: 'VARCHAR', "bodyBase64": 'VARCHAR'}) r
  JOIN (SELECT unnest(${list(job.paths)}) AS path, unnest(${list(job.keys)}) AS key) o ON o.path = r.filename
), read AS (
  SELECT *, ${scalar('date')} AS date_text, CASE WHEN regexp_full_match(trim(${scalar('date')}), '[0-9]{2}/[0-9]{2}/[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}') THEN try_strptime(trim(${scalar('date')}), '%d/%m/%Y %H:%M:%S') END AS local0,
    CASE WHEN ${typeOf('document')} IN ('VARCHAR') THEN regexp_replace(${scalar('document')}, '[^0-9]', '', 'g') WHEN ${typeOf('document')} IN ('UBIGINT', 'BIGINT') THEN lpad(${scalar('document')}, 11, '0') ELSE '' END AS cpf,
    ${typeOf('document')} AS document_type, ${scalar('document')} AS document_text,
    ${integer('age', 0, 120)}, ${integer('serviceScore', 0, 10)}, ${vocab.map(([, v]) => v.word).join(', ')},
    CASE ${typeOf('services')} WHEN 'ARRAY' THEN j -> '$.services[*]' WHEN 'VARCHAR' THEN [j -> '$.services']
      WHEN 'OBJECT' THEN CASE WHEN len(list_filter(json_keys(j, '$.services'), lambda k: NOT regexp_full_match(k, '[0-9]{1,6}'))) = 0
        THEN list_transform(list_sort(list_transform(json_keys(j, '$.services'), lambda k: k::INTEGER)), lambda k: json_extract(j, '$.services."' || k || '"')) END END AS service_items
  FROM received
), typed AS (
  SELECT *, local0::TIMESTAMP AT TIME ZONE ${ZONE} AS instant0, ${vocab.map(([, v]) => v.term).join(', ')},
    CASE WHEN length(cpf) <> 11 OR cpf = repeat(cpf[1], 11) THEN false ELSE ${check(9)} AND ${check(10)} END AS cpf_holds,
    list_transform(list_filter(service_items, lambda i: json_type(i) <> 'NULL' AND trim(coalesce(i ->> '$', '')) <> ''), lambda i:
      CASE WHEN json_type(i) <> 'VARCHAR' AND json_type(i) <> 'BOOLEAN' THEN ['unreadable_item', NULL]
        WHEN ${SERVICES}[${folded("(i ->> '$')")}] IS NOT NULL THEN ['', ${SERVICES}[${folded("(i ->> '$')")}]]
        WHEN len(list_filter(${SERVICE_TERMS}, lambda t: levenshtein(t, ${folded("(i ->> '$')")}) <= 2)) = 1
          THEN ['repaired', list_filter(${SERVICE_TERMS}, lambda t: levenshtein(t, ${folded("(i ->> '$')")}) <= 2)[1], ${folded("(i ->> '$')")}]
        WHEN regexp_full_match(${folded("(i ->> '$')")}, '[\\p{L}][\\p{L} -]{0,59}') THEN ['new_value', ${folded("(i ->> '$')")}]
        ELSE ['unreadable_item', NULL] END) AS services_m
  FROM read
), placed AS (
  SELECT *, local0 AS local,
    (instant0 - INTERVAL 1 HOUR) AT TIME ZONE ${ZONE} = local0 AS is_repeated, instant0 AT TIME ZONE ${ZONE} <> local0 AS is_skipped
  FROM typed
), dated AS (
  SELECT *, CASE WHEN is_repeated THEN instant0 - INTERVAL 1 HOUR ELSE instant0 END AS instant,
    CASE WHEN is_skipped THEN instant0 AT TIME ZONE ${ZONE} ELSE local END AS shown, shown::DATE AS d
  FROM placed
), judged AS (
  SELECT *, ${reasonSql} AS reason FROM dated
)
SELECT CASE WHEN row_number() OVER (PARTITION BY identity_hash ORDER BY raw_key, line) > 1 THEN 'duplicate' WHEN reason IS NOT NULL THEN 'quarantined' ELSE 'enriched' END AS verdict,
  reason, CASE WHEN reason IN ('missing_field', 'invalid_date', 'date_out_of_range') THEN 'date' END AS field, raw_key, line, transport_id, identity_hash,
  CASE WHEN day.d <> '' THEN day.y || day.m || day.d ELSE identity_hash[1:2] END AS claim_key, identity_hash AS entity, lpad(received_at::VARCHAR, 16, '0') || '.' || identity_hash AS version,
  make_timestamptz(received_at * 1000) AS received_at, d AS event_date, instant AS occurred_at, trim(date_text) AS date_original, hour(shown)::INTEGER AS local_hour, isodow(d)::INTEGER AS weekday,
  isoyear(d)::INTEGER AS iso_year, week(d)::INTEGER AS iso_week, year(${epi})::INTEGER AS epi_year, ((dayofyear(${epi}) - 1) // 7 + 1)::INTEGER AS epi_week,
  CASE WHEN cpf_holds THEN '${job.keyId}:' || ${hmac} END AS person, CASE WHEN cpf_holds THEN cpf[9]::INTEGER END AS cpf_region,
  ${number('age')} AS age, CASE WHEN ${number('age')} >= 80 THEN '80+' ELSE (${number('age')} // 10 * 10) || '-' || (${number('age')} // 10 * 10 + 9) END AS age_band,
  ${term('sex')} AS sex, ${term('channel')} AS channel, list_transform(${services}, lambda s: s[2]) AS services, ${yes('headache')} AS headache, ${yes('otherSymptoms')} AS other_symptoms,
  ${yes('covidContact')} AS covid_contact, ${term('covidTest')} AS covid_test, ${number('serviceScore')} AS service_score, ${yes('solved')} AS solved,
  list_filter(list_concat([
    CASE WHEN is_skipped THEN ${issue('date', 'skipped_local_time', 'trim(date_text)')} WHEN is_repeated THEN ${issue('date', 'repeated_local_time', 'trim(date_text)')} END,
    CASE WHEN document_type = 'NULL' OR document_type IS NULL OR trim(document_text) = '' THEN NULL WHEN NOT cpf_holds THEN ${issue('document', 'invalid_cpf')} WHEN document_type <> 'VARCHAR' AND length(document_text) < 11 THEN ${issue('document', 'padded_cpf')} END,
    ${numberIssue('age')}, ${vocab.slice(0, 2).map(wordIssue).join(', ')},
    CASE WHEN service_items IS NULL AND ${typeOf('services')} IS NOT NULL AND ${typeOf('services')} <> 'NULL' THEN ${issue('services', 'wrong_type')} END],
    list_transform(list_filter(services_m, lambda s: s[1] <> ''), lambda s: {field: 'services', code: s[1], original: s[3]}),
    [${vocab.slice(2, 6).map(wordIssue).join(', ')}, ${numberIssue('serviceScore')}, ${vocab.slice(6).map(wordIssue).join(', ')}]), lambda i: i IS NOT NULL) AS issues
FROM judged`;
}

/** The table's files, one folder per event date, sorted. */
export const copyTables = (job: StatementJob): string => `
COPY (SELECT entity, version, received_at, event_date, occurred_at, date_original, local_hour, weekday, iso_year, iso_week, epi_year, epi_week, person, cpf_region, age, age_band, sex, channel, services,
  headache, other_symptoms, covid_contact, covid_test, service_score, solved, issues, ${literal(job.seal)} AS _seal, raw_key AS _raw_key, line AS _line
  FROM lines WHERE verdict = 'enriched' ORDER BY event_date, entity, version)
TO ${literal(job.tables)} (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (event_date), ROW_GROUP_SIZE 100000)`;

/** The ledger's file, sorted. */
export const copyLedger = (job: StatementJob): string => `
COPY (SELECT identity_hash, transport_id, verdict, CASE WHEN verdict = 'quarantined' THEN reason END AS reason, CASE WHEN verdict = 'quarantined' THEN field END AS field, ${literal(job.seal)} AS seal, 0 AS revision,
  raw_key, line, CASE WHEN verdict = 'enriched' THEN entity END AS entity, CASE WHEN verdict = 'enriched' THEN event_date::VARCHAR END AS event_date, claim_key FROM lines
  ORDER BY claim_key, identity_hash, raw_key, line)
TO ${literal(job.ledger)} (FORMAT parquet, COMPRESSION zstd)`;
