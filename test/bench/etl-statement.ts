/**
 * The rival: what a person who knows the data would write in DuckDB for exactly this job, in one statement and two COPYs. No port, no
 * contract, no chunks, no second engine to agree with; but the same verdicts, the same typed rows, the same sorted files.
 */
import { list, literal } from '../../src/adapters/engine/duckdb/session.ts';

export interface StatementJob {
  readonly paths: readonly string[];
  /** Object keys, in the order of paths. */
  readonly keys: readonly string[];
  readonly seal: string;
  readonly keyId: string;
  readonly secret: Uint8Array;
  /** A folder for the table's files. */
  readonly tables: string;
  readonly ledger: string;
}

const FIELDS = [
  'date',
  'document',
  'age',
  'sex',
  'channel',
  'headache',
  'otherSymptoms',
  'covidContact',
  'covidTest',
  'serviceScore',
  'solved',
  'services',
];
const YES_NO = { sim: ['s', 'yes', 'true', '1'], nao: ['n', 'no', 'false', '0'] };
const WORDS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  sex: {
    masculino: ['m', 'masc', 'homem'],
    feminino: ['f', 'fem', 'mulher'],
    outro: ['outros', 'nao binario'],
    'nao informado': ['ignorado', 'nao declarado'],
  },
  channel: {
    whatsapp: ['wpp', 'zap', 'whats'],
    telegram: ['tg'],
    telefone: ['fone', 'ligacao', 'tel'],
    email: ['e-mail', 'mail'],
    chat: ['webchat', 'site'],
    presencial: ['balcao'],
    sms: [],
  },
  headache: YES_NO,
  otherSymptoms: YES_NO,
  covidContact: YES_NO,
  covidTest: {
    positivo: ['pos', 'positiva', 'reagente'],
    negativo: ['neg', 'negativa', 'nao reagente'],
    inconclusivo: ['indeterminado'],
    'nao realizado': ['nao fez', 'sem teste'],
  },
  solved: YES_NO,
};
const SERVICES = {
  'agendar consulta': ['agendamento', 'marcar consulta'],
  'cancelar consulta': ['cancelamento', 'desmarcar consulta'],
  informacoes: ['informacao', 'info'],
  'solicitar atendimento': ['falar com atendente', 'atendimento humano'],
};

/** Trimmed, marks removed, lower case, blanks collapsed. */
const folded = (text: string): string =>
  `regexp_replace(regexp_replace(lower(strip_accents(${text})), '^[\\s\\x{a0}]+|[\\s\\x{a0}]+$', '', 'g'), '\\s+', ' ', 'g')`;

const mapOf = (words: Readonly<Record<string, readonly string[]>>): string => {
  const pairs = Object.entries(words).flatMap(([term, aliases]) =>
    [term, ...aliases].map((word) => `${literal(word)}: ${literal(term)}`),
  );
  return `MAP {${pairs.join(', ')}}`;
};
const inTerms = (words: object): string => `IN (${Object.keys(words).map(literal).join(', ')})`;
const near = (words: object, word: string): string =>
  `list_filter(${list(Object.keys(words).filter((term) => term.length >= 6))}::VARCHAR[], lambda t: levenshtein(t, ${word}) <= 2)`;

/** The term of a word; `~` marks a repair, `?` an unknown word, `!` a wrong type. Terms as they stand take the short way. */
function term(path: string): string {
  const words = WORDS[path] ?? {};
  const w = folded(path);
  return `CASE WHEN ${path} ${inTerms(words)} THEN ${path} WHEN ${path} IS NULL THEN NULL WHEN ${path}_k IN ('OBJECT', 'ARRAY', 'DOUBLE') THEN '!' ELSE
    CASE WHEN ${w} = '' THEN NULL WHEN ${mapOf(words)}[${w}] IS NOT NULL THEN ${mapOf(words)}[${w}] WHEN length(${w}) >= 4 AND len(${near(words, w)}) = 1 THEN '~' || ${near(words, w)}[1] ELSE '?' END END AS ${path}_t`;
}

