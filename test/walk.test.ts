/** The walk of one message, sentence by sentence, on the real parts: broker, store, Temporal, documents. */
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DESK } from '../src/domain/sources/desk/contract.ts';
import { demoBodies } from '../src/domain/sources/desk/demo.ts';
import { REPORTS } from '../src/domain/kpi/index.ts';
import { parseRawKey, rawSourcePrefix, tableRoot } from '../src/domain/formats/layout.ts';
import { type RawLine, decodeRawLine } from '../src/domain/formats/raw.ts';
import { readLedger } from '../src/lake/ledger.ts';
import { appliedBy } from '../src/lake/tables.ts';
import { verifiedVersions } from '../src/lake/verified.ts';
import { reportOfRange } from '../src/projections/reports.ts';
import { openPublisher } from '../src/wiring/ports.ts';
import { type Lake, openLake, untilSubscribed } from './support/lake.ts';
import { stack } from './support/stack.ts';
import { until } from './support/until.ts';

let lake: Lake;

beforeAll(async () => {
  lake = await openLake();
  await lake.startWorker({ consume: true });
  await untilSubscribed(lake);
});
afterAll(() => lake.close());

async function landed(): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { key } of lake.ports.store.list(rawSourcePrefix('desk'))) keys.push(key);
  return keys;
}

const countOf = (keys: readonly string[]): number => keys.reduce((sum, key) => sum + (parseRawKey(key)?.count ?? 0), 0);

/** Publishes over TCP or WebSocket and waits until everything sent so far is in raw. */
async function publish(bodies: readonly (string | Uint8Array)[], url: string): Promise<void> {
  const before = countOf(await landed());
  const publisher = await openPublisher({ ...lake.config, STOMP_URL: url });
  await publisher.publish(bodies.map((body) => ({ body })));
  await publisher.close();
  await until(async () => countOf(await landed()) >= before + bodies.length);
}

async function rawLines(): Promise<readonly RawLine[]> {
  const lines: RawLine[] = [];
  for (const key of await landed()) {
    const body = (await lake.ports.store.get(key))!;
    lines.push(...gunzipSync(body).toString('utf8').trimEnd().split('\n').map(decodeRawLine));
  }
  return lines;
}

describe('the 45 messages of the demo', () => {
  test('land as received, in objects whose key says how many they hold', async () => {
    const bodies = demoBodies();
    await publish(bodies.slice(0, 20), stack().stomp.url);
    await publish(bodies.slice(20), stack().stomp.webSocketUrl);
    const lines = await rawLines();
    expect(lines.map((line) => line.body).sort()).toEqual([...bodies].sort());
    expect(new Set(lines.map((line) => line.id)).size).toBe(45);
  });

  test('become 45 rows and 45 documents, though only three bodies are distinct', async () => {
    const { counts } = await lake.etl({});
    expect(counts).toEqual({ received: 45, enriched: 45, duplicates: 0, quarantined: 0 });
    expect(await lake.ports.documents.count(DESK.tables[0])).toBe(45);
    const ledger = await readLedger(lake.ports, 'desk');
    expect(await verifiedVersions(lake.ports, 'desk')).toMatchObject({ upTo: ledger.entries.length - 1 });
  });

  test('are not run again: a second etl finds nothing pending and changes nothing', async () => {
    const before = await readLedger(lake.ports, 'desk');
    expect(await lake.etl({})).toEqual({
      windows: 0,
      counts: { received: 0, enriched: 0, duplicates: 0, quarantined: 0 },
    });
    const after = await readLedger(lake.ports, 'desk');
    expect(after.state.version).toBe(before.state.version);
  });

  test('give the golden numbers of the first report', async () => {
    const definition = REPORTS.get('desk')!;
    const table = await lake.ports.logs(tableRoot(DESK.tables[0].name)).refresh();
    const days = { from: '2021-08-01', to: '2021-08-31', ledgerVersion: appliedBy(table, 'desk') };
    const report = await reportOfRange(lake.ports, definition, table, days);
    expect(report).toMatchObject({ interactions: 45, from: '2021-08-02', to: '2021-08-05' });
    expect(
      Object.fromEntries(report.breakdowns.flatMap(({ rows }) => rows.map(({ value, count }) => [value, count]))),
    ).toEqual({
      whatsapp: 10,
      telegram: 15,
      telefone: 20,
      'agendar consulta': 25,
      informacoes: 25,
      'solicitar atendimento': 20,
      'cancelar consulta': 15,
    });
    expect(
      Object.fromEntries(
        report.measures.map(({ id, numerator, denominator, value }) => [id, [numerator, denominator, value]]),
      ),
    ).toEqual({
      resolution: [10, 45, 0.2222],
      csat: [30, 45, 0.6667],
      nps_style: [-5, 45, -0.1111],
      mean_score: [350, 45, 7.7778],
      mean_age: [1505, 45, 33.4444],
    });
  });

  test('record the 30 CPFs that fail their check digits and the 20 repairs of one misspelt word', async () => {
    const issues = await tableRows(
      `SELECT i.field, i.code, count(*)::INTEGER AS n FROM (SELECT unnest(issues) AS i FROM rows) GROUP BY ALL ORDER BY ALL`,
    );
    expect(issues).toEqual([
      { field: 'covidTest', code: 'repaired', n: 20 },
      { field: 'document', code: 'invalid_cpf', n: 30 },
    ]);
  });

  test('leave no clear identifier outside raw', async () => {
    const clear = /Geralt|Yennifer|Dandelion|987\.654\.321|98765432100|123\.456\.789|12345678912/;
    const keys: string[] = [];
    for await (const { key } of lake.ports.store.list('')) if (!key.startsWith('raw/')) keys.push(key);
    expect(keys.length).toBeGreaterThan(8);
    for (const key of keys.filter((name) => !name.endsWith('.parquet'))) {
      expect([key, clear.test(Buffer.from((await lake.ports.store.get(key))!).toString('utf8'))]).toEqual([key, false]);
    }
    const rows = await tableRows('SELECT * EXCLUDE (filename) FROM rows');
    expect(clear.test(JSON.stringify(rows))).toBe(false);
    for (const { entity } of rows)
      expect(clear.test(JSON.stringify(await lake.ports.documents.find(DESK.tables[0], String(entity))))).toBe(false);
  });

  test('cross Temporal as references and counts: no payload reaches 10 kB', async () => {
    for await (const { workflowId, runId } of lake.client.workflow.list()) {
      const history = await lake.client.workflow.getHandle(workflowId, runId).fetchHistory();
      const sizes = history.events!.map((event) => JSON.stringify(event).length);
      expect(Math.max(...sizes)).toBeLessThan(10_000);
    }
  });
});

