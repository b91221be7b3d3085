/** Alerts: one per thing and hour, in whatever body the receiver wants, and never in anybody's way. */
import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Alert, Alerter } from '../../../src/observe/alert/alerter.ts';
import { createAlertWebhook } from '../../../src/observe/alert/webhook.ts';
import { DEFAULT_ALERT_BODY } from '../../../src/domain/alerts.ts';

const PARKED: Alert = {
  name: 'WindowNeedsAttention',
  thing: 'desk 2026-11-22T03',
  summary: 'It said "no",\nand stays so.',
};

let server: Server;
let url: string;
let status: number;
let bodies: string[];
let logged: string[];
let clock: number;

beforeEach(async () => {
  status = 200;
  bodies = [];
  logged = [];
  clock = Date.UTC(2026, 10, 22);
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      bodies.push(body);
      response.writeHead(status).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-token`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const open = (change: { url?: string; template?: string } = {}): Alerter =>
  createAlertWebhook({
    url,
    template: DEFAULT_ALERT_BODY,
    runbook: 'https://wiki/runbook',
    log: { warn: (event, facts) => void logged.push(`${event} ${JSON.stringify(facts)}`) },
    raised: (name) => void logged.push(`counted ${name}`),
    now: () => clock,
    ...change,
  });

test('a thing is told of once an hour, with the address of its paragraph', async () => {
  const alerter = open();
  alerter.raise(PARKED);
  alerter.raise(PARKED);
  alerter.raise({ ...PARKED, thing: 'desk 2026-11-22T04' });
  clock += 3_599_999;
  alerter.raise(PARKED);
  clock += 1;
  alerter.raise(PARKED);
  await alerter.close();
  const told = bodies.map((body) => JSON.parse(body) as Record<string, string>).map(({ thing }) => thing);
  expect(told.sort()).toEqual([PARKED.thing, PARKED.thing, 'desk 2026-11-22T04']);
  expect(JSON.parse(bodies.find((body) => body.includes('T03'))!)).toMatchObject({
    alert: 'WindowNeedsAttention',
    severity: 'warning',
    summary: PARKED.summary,
    runbook: 'https://wiki/runbook#windowneedsattention',
  });
  expect(logged.filter((line) => line === 'counted WindowNeedsAttention')).toHaveLength(3);
});

test('a template makes it what Telegram’s sendMessage takes, whatever the summary holds', async () => {
  const alerter = open({ template: '{"chat_id":"-100","text":"{{alert}}: {{summary}} {{runbook}} {{other}}"}' });
  alerter.raise(PARKED);
  await alerter.close();
  expect(JSON.parse(bodies[0]!)).toEqual({
    chat_id: '-100',
    text: `WindowNeedsAttention: ${PARKED.summary} https://wiki/runbook#windowneedsattention {{other}}`,
  });
});

test('a receiver that fails is tried twice and logged, without its address', async () => {
  status = 500;
  const alerter = open();
  alerter.raise(PARKED);
  await alerter.close();
  expect(bodies).toHaveLength(2);
  expect(logged.join('\n')).toMatch(/alert.undelivered .*it answers 500/);
  expect(logged.join('\n')).not.toContain('secret-token');
});

test('without an address it is logged and counted', async () => {
  const alerter = createAlertWebhook({
    template: DEFAULT_ALERT_BODY,
    runbook: 'r',
    log: { warn: (event) => void logged.push(event) },
    raised: (name) => void logged.push(name),
    now: Date.now,
  });
  alerter.raise(PARKED);
  await alerter.close();
  expect(logged).toEqual(['WindowNeedsAttention', 'alert.raised']);
  expect(bodies).toEqual([]);
});

test('an address that holds a password, which fetch refuses with the whole of it, is not logged', async () => {
  const alerter = open({ url: 'http://pager:s3cret-4711@127.0.0.1:9/' });
  alerter.raise(PARKED);
  await alerter.close();
  expect(logged.join()).toContain('alert.undelivered');
  expect(logged.join()).not.toMatch(/s3cret|pager/);
});

test('news is told each time at the same address, and counts as no alert', async () => {
  const alerter = open();
  alerter.tell({ name: 'WeeklyReport', thing: '2021-W31', summary: 'It is written.' });
  alerter.tell({ name: 'WeeklyReport', thing: '2021-W31', summary: 'It is written.' });
  await alerter.close();
  expect(bodies).toHaveLength(2);
  expect(JSON.parse(bodies[0]!)).toMatchObject({
    alert: 'WeeklyReport',
    severity: 'info',
    thing: '2021-W31',
    runbook: 'https://wiki/runbook',
  });
  expect(logged).toEqual([]);
});
