/** What chatlake writes to S3 is a Delta table to everybody: other readers see the same versions, types and rows. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { writeRaw } from '../../src/lake/raw.ts';
import { cleanseContext } from '../../src/adapters/engine/context.ts';
import { NO_MOVES, cleanseLine } from '../../src/domain/judge/cleanse.ts';
import { type Column, tableColumns } from '../../src/domain/sources/contract.ts';
import { DESK } from '../../src/domain/sources/desk/contract.ts';
import { demoBodies } from '../../src/domain/sources/desk/demo.ts';
import { LEDGER_COLUMNS } from '../../src/domain/formats/ledger.ts';
import { type ReceivedMessage, encodeRawLine, decodeRawLine } from '../../src/domain/formats/raw.ts';
import { ledgerRoot, tableRoot } from '../../src/domain/formats/layout.ts';
import { loadConfig } from '../../src/wiring/config.ts';
import { openPorts } from '../../src/wiring/ports.ts';
import { parseKey } from '../../src/wiring/pseudonym-key.ts';
import { stackEnvironment } from '../../src/wiring/stack-file.ts';
import { pythonReaders } from '../support/python-readers.ts';
import { TEST_KEY } from '../support/lake.ts';
import { stack, uniqueName } from '../support/stack.ts';
import { openS3Part } from '../support/stores.ts';
import { runWindow } from './run-window.ts';

const SCRIPT = fileURLToPath(new URL('read_table.py', import.meta.url));
const KEY = TEST_KEY;
const FIRST_MS = Date.parse('2026-11-22T03:04:05.678Z');
const SECOND_MS = Date.parse('2026-11-22T04:00:00Z');
const TABLE_COLUMNS = tableColumns(DESK.tables[0]);

type Row = Readonly<Record<string, unknown>>;
interface Seen {
  readonly types: Readonly<Record<string, string>>;
  /** Rows found by a filter, which may pass over files and row groups by their statistics. */
  readonly equal: number;
  readonly rows: readonly Row[];
}
interface SeenByDeltalake extends Seen {
  readonly version: number;
  readonly transaction: number | null;
  readonly partitions: readonly string[];
  readonly comments: Readonly<Record<string, string | null>>;
  readonly files: number;
}
type Answer = Record<'table' | 'ledger', { readonly deltalake: SeenByDeltalake; readonly duckdb: Seen }>;

const message = (id: number, body: string, receivedAt: number): ReceivedMessage => ({
  id: `desk:${id}`,
  receivedAt,
  headers: {},
  body: new TextEncoder().encode(body),
});
const DEMO = demoBodies().map((body, i) => message(i, body, FIRST_MS));
/** A redelivery, and a body that is no interaction. */
const LATER = [{ ...DEMO[2]!, receivedAt: SECOND_MS }, message(45, '[]', SECOND_MS)];

/** Two windows through every activity, read by others; what the domain's rules make of the same messages. */
async function lake(engine: string) {
  const read = await pythonReaders();
  const { store, prefix, close } = openS3Part();
  const database = uniqueName('readable');
  const work = mkdtempSync(join(tmpdir(), 'chatlake-readable-'));
  const environment = { ...stackEnvironment(stack()), MONGODB_DATABASE: database, PSEUDONYM_KEY: KEY, WORK_DIR: work };
  const config = loadConfig({ ...environment, ENGINE: engine });
  const silent = { info: () => undefined, warn: () => undefined };
  const opened = await openPorts(config, silent, { store });
  try {
    const raws = [];
    for (const [openedAt, messages] of [
      [FIRST_MS, DEMO],
      [SECOND_MS, LATER],
    ] as const) {
      const { key, window } = await writeRaw(store, DESK.source, openedAt, messages);
      expect(await runWindow(opened.ports, { source: DESK.source, window })).toMatchObject([{ kind: 'published' }]);
      raws.push({ key, seal: `desk-${window}-g0001`, messages });
    }
    const uri = (root: string): string => `s3://${config.S3_BUCKET}/${prefix}${root}`;
    const { endpoint, region, accessKeyId, secretAccessKey } = stack().s3;
    const tables = {
      table: {
        uri: uri(tableRoot(DESK.tables[0].name)),
        order: ['entity'],
        transaction: `ledger/${DESK.source}`,
        equal: ['channel', 'telefone'],
      },
      ledger: {
        uri: uri(ledgerRoot(DESK.source)),
        order: ['raw_key', 'line'],
        transaction: `seal/${raws[0]!.seal}`,
        equal: ['claim_key', '20210803'],
      },
    };
    const answer = (await read(SCRIPT, { s3: { endpoint, region, accessKeyId, secretAccessKey }, tables })) as Answer;
    const context = cleanseContext(parseKey(KEY));
    const judged = raws.flatMap(({ key, seal, messages }) =>
      messages.map((received, n) => ({
        seal,
        ...cleanseLine(
          { contract: DESK, moves: NO_MOVES },
          context,
          key,
          decodeRawLine(encodeRawLine(received, n, () => '')),
        ),
      })),
    );
    return { answer, judged };
  } finally {
    await opened.close();
    const mongo = await MongoClient.connect(config.MONGODB_URI);
    await mongo.db(database).dropDatabase();
    await mongo.close();
    await close();
    rmSync(work, { recursive: true });
  }
}
type Judged = Awaited<ReturnType<typeof lake>>['judged'][number];