/** A whole number within bounds: the number, or the code of its issue. */
const integer = (path: string, min: number, max: number): string => `
  CASE WHEN regexp_full_match(${path}, '[0-9]{1,4}') THEN CASE WHEN ${path}::INTEGER BETWEEN ${min} AND ${max} THEN ${path}::INTEGER::VARCHAR ELSE 'out_of_range' END WHEN trim(${path}) = '' OR ${path} IS NULL THEN NULL
    WHEN ${path}_k IN ('OBJECT', 'ARRAY') OR (${path}_k = 'DOUBLE' AND (isinf(${path}::DOUBLE) OR ${path}::DOUBLE % 1 <> 0)) THEN 'wrong_type'
    WHEN NOT regexp_full_match(trim(${path}), '[+-]?[0-9]{1,15}([.,]0+)?') THEN 'not_an_integer'
    WHEN regexp_extract(${path}, '[+-]?[0-9]+')::BIGINT NOT BETWEEN ${min} AND ${max} THEN 'out_of_range'
    ELSE (regexp_extract(${path}, '[+-]?[0-9]+')::BIGINT)::VARCHAR END AS ${path}_n`;

const TOO_DEEP = '[\\[{]([^\\]}\\[{]*[\\[{]){64}';
const REASON = `
  CASE WHEN j IS NOT NULL AND NOT is_odd AND instant >= TIMESTAMPTZ '2000-01-01 00:00:00+00' AND epoch_ms(instant) <= received_at + 300000 THEN NULL
    WHEN body IS NULL THEN 'not_utf8'
    WHEN regexp_full_match(body, '\\s*') THEN 'empty_body'
    WHEN regexp_matches(body, '${TOO_DEEP}') THEN 'too_deep'
    WHEN regexp_matches(body, '\\\\ud8..') AND NOT regexp_matches(body, '\\\\ud8..\\\\ude') THEN 'lone_surrogate'
    WHEN j IS NULL THEN 'invalid_json'
    WHEN has_twins THEN 'duplicate_key'
    WHEN contains(body, '"constructor":') OR contains(body, '"__proto__":') THEN 'forbidden_key'
    WHEN contains(body, '\\u0000') THEN 'control_character'
    WHEN json_type(j) <> 'OBJECT' THEN 'not_an_object'
    WHEN date IS NULL OR trim(date) = '' THEN 'missing_field'
    WHEN local IS NULL THEN 'invalid_date'
    WHEN instant < TIMESTAMPTZ '2000-01-01 00:00:00+00' OR epoch_ms(instant) > received_at + 300000 THEN 'date_out_of_range' END`;

const digit = (i: number): string => `(cpf // ${10 ** (10 - i)}) % 10`;
const check = (length: number): string => {
  const rest = `((${Array.from({ length }, (_, i) => `${digit(i)} * ${length + 1 - i}`).join(' + ')}) % 11)`;
  return `(CASE WHEN ${rest} < 2 THEN 0 ELSE 11 - ${rest} END) = ${digit(length)}`;
};

const issue = (field: string, code: string): string => `{field: '${field}', code: '${code}'}`;
const wordIssue = (path: string): string =>
  `CASE ${path}_t[1] WHEN '!' THEN ${issue(path, 'wrong_type')} WHEN '?' THEN ${issue(path, 'unknown_value')} WHEN '~' THEN ${issue(path, 'repaired')} END`;
const numberIssue = (path: string): string =>
  `CASE WHEN ${path}_n IN ('wrong_type', 'not_an_integer', 'out_of_range') THEN {field: '${path}', code: ${path}_n} END`;

const pad = (secret: Uint8Array, byte: number): string =>
  `unhex('${Buffer.from(Uint8Array.from({ length: 64 }, (_, i) => (secret[i] ?? 0) ^ byte)).toString('hex')}')`;
