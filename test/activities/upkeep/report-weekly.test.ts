/** The report of a week on the store, over the seed's messages. No server. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Ports } from '../../../src/activities/ports.ts';
import { type Weekly, createReportWeekly } from '../../../src/activities/upkeep/report-weekly.ts';
import type { News } from '../../../src/observe/alert/alerter.ts';
import { keysOf } from '../../../src/adapters/object-store/put.ts';
import { demoBodies } from '../../../src/domain/sources/desk/demo.ts';
import { type Week, parseWeek } from '../../../src/domain/week.ts';
import { windowStart } from '../../../src/domain/window.ts';
import { writeRaw } from '../../../src/lake/raw.ts';
import { runWindow } from '../../integration/run-window.ts';
import { attempts } from '../../../src/adapters/object-store/attempts.ts';
import { decorateStore } from '../../support/decorate-store.ts';
import { windowAfter } from '../../support/desk-raw.ts';
import { openMemoryLake } from '../../support/memory-lake.ts';

const lake = openMemoryLake();
const told: News[] = [];
const puts: string[] = [];
const WEEK = parseWeek('2021-W31') as Week;
const PREFIX = 'reports/files/';
let ports: Ports;
let write: (week?: Week) => Promise<Weekly>;

beforeAll(async () => {
  ports = await lake.process(
    { alerter: { raise: () => undefined, tell: (news) => void told.push(news), close: () => Promise.resolve() } },
    (store) =>
      decorateStore(store, {
        put: async (key, perform) => {
          const outcome = await perform();
          if (key.startsWith(PREFIX)) puts.push(`${outcome} ${key}`);
          return outcome;
        },
      }),
    attempts,
  );
  // Monday 2021-08-09, a minute after midnight in São Paulo.
  const atMs = Date.parse('2021-08-09T03:01:00Z');
  write = (week) => createReportWeekly(ports)({ ...(week === undefined ? {} : { week }), atMs });
});
afterAll(() => lake.close());

/** Lets an hour of messages into the tables. */
async function receive(n: number, bodies: readonly string[]): Promise<void> {
  const window = windowAfter(n);
  const messages = bodies.map((body, i) => ({
    id: `desk:${n}-${i}`,
    receivedAt: windowStart(window),
    headers: {},
    body: new TextEncoder().encode(body),
  }));
  await writeRaw(lake.store, 'desk', windowStart(window), messages);
  await runWindow(ports, { source: 'desk', window });
}

test('of a lake without messages nothing is written or told', async () => {
  expect(await write()).toEqual({ week: WEEK, from: '2021-08-02', to: '2021-08-08', files: 0, pages: [] });
  expect([await keysOf(lake.store, PREFIX), told]).toEqual([[], []]);
});

test('the week before is written in both languages, each file once, and told with its key', async () => {
  await receive(0, demoBodies());
  const weekly = await write();
  expect(weekly).toMatchObject({ week: WEEK, from: '2021-08-02', to: '2021-08-08', files: 28 });
  const [portuguese = '', english = ''] = weekly.pages;
  expect(portuguese).toMatch(/^reports\/files\/2021-W31\/[0-9a-f]{64}\/pt-BR\/report\.html$/);
  const read = async (key: string): Promise<string> => new TextDecoder().decode(await lake.store.get(key));
  expect(await read(portuguese)).toMatch(/lang="pt-BR"[^]*Central de atendimento[^]*66,7/);
  expect(await read(english)).toMatch(/lang="en"[^]*30 \/ 45/);
  expect(await read(english.replace('report.html', 'desk_channels.csv'))).toMatch(/^Channel,/);
  expect(told).toEqual([
    {
      name: 'WeeklyReport',
      thing: '2021-W31',
      summary: `The report of 2021-08-02 to 2021-08-08 is written: ${portuguese} and ${english}`,
    },
  ]);
});

test('again, also by another process: the same keys, and every object is there already', async () => {
  const before = await keysOf(lake.store, PREFIX);
  puts.length = 0;
  const again = await write(WEEK);
  expect(again.pages[0]).toBe(before.find((key) => key.endsWith('pt-BR/report.html')));
  expect(puts.map((put) => put.split(' ')[0])).toEqual(before.map(() => 'exists'));
  expect(await keysOf(lake.store, PREFIX)).toEqual(before);
});

test('of a lake that has moved on it stands beside the first, which stays', async () => {
  const before = await keysOf(lake.store, PREFIX);
  await receive(1, ['{"name":"Ana","channel":"whatsapp","date":"05/08/2021 10:00:00","serviceScore":"9"}']);
  await write(WEEK);
  const after = await keysOf(lake.store, PREFIX);
  expect(after).toHaveLength(2 * before.length);
  expect(after).toEqual(expect.arrayContaining(before));
});

test('the policy of docs/deploy.md that refuses to overwrite covers the reports, which are only ever put if absent', () => {
  const [, policy = ''] = /```json\n([^]*?)```/.exec(readFileSync('docs/deploy.md', 'utf8')) ?? [];
  const { Effect, Resource, Condition } = JSON.parse(policy) as {
    Effect: string;
    Resource: readonly string[];
    Condition: object;
  };
  expect([Effect, Condition]).toEqual(['Deny', { Null: { 's3:if-none-match': 'true' } }]);
  expect(Resource).toContain(`arn:aws:s3:::BUCKET/${PREFIX.replace('files/', '*')}`);
});
