/** Who reads Portuguese meets no English sentence: on no page is anything of three words or more said alike in both languages. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { userLine } from '../../src/dashboard/users.ts';
import type { RunningDashboard } from '../../src/dashboard/server.ts';
import { W1 } from '../support/small-lake.ts';
import { type OpenPages, RANGE, UNREADABLE, openPages, openTab, serve, visit } from './open-pages.ts';

let opened: OpenPages;
let guarded: RunningDashboard;
let page: Page;

beforeAll(async () => {
  // One that waits: it is told where it is, and that its hour is long over.
  opened = await openPages((lake) => lake.land('desk', W1, [['waits', UNREADABLE[0]?.[1] ?? '']], 9));
  guarded = await serve(opened.lake, { users: await userLine('ana', 'correct horse battery') });
  ({ page } = await openTab(opened.browser));
});
afterAll(() => opened.close([guarded]));

/** What a page says, piece by piece: texts, labels, descriptions. Codes are the same to everybody, and languages are named in their own. */
async function said(path: string, server = opened.running): Promise<readonly string[]> {
  await visit(page, `${server.url}${path}`);
  return page.evaluate<string[]>(`(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [document.title];
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const { parentElement } = node;
      if (parentElement.closest('code, script, noscript, style, option, .fresh') === null) found.push(node.textContent);
    }
    for (const element of document.querySelectorAll('[aria-label], [title], [placeholder]'))
      for (const name of ['aria-label', 'title', 'placeholder'])
        if (element.hasAttribute(name)) found.push(element.getAttribute(name));
    return found;
  })()`);
}

/** Words of letters; what machines wrote in between (places, ids, times) is none. */
const wordsOf = (text: string): number => text.split(/[\s·:;,()]+/).filter((word) => /^\p{L}{2,}$/u.test(word)).length;

const PATHS = [
  '/?',
  `/desk?${RANGE}`,
  '/desk?from=2021-08-30&to=2021-08-31',
  `/telegram?${RANGE}`,
  '/telegram?from=2020-01-01&to=2020-01-31',
  '/operations?',
  '/message?',
  '/message?id=bad:date',
  '/message?id=desk:0',
  '/message?id=waits',
  '/message?id=nobody-knows-it',
] as const;

test.each(PATHS)('%s', async (path) => {
  const english = new Set(await said(`${path}&lang=en`));
  const portuguese = await said(`${path}&lang=pt-BR`);
  expect(english.size).toBeGreaterThan(20);
  expect(portuguese.filter((text) => english.has(text) && wordsOf(text) >= 3)).toEqual([]);
});

test('the login, and what it says to who is wrong', async () => {
  expect((await said('/?lang=pt-BR', guarded)).join(' ')).toContain('Estas páginas são para quem trabalha');
  await page.getByLabel('Nome').fill('ana');
  await page.getByLabel('Senha').fill('wrong');
  await page.getByRole('button', { name: 'Entrar' }).click();
  await page.getByText('Nome ou senha incorretos.').waitFor();
});

test('a question that is refused is answered in the reader’s language', async () => {
  await visit(page, `${opened.running.url}/desk?${RANGE}&channel=fax&lang=pt-BR`);
  expect(await page.locator('[data-figure=desk_volume]').textContent()).toContain('Esse canal não existe.');
});