/** HMAC-SHA-256 (RFC 2104) of a blob, in hex. */
const hmac = (secret: Uint8Array, blob: string): string =>
  `sha256(${pad(secret, 0x5c)} || unhex(sha256(${pad(secret, 0x36)} || ${blob})))`;

/** Reads, hashes and parses every line once. */
const received = (job: StatementJob): string => `
  SELECT o.key AS raw_key, n AS line, id AS transport_id, "receivedAt" AS received_at, body,
    ${hmac(job.secret, `encode('identity' || chr(10) || id || chr(10)) || coalesce(encode(body), from_base64("bodyBase64"))`)}[1:32] AS identity_hash,
    regexp_extract(body, '"date"[ \\t\\n\\r]*:[ \\t\\n\\r]*"([0-9]{2})/([0-9]{2})/([0-9]{4})', ['d', 'm', 'y']) AS day,
    CASE WHEN json_valid(ltrim(body, chr(65279))) AND NOT regexp_matches(body, ',\\s*[}\\]]|:NaN|^NaN|${TOO_DEEP}') THEN ltrim(body, chr(65279))::JSON END AS j,
    regexp_matches(body, '\\\\u0000|\\\\ud8|"__proto__"|"constructor"') AS is_odd0,
    json_extract_string(j, ${list(FIELDS.map((path) => `$.${path}`))}) AS x, json_type(j, ${list(FIELDS.map((path) => `$.${path}`))}) AS k, json_keys(j) AS top, json_keys(j, '$.services') AS menu
  FROM read_json(${list(job.paths)}, format = 'newline_delimited', compression = 'gzip', filename = true,
    columns = {n: 'INTEGER', id: 'VARCHAR', "receivedAt": 'BIGINT', body: 'VARCHAR', "bodyBase64": 'VARCHAR'}) r
  JOIN (SELECT unnest(${list(job.paths)}) AS path, unnest(${list(job.keys)}) AS key) o ON o.path = r.filename`;

/** São Paulo has had no summer time since 17 February 2019; only older dates need the calendar. */
const LOCAL = `
  SELECT *, ${FIELDS.map((path, i) => `x[${i + 1}] AS ${path}, k[${i + 1}] AS ${path}_k`).join(', ')}, len(top) <> len(list_distinct(top)) OR coalesce(len(menu) <> len(list_distinct(menu)), false) AS has_twins,
    is_odd0 OR has_twins OR k[1] IS NULL OR k[1] IN ('OBJECT', 'ARRAY') AS is_odd, trim(date) AS date_text,
    CASE WHEN regexp_full_match(date_text, '[0-9]{2}/[0-9]{2}/[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}') THEN try_strptime(date_text, '%d/%m/%Y %H:%M:%S') END AS local,
    local >= TIMESTAMP '2019-02-17' AS is_plain, CASE WHEN is_plain THEN make_timestamptz(epoch_us(local) + 10800000000) ELSE local AT TIME ZONE 'America/Sao_Paulo' END AS instant0,
    CASE WHEN is_plain THEN false ELSE (instant0 - INTERVAL 1 HOUR) AT TIME ZONE 'America/Sao_Paulo' = local END AS is_repeated,
    CASE WHEN is_plain THEN false ELSE instant0 AT TIME ZONE 'America/Sao_Paulo' <> local END AS is_skipped,
    CASE WHEN is_repeated THEN instant0 - INTERVAL 1 HOUR ELSE instant0 END AS instant, CASE WHEN is_skipped THEN instant AT TIME ZONE 'America/Sao_Paulo' ELSE local END AS shown, shown::DATE AS d,
    CASE WHEN document_k = 'VARCHAR' THEN CASE WHEN regexp_full_match(trim(document), '[0-9.]+(-[0-9.]+)?') AND length(regexp_replace(document, '[^0-9]', '', 'g')) = 11 THEN regexp_replace(document, '[^0-9]', '', 'g')::BIGINT END WHEN document_k IN ('UBIGINT', 'BIGINT') AND length(document) <= 11 THEN document::BIGINT END AS cpf,
    coalesce(cpf % 11111111111 <> 0 AND ${check(9)} AND ${check(10)}, false) AS cpf_holds,
    CASE services_k WHEN 'ARRAY' THEN j -> '$.services[*]' WHEN 'VARCHAR' THEN [j -> '$.services']
      WHEN 'OBJECT' THEN CASE WHEN list_sort(menu) = menu AND NOT regexp_matches(array_to_string(menu, ''), '[^1-9]') THEN j -> '$.services.*' WHEN NOT regexp_matches(array_to_string(menu, ''), '[^0-9]')
        THEN list_transform(list_sort(list_transform(menu, lambda m: m::INTEGER)), lambda m: json_extract(j, '$.services."' || m || '"')) END END AS items
  FROM received`;

