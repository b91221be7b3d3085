/** One port tells everything: ours and the SDK's; what the alert rules and the dashboard ask for is really there. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { writeRaw } from '../../src/lake/raw.ts';
import { demoBodies } from '../../src/domain/sources/desk/demo.ts';
import { ALERTS } from '../../src/domain/alerts.ts';
import { createPortBook } from '../../src/local/parts/ports.ts';
import { openPublisher } from '../../src/wiring/ports.ts';
import { type Lake, openLake, untilSubscribed } from '../support/lake.ts';
import { until } from '../support/until.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
}
const { groups } = parse(readFileSync('ops/alerts.yml', 'utf8')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(readFileSync('ops/grafana.json', 'utf8')) as {
  panels: { title: string; targets: { expr: string }[] }[];
};

let lake: Lake;
let port: number;
let scraped: string;

/** The value of a sample whose labels include these; undefined when there is none. */
const sample = (name: string, ...labels: string[]): number | undefined => {
  const line = scraped
    .split('\n')
    .find(
      (own) => own.startsWith(name) && /^[{ ]/.test(own.slice(name.length)) && labels.every((l) => own.includes(l)),
    );
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
};

beforeAll(async () => {
  port = await createPortBook(false).free();
  lake = await openLake({ METRICS_PORT: String(port) });
  await lake.startWorker({ consume: true });
  await untilSubscribed(lake);
  const publisher = await openPublisher(lake.config);
  await publisher.publish([...demoBodies(), '{"not": "a message"'].map((body) => ({ body })));
  await publisher.close();
  await until(async () => {
    scraped = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return (sample('chatlake_messages_landed_total', 'desk') ?? 0) > 45;
  });
  const { ports } = lake;
  await writeRaw(ports.store, 'desk', Date.UTC(2024, 4, 1, 12), [
    { id: 'desk:1', receivedAt: Date.UTC(2024, 4, 1, 12), headers: {}, body: new TextEncoder().encode('{}') },
  ]);
  await lake.etl();
  // A second look, at what is pending then.
  await lake.etl();
  scraped = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
}, 180_000);
afterAll(() => lake.close());

test('what went through the worker is counted', () => {
  expect(sample('chatlake_messages_received_total', 'source="desk"')).toBe(46);
  expect(sample('chatlake_messages_landed_total', 'source="desk"')).toBe(46);
  expect(sample('chatlake_verdicts_total', 'verdict="enriched"')).toBe(45);
  expect(sample('chatlake_verdicts_total', 'verdict="quarantined"')).toBe(2);
  expect(sample('chatlake_quarantined_total', 'reason="invalid_json"')).toBe(1);
  expect(sample('chatlake_windows_published_total', 'source="desk"')).toBe(2);
  for (const reached of ['head', 'tables', 'documents', 'verified'])
    expect([reached, sample('chatlake_ledger_version', `reached="${reached}"`)]).toEqual([reached, 1]);
  expect(sample('chatlake_windows_pending', 'source="desk"')).toBe(0);
  expect(sample('chatlake_broker_connected', 'source="desk"')).toBe(1);
  expect(sample('chatlake_unlanded_age_seconds', 'source="desk"')).toBe(0);
  expect(sample('chatlake_acknowledge_delay_seconds_count', 'source="desk"')).toBeGreaterThan(0);
  expect(sample('chatlake_step_duration_seconds_count', 'step="reconcile"', 'outcome="ok"')).toBeGreaterThan(0);
  expect(sample('chatlake_can_acknowledge')).toBe(1);
});

test('ages are those of the messages, not of the window they came in', () => {
  const age = sample('chatlake_published_age_seconds', 'source="desk"')!;
  expect(age).toBeGreaterThan(0);
  expect(age).toBeLessThan(600);
});

test('each kind of work has a queue of its own', () => {
  const queue = lake.config.CHATLAKE_TASK_QUEUE;
  for (const ending of ['', '-etl', '-ingest', '-upkeep'])
    expect(scraped).toMatch(new RegExp(`temporal_worker_task_slots_available{[^}]*task_queue="${queue}${ending}"`));
  const ran = (task: string, activity: string) =>
    scraped
      .match(
        new RegExp(`temporal_activity_execution_latency_seconds_count{[^}]*activity_type="${activity}"[^}]*}`),
      )?.[0]
      .includes(`task_queue="${task}"`);
  expect(ran(`${queue}-etl`, 'cleanse')).toBe(true);
  expect(ran(queue, 'sealWindow')).toBe(true);
});

test('health says so, and an unknown path is told what there is', async () => {
  const health = await fetch(`http://127.0.0.1:${port}/health`);
  expect([health.status, await health.json()]).toMatchObject([
    200,
    { status: 'green', serving: true, parts: { store: { status: 'green' }, desk: { status: 'green' } } },
  ]);
  expect((await fetch(`http://127.0.0.1:${port}/live`)).status).toBe(200);
  expect((await fetch(`http://127.0.0.1:${port}/nothing`)).status).toBe(404);
});

describe('the alert rules and the dashboard', () => {
  const exported = (): Set<string> => new Set([...scraped.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name));
  const asked = (expr: string): string[] =>
    [...expr.matchAll(/\b(?:chatlake|temporal)_\w+/g)].map(([name]) => name.replace(/_(bucket|count|sum)$/, ''));

  test.each(rules.map((rule) => [rule.alert, rule] as const))('%s asks for what is exported', (_, rule) => {
    expect(asked(rule.expr).length).toBeGreaterThan(0);
    for (const name of asked(rule.expr)) expect([...exported()]).toContain(name);
    expect(rule.for ?? '1m').toMatch(/^\d+[mh]$/);
    expect(['critical', 'warning']).toContain(rule.labels.severity);
    expect(rule.annotations.summary).toMatch(/[.]$/);
  });
  test.each(dashboard.panels.map(({ title, targets }) => [title, targets] as const))('panel "%s"', (_, targets) => {
    for (const { expr } of targets) for (const name of asked(expr)) expect([...exported()]).toContain(name);
  });
  test('every metric of chatlake is on the dashboard or in a rule', () => {
    const used = new Set(
      [
        ...rules.map(({ expr }) => expr),
        ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
      ].flatMap(asked),
    );
    expect([...exported()].filter((name) => name.startsWith('chatlake_') && !used.has(name))).toEqual([]);
  });
  test('every alert has its paragraph, also those that chatlake raises itself', () => {
    const paragraphs = [...readFileSync('docs/runbook.md', 'utf8').matchAll(/^## (\w+)$/gm)].map(
      ([, name = '']) => name,
    );
    expect(paragraphs.sort()).toEqual(rules.map(({ alert }) => alert).sort());
    for (const { alert, annotations } of rules)
      expect(annotations.runbook_url).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
    for (const [name, { severity }] of Object.entries(ALERTS))
      expect(rules.find(({ alert }) => alert === name)?.labels.severity).toBe(severity);
  });
});

test('nothing personal is in it', () => {
  for (const body of demoBodies().slice(0, 20)) {
    const document = /"document"\s*:\s*"([^"]+)"/.exec(body)?.[1];
    if (document) expect(scraped).not.toContain(document);
  }
});
