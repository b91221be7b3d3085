/** Both engines, and the domain's reference, give the same verdicts, reasons and rows. */
import { createHmac } from 'node:crypto';
import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { cleanseContext } from '../../../src/adapters/engine/context.ts';
import { jsonColumns, literal } from '../../../src/adapters/engine/duckdb/session.ts';
import type { Engine, LocalRaw } from '../../../src/adapters/engine/engine.ts';
import { textLines } from '../../../src/adapters/engine/lines.ts';
import { stagedRecord } from '../../../src/adapters/engine/staged-record.ts';
import { NO_MOVES, cleanseLine } from '../../../src/domain/judge/cleanse.ts';
import type { Contract } from '../../../src/domain/sources/contract.ts';
import { DESK } from '../../../src/domain/sources/desk/contract.ts';
import { REASONS } from '../../../src/domain/counts.ts';
import { FIX_OF } from '../../../src/domain/judge/fix.ts';
import { decodeRawLine } from '../../../src/domain/formats/raw.ts';
import { stagedColumns } from '../../../src/domain/formats/staged.ts';
import { deskMessages } from '../../support/desk-lines.ts';
import { EDGES, damaged } from './strange-bodies.ts';
import {
  type Run,
  KEY,
  START_MS,
  columnsOf,
  decide,
  differences,
  engines,
  factsOf,
  folder,
  message,
  parquet,
  query,
  run,
  sha256,
  stage,
  writeRaw,
} from './support.ts';

const [duckdb, node] = engines();
const traffic = { count: 20_000, seed: 11, repeats: 0.05, strange: 0.15, days: 12, startMs: START_MS };

/** The staged rows that cleanseLine gives, as a relation in the order of (object, line). */
async function reference(objects: readonly LocalRaw[], contract: Contract = DESK): Promise<string> {
  const path = join(await folder(), 'reference.ndjson');
  const out = createWriteStream(path);
  for (const object of objects) {
    for await (const line of textLines(createReadStream(object.path).pipe(createGunzip()))) {
      const judged = cleanseLine({ contract, moves: NO_MOVES }, cleanseContext(KEY), object.key, decodeRawLine(line));
      out.write(`${JSON.stringify(stagedRecord(judged))}\n`);
    }
  }
  out.end();
  await finished(out);
  return `read_json(${literal(path)}, format = 'newline_delimited', columns = ${jsonColumns(stagedColumns(contract))}, maximum_object_size = 67108864)`;
}

/** Staged rows by line: each engine has an order of its own in its files. */
const inOrder = (staged: readonly string[]): string => `(SELECT * FROM ${parquet(staged)} ORDER BY raw_key, line)`;

/** Staged rows of both engines against the reference. */
async function expectReference(objects: readonly LocalRaw[], contract: Contract = DESK): Promise<void> {
  const expected = await reference(objects, contract);
  for (const engine of [duckdb, node]) {
    const staged = inOrder(await stage(engine, objects, { contract }));
    expect(await differences(staged, expected)).toEqual([]);
    expect(await columnsOf(staged)).toEqual(await columnsOf(expected));
  }
}