const zoned = (ms: unknown): string => new Date(Number(ms)).toISOString().replace('Z', '+00:00');
const byText = (field: string) => (a: Row, b: Row) => (String(a[field]) < String(b[field]) ? -1 : 1);

/** A row of the table as the rules say it. */
function tableRow(judged: Judged): Row {
  const cells: Row = {
    entity: judged.entity ?? judged.identityHash,
    version: judged.version,
    received_at: judged.receivedAt,
    ...judged.cells,
    issues: judged.issues,
    event_date: judged.eventDate,
    _seal: judged.seal,
    _raw_key: judged.rawKey,
    _line: judged.line,
  };
  return Object.fromEntries(
    TABLE_COLUMNS.map(({ name, type }) => [name, type === 'timestamp' ? zoned(cells[name]) : cells[name]]),
  );
}

const ARROW: Readonly<Record<Column['type'], string>> = {
  text: 'string',
  int32: 'int32',
  int64: 'int64',
  bool: 'bool',
  timestamp: 'timestamp[us, tz=UTC]',
  date: 'date32[day]',
  'text[]': 'list<element: string>',
  'issue[]': 'list<element: struct<field: string, code: string>>',
};
const DUCKDB: Readonly<Record<Column['type'], string>> = {
  text: 'VARCHAR',
  int32: 'INTEGER',
  int64: 'BIGINT',
  bool: 'BOOLEAN',
  timestamp: 'TIMESTAMP WITH TIME ZONE',
  date: 'DATE',
  'text[]': 'VARCHAR[]',
  'issue[]': 'STRUCT(field VARCHAR, code VARCHAR)[]',
};
const typesOf = (columns: readonly Column[], words: Readonly<Record<Column['type'], string>>) =>
  Object.fromEntries(columns.map(({ name, type }) => [name, words[type]]));

describe.each(['duckdb', 'node'])('a lake that the engine %s has written', (engine) => {
  let answer: Answer;
  let judged: readonly Judged[];
  beforeAll(async () => {
    ({ answer, judged } = await lake(engine));
  }, 360_000); // the first run on a machine fetches the readers

  test('is at the versions of its log, and each table knows what it has applied', () => {
    expect(answer.table.deltalake).toMatchObject({ version: 1, transaction: 1, files: 1, partitions: [] });
    expect(answer.ledger.deltalake).toMatchObject({ version: 1, transaction: 0, files: 2, partitions: [] });
  });

  test('has the types of the contract in every column, and says what they mean', () => {
    expect(answer.table.deltalake.types).toEqual(typesOf(TABLE_COLUMNS, ARROW));
    expect(answer.table.duckdb.types).toEqual(typesOf(TABLE_COLUMNS, DUCKDB));
    expect(answer.ledger.deltalake.types).toEqual(typesOf(LEDGER_COLUMNS, ARROW));
    expect(answer.ledger.duckdb.types).toEqual(typesOf(LEDGER_COLUMNS, DUCKDB));
    for (const { name, doc } of TABLE_COLUMNS) expect(answer.table.deltalake.comments[name]).toBe(doc);
  });

  test.each(['deltalake', 'duckdb'] as const)('gives %s what a filter asks for', (reader) => {
    expect(answer.table[reader].equal).toBe(20);
    expect(answer.ledger[reader].equal).toBe(16); // fifteen of that day, and the redelivery of one
  });

  test.each(['deltalake', 'duckdb'] as const)('gives %s the 45 rows that the rules say', (reader) => {
    const expected = judged.slice(0, 45).map(tableRow).sort(byText('entity'));
    expect(answer.table[reader].rows).toEqual(expected);
    const days = answer.table[reader].rows.map((row) => row['event_date']);
    expect(days.sort()).toEqual([
      ...Array.from({ length: 10 }, () => '2021-08-02'),
      ...Array.from({ length: 15 }, () => '2021-08-03'),
      ...Array.from({ length: 20 }, () => '2021-08-05'),
    ]);
  });

  test.each(['deltalake', 'duckdb'] as const)('gives %s every line of the ledger with its verdict', (reader) => {
    const expected = judged.map((row, i) => ({
      identity_hash: row.identityHash,
      transport_id: row.transportId,
      verdict: i < 45 ? 'enriched' : i === 45 ? 'duplicate' : 'quarantined',
      reason: row.reason,
      field: row.field,
      seal: row.seal,
      revision: 0,
      raw_key: row.rawKey,
      line: row.line,
      // Each is its own message: the identity hash is not said twice.
      entity: null,
      event_date: i < 45 ? row.eventDate : null,
      tables: i < 45 ? DESK.tables[0].name : null,
      claim_key: row.claimKey,
    }));
    expect(answer.ledger[reader].rows).toEqual(expected);
    expect(expected.at(-1)).toMatchObject({ reason: 'not_an_object', field: '$' });
  });
});