async function tableRows(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const table = await lake.ports.logs(tableRoot(DESK.tables[0].name)).refresh();
  return lake.ports.cache.withScratch(async (scratch) => {
    const paths = await Promise.all(
      [...table.files.keys()].map((path) =>
        lake.ports.cache.fetch(`${tableRoot(DESK.tables[0].name)}${path}`, scratch, 'a file'),
      ),
    );
    return lake.ports.reader.query(paths, sql, scratch);
  });
}

describe('bad input', () => {
  test('is landed whole, then enriched with an issue or quarantined with a reason and a path; the others go on', async () => {
    const good = JSON.parse(demoBodies()[0]!) as Record<string, unknown>;
    const body = (change: Record<string, unknown>): string => JSON.stringify({ ...good, ...change });
    const bad: readonly (string | Uint8Array)[] = [
      '{"name":"x",',
      '',
      '[1,2]',
      '"text"',
      Uint8Array.from([0x7b, 0xff, 0xfe, 0x7d]),
      body({ date: '99/99/2021' }),
      body({ age: 'abc' }),
      body({ serviceScore: 11 }),
      body({ channel: 'pombo correio' }),
      body({}),
    ];
    await publish(bad, stack().stomp.url);
    const { counts } = await lake.etl({});
    expect(counts).toEqual({ received: 10, enriched: 4, duplicates: 0, quarantined: 6 });
    const ledger = await readLedger(lake.ports, 'desk');
    expect(ledger.entries.at(ledger.entries.length - 1)!.counts).toEqual(counts);
    const rejected = await ledgerRows(
      `SELECT reason, field, count(*)::INTEGER AS n FROM rows WHERE verdict = 'quarantined' GROUP BY ALL ORDER BY ALL`,
    );
    expect(rejected).toEqual([
      { reason: 'empty_body', field: '', n: 1 },
      { reason: 'invalid_date', field: 'date', n: 1 },
      { reason: 'invalid_json', field: '', n: 1 },
      { reason: 'not_an_object', field: '$', n: 2 },
      { reason: 'not_utf8', field: '', n: 1 },
    ]);
    const issues = await tableRows(
      `SELECT i.field, i.code FROM (SELECT unnest(issues) AS i FROM rows) WHERE i.code NOT IN ('repaired', 'invalid_cpf') ORDER BY ALL`,
    );
    expect(issues).toEqual([
      { field: 'age', code: 'not_an_integer' },
      { field: 'channel', code: 'unknown_value' },
      { field: 'serviceScore', code: 'out_of_range' },
    ]);
  });
});

async function ledgerRows(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { state } = await readLedger(lake.ports, 'desk');
  return lake.ports.cache.withScratch(async (scratch) => {
    const paths = await Promise.all(
      [...state.files.keys()].map((path) => lake.ports.cache.fetch(`ledger/desk/${path}`, scratch, 'a file')),
    );
    return lake.ports.reader.query(paths, sql, scratch);
  });
}

describe('the consume workflow', () => {
  test('paused, it leaves messages on the broker; resumed, it takes them; stopped, it ends', async () => {
    const handle = lake.client.workflow.getHandle('consume/desk');
    await handle.signal('pause');
    await until(async () => !(await handle.describe()).raw.pendingActivities?.length);
    const before = countOf(await landed());
    const publisher = await openPublisher(lake.config);
    await publisher.publish([{ body: demoBodies()[0]! }]);
    await publisher.close();
    expect(countOf(await landed())).toBe(before);
    await handle.signal('resume');
    await until(async () => countOf(await landed()) === before + 1);
    await handle.signal('stop');
    await handle.result();
  });
});
