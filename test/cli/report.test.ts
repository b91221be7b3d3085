/** `chatlake report` in the terminal, to the letter: the seed's messages, some more days, and both sources. No server. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Ports } from '../../src/activities/ports.ts';
import { demoBodies } from '../../src/domain/sources/desk/demo.ts';
import { REPORTS } from '../../src/domain/kpi/index.ts';
import { bar, printReport, sparkline } from '../../src/domain/kpi/print-report.ts';
import { windowStart } from '../../src/domain/window.ts';
import { writeRaw } from '../../src/lake/raw.ts';
import { tableState } from '../../src/lake/tables.ts';
import { reportOfRange, volumeOfRange } from '../../src/projections/reports.ts';
import { runWindow } from '../integration/run-window.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { openMemoryLake } from '../support/memory-lake.ts';

const lake = openMemoryLake();
let ports: Ports;

beforeAll(async () => {
  ports = await lake.process();
  const window = windowAfter(0);
  const later = Array.from({ length: 3 }, () => '{"channel":"sms","date":"09/08/2021 10:00:00"}');
  const messages = [...demoBodies(), ...later].map((body, i) => ({
    id: `desk:${i}`,
    receivedAt: windowStart(window),
    headers: {},
    body: new TextEncoder().encode(body),
  }));
  await writeRaw(lake.store, 'desk', windowStart(window), messages);
  await runWindow(ports, { source: 'desk', window });
});
afterAll(() => lake.close());

async function printed(from: string, to: string): Promise<string> {
  const definition = REPORTS.get('desk')!;
  const state = await tableState(ports, 'desk', definition.table);
  const report = await reportOfRange(ports, definition, state, { from, to, ledgerVersion: 0 });
  return printReport(definition, report, await volumeOfRange(ports, definition, state, { from, to }));
}

test('volume as a sparkline, breakdowns as bars, measures with what they are made of', async () => {
  expect(await printed('0001-01-01', '9999-12-31')).toBe(GOLDEN);
});

test('of one day there is no sparkline, and of none nothing', async () => {
  expect(await printed('2021-08-05', '2021-08-05')).not.toContain('per day');
  expect(await printed('2020-01-01', '2020-01-31')).toBe('desk_service: no interactions in this range.');
});

test('signs: nothing is told from little, the most is full, and long ranges are of weeks', () => {
  expect(sparkline([0, 1, 50, 100])).toBe('·▁▄█');
  expect([bar(1), bar(0.5), bar(0.001)]).toEqual(['█'.repeat(24), '█'.repeat(12), '▏']);
  const definition = REPORTS.get('desk')!;
  const report = { name: 'x', from: '2021-01-01', to: '2021-12-31', ledgerVersion: 0, interactions: 3 };
  const days = [
    { day: '2021-01-01', count: 1 },
    { day: '2021-01-02', count: 1 },
    { day: '2021-12-31', count: 1 },
  ];
  const [, line = ''] = printReport(definition, { ...report, breakdowns: [], measures: [] }, days).split('\n');
  expect(line).toBe(`  per week  █${'·'.repeat(51)}▄  at most 2`);
});

const GOLDEN = `desk_service: 48 interactions, 2021-08-02 to 2021-08-09 (ledger version 0)
  per day  ▄▆·█···▂  at most 20

Interactions by channel
  telefone      20  ████████████████████████
  telegram      15  ██████████████████
  whatsapp      10  ████████████
  sms            3  ███▋

Services chosen
  agendar consulta           25  ████████████████████████
  informacoes                25  ████████████████████████
  solicitar atendimento      20  ███████████████████▎
  cancelar consulta          15  ██████████████▍

  Resolution rate     22.2 %   10 / 45      Interactions marked solved, of those where solved is known.
  CSAT (score ≥ 8)    66.7 %   30 / 45      Interactions scored 8 or more, of those with a score.
  NPS-style score      -11.1   -5 / 45      Share of scores 9–10 minus share of scores 0–6, × 100; the question rated the service, not a recommendation.
  Mean score            7.78   350 / 45     Sum of scores divided by the number of interactions with a score.
  Mean age             33.44   1505 / 45    Sum of ages divided by the number of interactions with an age.`;
