/** One trace, from an update at the gateway through the signal and the workflows to an activity, as a collector sees it. */
import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { type RunningGateway, startGateway } from '../../src/gateway/start.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { until } from '../support/until.ts';

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly service: string;
  readonly workflow: string | undefined;
}
interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string };
}
interface Export {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: { spans: (Omit<Span, 'service' | 'workflow'> & { attributes: Attribute[] })[] }[];
  }[];
}

const BOT = '123456789';
const SECRET = 'a-secret_of-the-traces';
const spans: Span[] = [];
let collector: Server;
let lake: Lake;
let gateway: RunningGateway;

beforeAll(async () => {
  const of = (attributes: Attribute[], name: string) => attributes.find(({ key }) => key === name)?.value.stringValue;
  collector = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      for (const { resource, scopeSpans } of (JSON.parse(body) as Export).resourceSpans)
        for (const { attributes, ...span } of scopeSpans.flatMap((scope) => scope.spans))
          spans.push({
            ...span,
            service: of(resource.attributes, 'service.name') ?? '',
            workflow: of(attributes, 'temporal.workflow_id'),
          });
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  lake = await openLake({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
    TELEGRAM_BOT_ID: BOT,
    TELEGRAM_WEBHOOK_SECRET: SECRET,
    GATEWAY_PORT: '0',
    LIVE_INTERVAL_MS: '1000',
  });
  await lake.startWorker({ live: true });
  gateway = await startGateway(lake.config, pino({ level: 'silent' }));
}, 120_000);
afterAll(async () => {
  await gateway.stop();
  await lake.close();
  collector.closeAllConnections();
  collector.close();
});

test('crosses gateway, signal, workflow, its child and an activity', async () => {
  const answer = await fetch(`${gateway.url}/telegram/${BOT}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': SECRET },
    body: '{"update_id":1}',
  });
  expect(answer.status).toBe(200);
  await until(() => spans.some(({ name }) => name === 'reconcile'));
  const land = spans.find(({ name }) => name === 'land')!;
  const announce = spans.find(({ name }) => name === 'announce')!;
  expect(land).toMatchObject({ service: 'chatlake-gateway' });
  expect(announce).toMatchObject({ service: 'chatlake-gateway', traceId: land.traceId, parentSpanId: land.spanId });
  const step = (name: string) => spans.find((span) => span.name === name)!;
  const wake = step('wakeForward');
  for (const [name, parent, workflow] of [
    ['sealWindow', announce, /^etl\/telegram\//],
    ['cleanse', announce, /^etl\/telegram\//],
    ['publish', announce, /^etl\/telegram\//],
    ['wakeForward', announce, /^etl\/telegram\//],
    ['project', wake, /^forward\/telegram$/],
    ['reconcile', wake, /^forward\/telegram$/],
  ] as const) {
    expect(step(name)).toMatchObject({
      service: 'chatlake-worker',
      traceId: land.traceId,
      parentSpanId: parent.spanId,
    });
    expect(step(name).workflow).toMatch(workflow);
  }
}, 120_000);