describe('over generated traffic', () => {
  let objects: readonly LocalRaw[];
  let bySql: Run;
  let byNode: Run;

  beforeAll(async () => {
    objects = writeRaw(await folder(), deskMessages(traffic), 2_600);
    bySql = await run(duckdb, objects, { chunks: 3 });
    byNode = await run(node, objects, { chunks: 2 });
  }, 600_000);

  test('DuckDB stages what the reference gives, line by line', async () => {
    expect(await differences(inOrder(bySql.staged), await reference(objects))).toEqual([]);
  });

  test('both engines stage the same columns and rows', async () => {
    expect(await columnsOf(parquet(bySql.staged))).toEqual(await columnsOf(parquet(byNode.staged)));
    expect(await differences(inOrder(bySql.staged), inOrder(byNode.staged))).toEqual([]);
  });

  test('both engines decide the same', async () => {
    expect(bySql.decided).toEqual(byNode.decided);
    expect(bySql.decided.counts.received).toBe(traffic.count);
    expect(bySql.decided.counts.duplicates).toBeGreaterThan(800);
    expect(await columnsOf(parquet(bySql.ledger))).toEqual(await columnsOf(parquet(byNode.ledger)));
    expect(await differences(parquet(bySql.ledger), parquet(byNode.ledger))).toEqual([]);
  });

  test('the traffic meets most reasons', () => {
    const met = Object.keys(bySql.decided.reasons);
    expect(Object.keys(REASONS).filter((reason) => !met.includes(reason))).toEqual([
      'no_identity',
      'too_large',
      'wrong_type',
      // Telegram's own.
      'ambiguous_kind',
      // Of rules that stumble.
      'not_judged',
      // Of an operator.
      'set_aside',
      'chat_not_allowed',
    ]);
  });

  test('the ledger file is sorted by claim key and identity', async () => {
    const sorted = `(SELECT * FROM ${parquet(bySql.ledger)} ORDER BY claim_key, identity_hash, raw_key, line)`;
    expect(await differences(parquet(bySql.ledger), sorted)).toEqual([]);
    const [keys] = await query(`SELECT min(claim_key) AS min, max(claim_key) AS max FROM ${parquet(bySql.ledger)}`);
    expect(bySql.decided.claimKeys).toEqual(keys);
  });

  test('both engines write the same table file, in the table’s order, with UTC timestamps', async () => {
    const [ofSql, ofNode] = [bySql.files, byNode.files].map(factsOf);
    expect(ofSql).toEqual(ofNode);
    expect(bySql.files.map(({ table, rows }) => [table, rows])).toEqual([
      ['desk_interactions', bySql.decided.counts.enriched],
    ]);
    const [a, b] = [bySql, byNode].map(({ files }) => parquet(files[0]!.path));
    expect(await columnsOf(a!)).toEqual(await columnsOf(b!));
    expect(await differences(a!, b!)).toEqual([]);
    const sorted = `(SELECT * FROM ${a!} ORDER BY event_date, occurred_at, entity, version)`;
    expect(await differences(a!, sorted)).toEqual([]);
    const columns = await columnsOf(a!);
    expect(columns).toEqual(expect.arrayContaining(['occurred_at TIMESTAMP WITH TIME ZONE', 'event_date DATE']));
  });

  test('what a file is said to hold is what another reader finds in it', async () => {
    for (const file of [...bySql.files, ...byNode.files]) {
      const relation = parquet(file.path);
      const utc = (column: string) => `strftime(${column} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%gZ')`;
      const [row] = await query(`SELECT count(*)::INTEGER AS n,
        min(event_date)::VARCHAR AS first, max(event_date)::VARCHAR AS last, min(entity) AS low, max(entity) AS high,
        ${utc('min(occurred_at)')} AS early, ${utc('max(occurred_at)')} AS late, ${utc('min(received_at)')} AS received,
        (count(*) - count(occurred_at))::INTEGER AS nulls FROM ${relation}`);
      const { stats, rows } = file;
      expect({
        n: rows,
        first: stats.minValues['event_date'],
        last: stats.maxValues['event_date'],
        low: stats.minValues['entity'],
        high: stats.maxValues['entity'],
        early: stats.minValues['occurred_at'],
        late: stats.maxValues['occurred_at'],
        received: stats.minValues['received_at'],
        nulls: stats.nullCount['occurred_at'],
      }).toEqual(row);
      expect(stats.numRecords).toBe(rows);
      const seals = await query(`SELECT _seal, count(*)::INTEGER AS n FROM ${relation} GROUP BY ALL`);
      expect(file.seals).toEqual(Object.fromEntries(seals.map((one) => [one['_seal'], one['n']])));
    }
  });
});

