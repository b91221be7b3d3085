/** The report to file on paper: two pages of A4, in both languages, whole. No server. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import type { Ports } from '../../src/activities/ports.ts';
import { writeReport } from '../../src/cli/report-file.ts';
import { windowStart } from '../../src/domain/window.ts';
import { writeRaw } from '../../src/lake/raw.ts';
import { runWindow } from '../integration/run-window.ts';
import { windowAfter } from '../support/desk-raw.ts';
import type { Message } from '../support/land.ts';
import { openMemoryLake } from '../support/memory-lake.ts';
import { MONTH_DESK, MONTH_TELEGRAM } from '../support/month.ts';
import { openBrowser } from './open-pages.ts';

const lake = openMemoryLake();
const dir = mkdtempSync(join(tmpdir(), 'chatlake-print-'));
let ports: Ports;
let browser: Browser;

beforeAll(async () => {
  ports = await lake.process();
  const window = windowAfter(0);
  const land = async (source: string, given: readonly Message[]): Promise<void> => {
    const messages = given.map(([id, body, headers = {}]) => ({
      id,
      receivedAt: windowStart(window),
      headers,
      body: new TextEncoder().encode(body),
    }));
    await writeRaw(lake.store, source, windowStart(window), messages);
    await runWindow(ports, { source, window });
  };
  await land('desk', [...MONTH_DESK, ...MONTH_DESK.slice(0, 9), ['bad:1', '{"a":'], ['bad:2', 'x']]);
  await land('telegram', MONTH_TELEGRAM);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  lake.close();
  rmSync(dir, { recursive: true, force: true });
});

/** From the first event to the day of the receipts, so that what could not be read is in it, too. */
const LONG = { from: '2021-08-01', to: '2026-01-01' };

test.each([
  ['the last month, in English', { lang: 'en' }, 2],
  ['all years, in pt-BR', { lang: 'pt', ...LONG }, 2],
  ['the desk', { lang: 'en', source: 'desk', ...LONG }, 1],
  ['Telegram', { lang: 'pt', source: 'telegram' }, 1],
] as const)('%s: so many pages, and nothing is cut off', async (name, wish, pages) => {
  const [html = ''] = await writeReport(ports, { out: join(dir, name), ...wish });
  const page = await browser.newPage();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(pathToFileURL(html).href);
  expect(asked).toEqual([pathToFileURL(html).href]);
  const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
  expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(pages);
  expect(pdf).toMatch(/\/MediaBox \[0 0 59[45][.\d]* 84[12][.\d]*\]/);
  // What is wider than the paper would be cut off.
  await page.emulateMedia({ media: 'print' });
  await page.setViewportSize({ width: 703, height: 1032 });
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(703);
  await page.close();
});
