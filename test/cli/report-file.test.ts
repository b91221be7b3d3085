/** `chatlake report --out` over the seed's messages. No server. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Ports } from '../../src/activities/ports.ts';
import { writeReport } from '../../src/cli/report-file.ts';
import { demoBodies } from '../../src/domain/sources/desk/demo.ts';
import { windowStart } from '../../src/domain/window.ts';
import { writeRaw } from '../../src/lake/raw.ts';
import { runWindow } from '../integration/run-window.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { openMemoryLake } from '../support/memory-lake.ts';

const lake = openMemoryLake();
const dir = mkdtempSync(join(tmpdir(), 'chatlake-report-'));
let ports: Ports;

beforeAll(async () => {
  ports = await lake.process();
});
afterAll(() => {
  lake.close();
  rmSync(dir, { recursive: true, force: true });
});

test('of nothing there is no report, and the sentence says where to look', async () => {
  await expect(writeReport(ports, { out: join(dir, 'none'), lang: 'en' })).rejects.toThrow(/chatlake status/);
});

test('the seed’s figures in one file that loads nothing, a CSV per figure, and the same bytes again', async () => {
  const window = windowAfter(0);
  const messages = [...demoBodies(), '{"name":"Maria Canary"}'].map((body, n) => ({
    id: `desk:${n}`,
    receivedAt: windowStart(window),
    headers: {},
    body: new TextEncoder().encode(body),
  }));
  await writeRaw(lake.store, 'desk', windowStart(window), messages);
  await runWindow(ports, { source: 'desk', window });
  const paths = await writeReport(ports, { out: join(dir, 'one'), lang: 'en' });
  const html = readFileSync(paths[0] ?? '', 'utf8');
  for (const text of ['66.7%', '30 / 45', '22.2%', '10 / 45', 'Ledger version 0, manifest manifests/', '<svg'])
    expect(html).toContain(text);
  expect(html).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org\/)|src=|Canary/);
  const csv = paths.find((path) => path.endsWith('desk_channels.csv')) ?? '';
  expect(readFileSync(csv, 'utf8').split('\r\n')[1]).toMatch(/^telefone,20,0\.4444,/);
  const again = await writeReport(ports, { out: join(dir, 'two'), lang: 'en' });
  expect(again.map((path) => readFileSync(path, 'utf8'))).toEqual(paths.map((path) => readFileSync(path, 'utf8')));
  const [portuguese = ''] = await writeReport(ports, { out: join(dir, 'pt'), lang: 'pt', source: 'desk' });
  expect(readFileSync(portuguese, 'utf8')).toMatch(/lang="pt-BR"[^]*Central de atendimento[^]*66,7/);
});
