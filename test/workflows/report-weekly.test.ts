/** reportWeekly on the real parts: by hand and by its schedule, into the bucket and to whoever is told. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Weekly } from '../../src/activities/upkeep/report-weekly.ts';
import { keysOf } from '../../src/adapters/object-store/put.ts';
import { demoBodies } from '../../src/domain/sources/desk/demo.ts';
import { weekBefore } from '../../src/domain/week.ts';
import { windowOf, windowStart } from '../../src/domain/window.ts';
import { writeRaw } from '../../src/lake/raw.ts';
import { openStore } from '../../src/wiring/store.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { until } from '../support/until.ts';

let lake: Lake;
let server: Server;
const told: Record<string, string>[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      told.push(JSON.parse(body) as Record<string, string>);
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  lake = await openLake({
    ALERT_WEBHOOK_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
  });
  const opened = windowStart(windowOf('2026-11-22T03'));
  const messages = demoBodies().map((body, i) => ({
    id: `lab:${i}`,
    receivedAt: opened,
    headers: {},
    body: new TextEncoder().encode(body),
  }));
  await writeRaw(openStore(lake.config), 'desk', opened, messages);
  await lake.startWorker();
  await lake.etl();
});
afterAll(async () => {
  await lake.close();
  server.closeAllConnections();
  server.close();
});

const reportWeekly = (input: object): Promise<Weekly> =>
  lake.client.workflow.execute<(input: object) => Promise<Weekly>>('reportWeekly', {
    workflowId: `weekly-${randomUUID()}`,
    taskQueue: lake.config.CHATLAKE_TASK_QUEUE,
    args: [input],
  });

test('a week by hand: in the bucket, once, and told with its key', async () => {
  const store = openStore(lake.config);
  const weekly = await reportWeekly({ week: '2021-W31' });
  const [page = ''] = weekly.pages;
  expect(new TextDecoder().decode(await store.get(page))).toMatch(/Central de atendimento[^]*30 \/ 45/);
  await until(() => told.length > 0);
  expect(told).toEqual([expect.objectContaining({ alert: 'WeeklyReport', severity: 'info', thing: '2021-W31' })]);
  expect(told[0]?.['summary']).toContain(page);
  const before = await keysOf(store, 'reports/files/');
  expect(before).toHaveLength(weekly.files);
  expect(await reportWeekly({ week: '2021-W31' })).toEqual(weekly);
  expect(await keysOf(store, 'reports/files/')).toEqual(before);
});

test('its schedule means the last whole week in São Paulo', async () => {
  const handle = lake.client.schedule.getHandle('report-weekly');
  const week = weekBefore(Date.now(), 'America/Sao_Paulo');
  await handle.trigger();
  const started = async () => (await handle.describe()).info.recentActions[0]?.action.workflow.workflowId;
  await until(async () => (await started()) !== undefined);
  const weekly = (await lake.client.workflow.getHandle((await started()) ?? '').result()) as Weekly;
  // Midnight between Sunday and Monday may have passed meanwhile.
  expect([week, weekBefore(Date.now(), 'America/Sao_Paulo')]).toContain(weekly.week);
});

test('a week that does not exist is refused at once, with a sample', async () => {
  await expect(reportWeekly({ week: '2021-W54' })).rejects.toMatchObject({
    cause: { message: expect.stringMatching(/"week" must be a week that exists.*Sample: \{"week":"2026-W47"\}/) },
  });
});