describe('over some of it', () => {
  let objects: readonly LocalRaw[];
  let bySql: Run;
  let byNode: Run;

  beforeAll(async () => {
    objects = writeRaw(await folder(), deskMessages({ ...traffic, count: 2_000 }), 500);
    bySql = await run(duckdb, objects, { chunks: 3 });
    byNode = await run(node, objects, { chunks: 2 });
  }, 600_000);

  test('ranges of days hold, together, what one file holds, in the same order', async () => {
    const { days, counts } = bySql.decided;
    expect(days.reduce((sum, { rows }) => sum + rows, 0)).toBe(counts.enriched);
    const middle = days[Math.floor(days.length / 2)]!.date;
    const before = days.filter(({ date }) => date < middle).at(-1)!.date;
    for (const [engine, whole] of [
      [duckdb, bySql],
      [node, byNode],
    ] as const) {
      const first = await decide(engine, whole.staged, { days: { from: '0000-01-01', to: before } });
      const second = await decide(engine, whole.staged, { days: { from: middle, to: '9999-12-31' } });
      const parts = [first, second].flatMap(({ files }) => files.map(({ path }) => path));
      expect(await differences(parquet(parts), parquet(whole.files[0]!.path))).toEqual([]);
      expect(second.files[0]!.stats.minValues['event_date']).toBe(middle);
    }
  }, 600_000);

  test('each engine reads what the other wrote', async () => {
    const crossed = [await decide(duckdb, byNode.staged), await decide(node, bySql.staged)];
    for (const [i, outcome] of crossed.entries()) {
      expect(outcome.decided).toEqual(bySql.decided);
      expect(await differences(parquet(outcome.ledger), parquet(bySql.ledger))).toEqual([]);
      const files = (of: Run): string => parquet(of.files.map((file) => file.path));
      expect(await differences(files(outcome), files(i === 0 ? bySql : byNode))).toEqual([]);
    }
  }, 600_000);

  test('the same job gives the same bytes again (I9)', async () => {
    const bytes = (paths: readonly string[]): string[] => paths.map((path) => sha256(readFileSync(path)));
    const decidedFiles = (of: Run): string[] => [of.ledger, ...of.files.map((file) => file.path)];
    const few = objects.slice(0, 2);
    for (const [engine, first] of [
      [duckdb, bySql],
      [node, byNode],
    ] as const) {
      expect(bytes(await stage(engine, few))).toEqual(bytes(await stage(engine, few)));
      expect(bytes(decidedFiles(await decide(engine, first.staged)))).toEqual(bytes(decidedFiles(first)));
    }
  }, 600_000);
});

describe('identity hashes', () => {
  const hashes = async (key: typeof KEY): Promise<readonly string[][]> => {
    const objects = writeRaw(await folder(), deskMessages({ ...traffic, count: 50 }), 50);
    const of = async (engine: Engine): Promise<string[]> => {
      const staged = await stage(engine, objects);
      const rows = await query(`SELECT identity_hash AS hash FROM ${parquet(staged)} ORDER BY raw_key, line`);
      return rows.map((row) => String(row['hash']));
    };
    return Promise.all(engines(key).map(of));
  };

  test('are 128 bits in hex, the same for both engines, and nobody’s without the key', async () => {
    const [one, other] = await hashes(KEY);
    expect(one).toEqual(other);
    for (const hash of one!) expect(hash).toMatch(/^[0-9a-f]{32}$/);
    const [under] = await hashes({ id: 'k2', secret: new Uint8Array(32).fill(8) });
    expect(under!.filter((hash) => one!.includes(hash))).toEqual([]);
    // The id of a key only names it.
    const [renamed] = await hashes({ ...KEY, id: 'k2' });
    expect(renamed).toEqual(one);
  });

  test('are HMAC-SHA-256 under a purpose of their own, over id and body', () => {
    const expected = createHmac('sha256', KEY.secret).update('identity\nid\nbody').digest('hex').slice(0, 32);
    const context = cleanseContext(KEY);
    expect(context.identityHash(['id\n', 'body'])).toBe(expected);
    expect(context.identityHash(['id\n', Buffer.from('body')])).toBe(expected);
    expect(context.pseudonym('p', 'body')).toMatch(/^k1:[0-9a-f]{32}$/);
    expect(context.pseudonym('identity', 'id\nbody')).toBe(`k1:${expected}`);
  });

  test('are not repeated in the version of an entity that is the message itself', async () => {
    const { files } = await run(duckdb, writeRaw(await folder(), deskMessages({ ...traffic, count: 200 }), 100));
    const [row] = await query(
      `SELECT bool_and(regexp_full_match(entity, '[0-9a-f]{32}')) AS hashed, bool_or(contains(version, entity)) AS repeated FROM ${parquet(files[0]!.path)}`,
    );
    expect(row).toEqual({ hashed: true, repeated: false });
  });
});