const USUAL = `list_has_all(${list(Object.keys(SERVICES).map((term) => `"${term}"`))}, items::VARCHAR[])`;

/** The usual menus as they stand; any other item by item. (A lambda runs over the lists of all rows whatever CASE says, so those are taken away.) */
const SERVICE_LIST = `
  CASE WHEN ${USUAL} THEN list_transform(items::VARCHAR[], lambda i: ['', i[2:-2]])
    ELSE list_transform(list_filter(list_transform(CASE WHEN NOT ${USUAL} THEN items END, lambda i: [json_type(i), ${folded("(i ->> '$')")}]), lambda i: i[1] <> 'NULL' AND i[2] <> ''), lambda i:
      CASE WHEN i[1] NOT IN ('VARCHAR', 'BOOLEAN') THEN ['unreadable_item', NULL] WHEN i[2] ${inTerms(SERVICES)} THEN ['', i[2]] WHEN ${mapOf(SERVICES)}[i[2]] IS NOT NULL THEN ['', ${mapOf(SERVICES)}[i[2]]]
        WHEN len(${near(SERVICES, 'i[2]')}) = 1 THEN ['repaired', ${near(SERVICES, 'i[2]')}[1]]
        WHEN regexp_full_match(i[2], '\\p{L}[\\p{L} -]*') THEN ['new_value', '*'] ELSE ['unreadable_item', NULL] END) END AS chosen`;

const ISSUES = `
  list_filter(list_concat([CASE WHEN is_skipped THEN ${issue('date', 'skipped_local_time')} WHEN is_repeated THEN ${issue('date', 'repeated_local_time')} END,
    CASE WHEN cpf_holds AND (document_k = 'VARCHAR' OR length(document) = 11) OR document IS NULL OR trim(document) = '' THEN NULL WHEN NOT cpf_holds THEN ${issue('document', 'invalid_cpf')} ELSE ${issue('document', 'padded_cpf')} END,
    ${numberIssue('age')}, ${wordIssue('sex')}, ${wordIssue('channel')}, CASE WHEN items IS NULL AND services_k <> 'NULL' THEN ${issue('services', 'wrong_type')} END],
    list_transform(list_filter(chosen, lambda s: s[1] <> ''), lambda s: {field: 'services', code: s[1]}),
    [${['headache', 'otherSymptoms', 'covidContact', 'covidTest'].map(wordIssue).join(', ')}, ${numberIssue('serviceScore')}, ${wordIssue('solved')}]), lambda i: i IS NOT NULL) AS issues`;

