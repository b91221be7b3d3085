/** While it is open: new data show by themselves, a server that is gone is told calmly, and who has to log in is let in. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RunningDashboard } from '../../src/dashboard/server.ts';
import { userLine } from '../../src/dashboard/users.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { good } from '../support/small-lake.ts';
import { type OpenPages, openPages, openTab, serve, settled, visit } from './open-pages.ts';

const PASSWORD = 'a long enough password';
let opened: OpenPages;
/** Servers of single tests, to be stopped whatever became of the test. */
const others: RunningDashboard[] = [];

beforeAll(async () => {
  opened = await openPages();
});
afterAll(() => opened.close(others));

test('new messages show by themselves, in the chart that is there', async () => {
  const { page } = await openTab(opened.browser);
  await visit(page, opened.running.url);
  const received = page.locator('.equation .term').first();
  expect(await received.textContent()).toBe('696received');
  await page.evaluate("document.querySelector('[data-figure=lake_outcome] canvas').dataset.same = 'yes'");
  await page.locator('.live-live').waitFor();
  const window = windowAfter(2);
  await opened.lake.land('desk', window, [good('live-1'), good('live-2'), good('live-3')]);
  await opened.lake.run('desk', window);
  await page.locator('.equation .term', { hasText: '699received' }).waitFor();
  expect(await page.locator('[data-figure=lake_outcome] canvas[data-same=yes]').count()).toBe(1);
  expect(await page.locator('.fresh').textContent()).toContain('As of ledger version desk 2');
  await page.context().close();
});

test('an hour that was chosen by the keyboard stays chosen when more comes in', async () => {
  const { page } = await openTab(opened.browser);
  await visit(page, `${opened.running.url}/operations`);
  await page.locator('.live-live').waitFor();
  await page.locator('[data-key="desk 2026-01-01T00"]').focus();
  const detail = page.locator('.window-detail');
  const said = await detail.textContent();
  expect(said).toContain('400 received');
  const window = windowAfter(4);
  await opened.lake.land('desk', window, [good('chosen-1')]);
  await opened.lake.run('desk', window);
  await page.locator('[data-key="desk 2026-01-01T04"]').waitFor();
  expect(await page.evaluate('document.activeElement.dataset.key')).toBe('desk 2026-01-01T00');
  expect(await detail.textContent()).toBe(said);
  await page.context().close();
});

test('a server that is gone: what was seen stays, what is asked says so, and all comes back by itself', async () => {
  const { page } = await openTab(opened.browser);
  const own = await serve(opened.lake);
  await visit(page, `${own.url}/desk`);
  await page.locator('.live-live').waitFor();
  const port = Number(new URL(own.url).port);
  await own.stop();
  await page.locator('.live-lost').waitFor();
  expect(await page.locator('.fresh').textContent()).toMatch(
    /^Connection lost; what you see is from \d\d:\d\d:\d\d, and we try again$/,
  );
  expect(await page.locator('[data-figure=desk_people] .tile').count()).toBe(2);
  await page.getByRole('button', { name: '7 days' }).click();
  const error = page.locator('[data-figure=desk_people] .note-error');
  await error.waitFor();
  expect(await error.locator('p').allTextContents()).toEqual([
    'The server does not answer.',
    expect.stringContaining('ask again by themselves as soon as it is back'),
  ]);
  others.push(await serve(opened.lake, { port }));
  await page.locator('.live-live').waitFor();
  await page.locator('[data-figure=desk_people] .tile').first().waitFor();
  await settled(page);
  expect(await page.locator('.note-error').count()).toBe(0);
  await page.context().close();
});

test('login: wrong is said, right leads to where the link pointed, and out again', async () => {
  const own = await serve(opened.lake, { users: await userLine('ana', PASSWORD) });
  others.push(own);
  const { page } = await openTab(opened.browser);
  await visit(page, `${own.url}/desk?from=2021-08-08&to=2021-08-21`);
  await page.getByLabel('Name').fill('ana');
  await page.getByLabel('Password').fill('not this one, surely');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByText('Name or password is wrong.').waitFor();
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Desk' }).waitFor();
  await settled(page);
  expect(new URL(page.url()).searchParams.get('from')).toBe('2021-08-08');
  expect(await page.locator('[data-figure=desk_people] .tile-value').first().textContent()).toBe('273');
  await page.getByRole('button', { name: 'Log out ana' }).click();
  await page.getByLabel('Password').waitFor();
  await page.context().close();
});