describe('over strange bodies', () => {
  test('the edges of JSON, dates and numbers are judged alike', async () => {
    const messages = EDGES.map((body, i) => message(`edge-${i}`, body));
    await expectReference(writeRaw(await folder(), messages, 1_000));
  });

  test('damaged messages are judged alike', async () => {
    const messages = [...damaged(6_000, 5)].map((body, i) => message(`damaged-${i}`, body));
    await expectReference(writeRaw(await folder(), messages, 3_000));
  }, 600_000);

  test('messages without a transport id are quarantined, each as itself', async () => {
    const body = JSON.stringify({ date: '02/08/2021 11:35:42' });
    const objects = writeRaw(await folder(), [message('', body), message('', body), message('a', body)], 10);
    await expectReference(objects);
    const { counts, reasons } = (await run(duckdb, objects)).decided;
    expect(counts).toEqual({ received: 3, enriched: 1, duplicates: 0, quarantined: 2 });
    expect(reasons).toEqual({ no_identity: 2 });
  });

  test('a fixed message is the place of the one it was made of, whatever became of its body', async () => {
    const [body, other] = ['{"date":"02/08/2021 11:35:42"}', '{"date":"03/08/2021 11:35:42"}'];
    const fixed = (id: string, text: string, of: string) => message(id, text, { [FIX_OF]: of });
    const objects = writeRaw(
      await folder(),
      [
        fixed('a:fixed', body, 'raw/x#1'),
        fixed('a:fixed', other, 'raw/x#1'),
        fixed('a:fixed', body, 'raw/x#2'),
        fixed('b:fixed', 'not JSON', 'raw/x#3'),
        message('a:fixed', body, { other: 'header' }),
        // A producer that sends our header takes nobody's place.
        fixed('c', body, 'raw/x#1'),
        fixed('d', body, 'raw/x#1'),
      ],
      7,
    );
    await expectReference(objects);
    const staged = parquet(await stage(duckdb, objects));
    const rows = await query(`SELECT line, identity_hash, claim_key FROM ${staged} ORDER BY line`);
    expect(rows[1]).toEqual({ ...rows[0], line: 1 });
    expect(new Set(rows.map((row) => row['identity_hash'])).size).toBe(6);
  });

  test('an identity may come from a header', async () => {
    const contract: Contract = {
      ...DESK,
      rules: { ...DESK.rules, identity: { kind: 'header', name: "conversation's id" } },
    };
    const body = JSON.stringify({ date: '02/08/2021 11:35:42' });
    const of = (id: string, value?: string): ReturnType<typeof message> =>
      message(id, body, value === undefined ? {} : { "conversation's id": value });
    const objects = writeRaw(
      await folder(),
      [of('1', 'x'), of('2', 'x'), of('3', 'é\u2028\u0000x'), of('4', ''), of('5')],
      3,
    );
    await expectReference(objects, contract);
    for (const engine of [duckdb, node]) {
      const { counts } = (await run(engine, objects, { contract })).decided;
      expect(counts).toEqual({ received: 5, enriched: 2, duplicates: 1, quarantined: 2 });
    }
  });
});
