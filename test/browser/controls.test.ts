/** Days, channel, language, colours and downloads: all in the address, so that a link shows what its sender saw. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { type OpenPages, RANGE, answers, openPages, openTab, settled, tilesOf, visit } from './open-pages.ts';

let opened: OpenPages;
let page: Page;

beforeAll(async () => {
  opened = await openPages();
  ({ page } = await openTab(opened.browser));
});
afterAll(() => opened.close());

const query = (name: string): string | null => new URL(page.url()).searchParams.get(name);

test('a page opens on the last days with data, and says so in its address', async () => {
  await visit(page, `${opened.running.url}/desk`);
  expect([query('from'), query('to'), query('lang')]).toEqual(['2021-08-02', '2021-08-31', 'en']);
  expect(await page.getByRole('button', { name: '30 days' }).getAttribute('aria-pressed')).toBe('true');
});

test('days: a preset and a date change address and figures; back undoes it', async () => {
  await visit(page, `${opened.running.url}/desk`);
  const before = await tilesOf(page, 'desk_people');
  await page.getByRole('button', { name: '7 days' }).click();
  await settled(page);
  expect([query('from'), query('to')]).toEqual(['2021-08-25', '2021-08-31']);
  const after = await tilesOf(page, 'desk_people');
  expect(Number(after['Interactions'])).toBeLessThan(Number(before['Interactions']));
  await page.getByLabel('From').fill('2021-08-30');
  await settled(page);
  expect(query('from')).toBe('2021-08-30');
  await page.goBack();
  await page.goBack();
  await settled(page);
  expect(query('from')).toBe('2021-08-02');
  expect(await tilesOf(page, 'desk_people')).toEqual(before);
});

test('channel: only figures that know channels follow it', async () => {
  await visit(page, `${opened.running.url}/desk?${RANGE}`);
  await page.getByLabel('Channel', { exact: true }).selectOption('whatsapp');
  await settled(page);
  expect(query('channel')).toBe('whatsapp');
  const whatsapp = answers.desk_volume.filter(({ channel }) => channel === 'whatsapp');
  const sum = whatsapp.reduce((total, { interactions }) => total + interactions, 0);
  expect((await tilesOf(page, 'desk_people'))['Interactions']).toBe(String(sum));
  expect(await page.locator('[data-figure=desk_symptoms] details').textContent()).toContain(
    'all channels, whatever is chosen',
  );
});

test('source: overview and operations show one, and the address says which', async () => {
  await visit(page, opened.running.url);
  await page.getByLabel('Source', { exact: true }).selectOption('telegram');
  await settled(page);
  expect(query('source')).toBe('telegram');
  expect(await page.locator('.equation .term').first().textContent()).toBe('284received');
  await page.getByRole('link', { name: 'Operations' }).click();
  await page.getByRole('heading', { level: 1, name: 'Operations' }).waitFor();
  await settled(page);
  expect(query('source')).toBe('telegram');
  expect(await page.locator('.calendar caption').allTextContents()).toEqual(['Telegram']);
  const panels = page.locator('[data-panel=lag], [data-panel=samples]');
  expect(await panels.locator('tbody td:first-child').allTextContents()).toEqual(Array(4).fill('Telegram'));
  // A link shows what its sender saw.
  await visit(page, `${opened.running.url}/operations?source=desk`);
  expect(await page.getByLabel('Source', { exact: true }).inputValue()).toBe('desk');
  expect(await page.locator('.calendar caption').allTextContents()).toEqual(['Desk']);
  await page.getByRole('link', { name: 'Telegram', exact: true }).click();
  await settled(page);
  expect([query('source'), await page.getByLabel('Source', { exact: true }).isVisible()]).toEqual([null, false]);
});

test('from page to page the last days with data are those of the page', async () => {
  await visit(page, `${opened.running.url}/desk`);
  await page.getByRole('link', { name: 'Telegram' }).click();
  await page.getByRole('heading', { level: 1, name: 'Telegram' }).waitFor();
  await settled(page);
  expect([new URL(page.url()).pathname, query('from'), query('to')]).toEqual(['/telegram', '2021-08-02', '2021-08-31']);
  await page.getByRole('link', { name: 'Overview' }).click();
  await settled(page);
  expect([new URL(page.url()).pathname, query('to')]).toEqual(['/', '2025-12-31']);
});

test('language: words and numbers are those of the reader', async () => {
  await visit(page, `${opened.running.url}/desk?${RANGE}`);
  await page.getByLabel('Language', { exact: true }).selectOption('pt-BR');
  await page.getByRole('heading', { level: 1, name: 'Atendimento' }).waitFor();
  await settled(page);
  expect(query('lang')).toBe('pt-BR');
  expect(await page.locator('html').getAttribute('lang')).toBe('pt-BR');
  expect(await tilesOf(page, 'desk_measures')).toMatchObject({ 'CSAT (nota ≥ 8)': '53,0%', 'Nota média': '6,75' });
});

test('colours: dark is in the address, and a system’s wish is heard', async () => {
  await visit(page, `${opened.running.url}/desk?${RANGE}`);
  await page.getByLabel('Colours', { exact: true }).selectOption('dark');
  expect(query('theme')).toBe('dark');
  expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(17, 22, 29)');
  await page.getByLabel('Colours', { exact: true }).selectOption('auto');
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.locator('html[data-theme=dark]').waitFor();
  await page.emulateMedia({ colorScheme: 'light' });
  await page.locator('html[data-theme=light]').waitFor();
});

test('downloads: CSV is the figure as it is shown, PNG the chart', async () => {
  await visit(page, `${opened.running.url}/desk?${RANGE}&channel=whatsapp`);
  const card = page.locator('[data-figure=desk_volume]');
  const [csv] = await Promise.all([page.waitForEvent('download'), card.getByRole('link', { name: /CSV/ }).click()]);
  const rows = readFileSync(await csv.path(), 'utf8')
    .trim()
    .split(/\r\n/);
  const whatsapp = answers.desk_volume.filter(({ channel }) => channel === 'whatsapp');
  expect(rows.slice(1)).toHaveLength(whatsapp.length);
  expect(rows[1]).toContain(`${whatsapp[0]?.day ?? ''},whatsapp,${whatsapp[0]?.interactions ?? ''}`);
  const [png] = await Promise.all([page.waitForEvent('download'), card.getByRole('button', { name: /PNG/ }).click()]);
  expect(png.suggestedFilename()).toBe(`desk_volume-${answers.from}-${answers.to}.png`);
  const bytes = readFileSync(await png.path());
  expect(bytes.subarray(1, 4).toString()).toBe('PNG');
  expect(bytes.length).toBeGreaterThan(5_000);
  await visit(page, `${opened.running.url}/operations`);
  const calendar = page.getByRole('button', { name: 'PNG of “Hours of receipt”' });
  await page.locator('.calendar').first().waitFor();
  const [hours] = await Promise.all([page.waitForEvent('download'), calendar.click()]);
  const picture = readFileSync(await hours.path());
  // Wide enough for a day of hours at twice the size.
  expect([picture.subarray(1, 4).toString(), picture.readUInt32BE(16)]).toEqual(['PNG', 2 * (72 + 24 * 24 + 32)]);
});

test('days without messages: the page says where there are some, and goes there', async () => {
  await visit(page, `${opened.running.url}/telegram?from=2020-01-01&to=2020-01-31`);
  const card = page.locator('[data-figure=telegram_volume]');
  expect(await card.textContent()).toContain('No messages in these days; data exist from 1 Aug 2021 to 31 Aug 2021.');
  await card.getByRole('button', { name: 'Show the last days with data' }).click();
  await card.locator('canvas').waitFor();
  expect([query('from'), query('to')]).toEqual(['2021-08-02', '2021-08-31']);
});