const number = (path: string): string => `TRY_CAST(${path}_n AS INTEGER)`;
const word = (path: string): string => `CASE WHEN ${path}_t[1] NOT IN ('?', '!') THEN ltrim(${path}_t, '~') END`;
const yes = (path: string): string => `CASE ${path}_t WHEN 'sim' THEN true WHEN 'nao' THEN false END`;
/** CREATE TABLE of every line, judged and typed. */
export function statement(job: StatementJob): string {
  const person = `${hmac(job.secret, "encode('desk/person' || chr(10) || lpad(cpf::VARCHAR, 11, '0'))")}[1:32]`;
  const epi = `(d + (3 - (isodow(d) % 7))::INTEGER)`;
  return `
CREATE TEMP TABLE lines AS
WITH received AS (${received(job)}), local AS (${LOCAL}),
typed AS (SELECT *, ${REASON} AS reason, ${Object.keys(WORDS).map(term).join(', ')}, ${integer('age', 0, 120)}, ${integer('serviceScore', 0, 10)}, ${SERVICE_LIST} FROM local)
SELECT CASE WHEN row_number() OVER (PARTITION BY identity_hash ORDER BY raw_key, line) > 1 THEN 'duplicate' WHEN reason IS NOT NULL THEN 'quarantined' ELSE 'enriched' END AS verdict,
  reason, CASE WHEN reason IN ('missing_field', 'invalid_date', 'date_out_of_range') THEN 'date' END AS field, raw_key, line, transport_id, identity_hash,
  CASE WHEN day.d <> '' THEN day.y || day.m || day.d ELSE identity_hash[1:2] END AS claim_key, identity_hash AS entity, lpad(received_at::VARCHAR, 16, '0') AS version,
  make_timestamptz(received_at * 1000) AS received_at, d AS event_date, instant AS occurred_at, date_text AS date_original, hour(shown)::INTEGER AS local_hour, isodow(d)::INTEGER AS weekday,
  isoyear(d)::INTEGER AS iso_year, week(d)::INTEGER AS iso_week, year(${epi})::INTEGER AS epi_year, ((dayofyear(${epi}) - 1) // 7 + 1)::INTEGER AS epi_week,
  CASE WHEN cpf_holds THEN '${job.keyId}:' || ${person} END AS person,
  ${number('age')} AS age, CASE WHEN ${number('age')} >= 80 THEN '80+' ELSE (${number('age')} // 10 * 10) || '-' || (${number('age')} // 10 * 10 + 9) END AS age_band,
  ${word('sex')} AS sex, ${word('channel')} AS channel, list_transform(list_filter(chosen, lambda s: s[2] IS NOT NULL), lambda s: s[2]) AS services, ${yes('headache')} AS headache, ${yes('otherSymptoms')} AS other_symptoms,
  ${yes('covidContact')} AS covid_contact, ${word('covidTest')} AS covid_test, ${number('serviceScore')} AS service_score, ${yes('solved')} AS solved, ${ISSUES}
FROM typed`;
}

/** The table's file, sorted. */
export const copyTables = (job: StatementJob): string => `
COPY (SELECT entity, version, received_at, event_date, occurred_at, date_original, local_hour, weekday, iso_year, iso_week, epi_year, epi_week, person, age, age_band, sex, channel, services,
  headache, other_symptoms, covid_contact, covid_test, service_score, solved, issues, ${literal(job.seal)} AS _seal, raw_key AS _raw_key, line AS _line
  FROM lines WHERE verdict = 'enriched' ORDER BY event_date, occurred_at, entity, version)
TO ${literal(`${job.tables}/rows.parquet`)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 100000)`;

/** The ledger's file, sorted. */
export const copyLedger = (job: StatementJob): string => `
COPY (SELECT identity_hash, transport_id, verdict, CASE WHEN verdict = 'quarantined' THEN reason END AS reason, CASE WHEN verdict = 'quarantined' THEN field END AS field, ${literal(job.seal)} AS seal, 0 AS revision,
  raw_key, line, NULL::VARCHAR AS entity, CASE WHEN verdict = 'enriched' THEN event_date::VARCHAR END AS event_date,
  CASE WHEN verdict = 'enriched' THEN 'desk_interactions' END AS tables, claim_key FROM lines
  ORDER BY claim_key, identity_hash, raw_key, line)
TO ${literal(job.ledger)} (FORMAT parquet, COMPRESSION zstd)`;
