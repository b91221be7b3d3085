/** Each page in a browser: its figures are the numbers that an independent script gives, and everybody can use it. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { PAGES, pathOf } from '../../src/dashboard/api.ts';
import { type OpenPages, RANGE, answers, openPages, openTab, tableOf, tilesOf, visit } from './open-pages.ts';

interface Findings {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

let opened: OpenPages;
let page: Page;
let faults: string[];

beforeAll(async () => {
  opened = await openPages();
  ({ page, faults } = await openTab(opened.browser));
});
afterAll(() => opened.close());

describe('the pages show what the lake holds', () => {
  test('overview: received = used + duplicates + could not be read', async () => {
    await visit(page, opened.running.url);
    const terms = await page.locator('.equation .term').allTextContents();
    expect(terms).toEqual(['696received', '684used', '10duplicates', '2could not be read']);
    expect(await tableOf(page, 'lake_outcome')).toEqual([
      ['Desk', '412', '400', '10', '2'],
      ['Telegram', '284', '284', '0', '0'],
    ]);
    expect(new URL(page.url()).searchParams.get('to')).toBe('2025-12-31');
    expect(await page.locator('[data-panel=attention]').textContent()).toContain('etl-desk');
    expect(await page.locator('.fresh').textContent()).toMatch(
      /As of ledger version desk 1, telegram 0 · updated \d\d:\d\d:\d\d/,
    );
  });

  test('desk: people, how they were served, and the volume by day and channel', async () => {
    await visit(page, `${opened.running.url}/desk?${RANGE}`);
    expect(await tilesOf(page, 'desk_people')).toEqual({ Interactions: '273', People: '59' });
    expect(await tilesOf(page, 'desk_measures')).toEqual({
      'CSAT (score ≥ 8)': '53.0%',
      'NPS-style score': '-4.8',
      'Mean score': '6.75',
      'Resolution rate': '66.0%',
    });
    expect(await tilesOf(page, 'desk_containment')).toEqual({ 'Solved by the bot alone': '45.2%' });
    expect(await page.locator('[data-figure=desk_measures]').textContent()).toContain('128 of 194');
    const volume = await tableOf(page, 'desk_volume');
    expect(volume.map(([, , count]) => Number(count))).toEqual(
      answers.desk_volume.map(({ interactions }) => interactions),
    );
    const headache = (await tableOf(page, 'desk_symptoms')).filter(([, question]) => question === 'Headache');
    expect(headache.map(([week, , yes, answered]) => [week, Number(yes), Number(answered)])).toEqual(
      answers.desk_headache.map(({ week, yes, answered }) => [week, yes, answered]),
    );
    const all = (await tableOf(page, 'desk_positivity')).find(([dimension]) => dimension === 'All');
    expect(all).toEqual(['All', 'All', '81', '206', '39.3%', '32.9%', '46.1%', expect.anything()]);
  });

  test('desk: what stands for few people is hidden, and says so', async () => {
    await visit(page, `${opened.running.url}/desk?from=2021-08-30&to=2021-08-31`);
    const weeks = await tableOf(page, 'desk_symptoms');
    expect(weeks.filter((row) => row.includes('hidden (n < 5)')).length).toBeGreaterThan(0);
    for (const row of weeks)
      if (row.includes('hidden (n < 5)')) expect(row.slice(2)).toEqual(Array(4).fill('hidden (n < 5)'));
  });

  test('telegram: people, conversations, the first response, words', async () => {
    await visit(page, `${opened.running.url}/telegram?${RANGE}`);
    expect(await tilesOf(page, 'telegram_people')).toEqual({ Messages: '113', People: '10' });
    expect(await tilesOf(page, 'telegram_conversations')).toMatchObject({
      Conversations: '47',
      'Messages each': '2.4',
      Lasts: '14 min 8 s',
    });
    expect(await tilesOf(page, 'telegram_first_response')).toMatchObject({ Median: '1 h 18 min', Answered: '91.5%' });
    expect(await tilesOf(page, 'telegram_concentration')).toEqual({ 'write 80 % of the messages': '50.0%' });
    const words = await tableOf(page, 'telegram_words');
    expect(words.find(([word]) => word === 'consulta')?.[1]).toBe(String(answers.telegram_word_consulta));
  });

  test('operations: hours by state, reached by the keyboard, and what could not be read', async () => {
    await visit(page, `${opened.running.url}/operations`);
    const hours = page.locator('.hour');
    expect(await hours.count()).toBe(3);
    await page.locator('.calendar').first().locator('[tabindex="0"]').focus();
    await page.keyboard.press('ArrowLeft');
    expect(await page.evaluate('document.activeElement.dataset.window')).toBe('2026-01-01T00');
    const detail = page.locator('.window-detail');
    expect(await detail.textContent()).toContain('400 received, 400 used, 0 duplicates, 0 could not be read');
    expect(await detail.locator('a').getAttribute('href')).toContain('etl%2Fdesk%2F2026-01-01T00');
    expect(
      (await tableOf(page, 'lake_quarantine')).map(([source, reason, field, n]) => [source, reason, field, n]),
    ).toEqual([
      ['Desk', 'Date that does not exist', 'date', '1'],
      ['Desk', 'Not JSON', '(whole message)', '1'],
    ]);
    expect(await page.locator('[data-panel=samples] tbody tr').count()).toBe(2);
    expect(await page.locator('[data-panel=lag]').textContent()).toContain('up to date');
  });

  test('message: its way from receipt to reports', async () => {
    await visit(page, `${opened.running.url}/message`);
    await page.getByLabel('Id of the message').fill('bad:date');
    await page.getByRole('button', { name: 'Look' }).click();
    await page.locator('.steps').waitFor();
    expect(new URL(page.url()).searchParams.get('id')).toBe('bad:date');
    expect(await page.locator('.step h3').allTextContents()).toEqual([
      'Received',
      'Sealed',
      'Judged',
      'In the tables',
      'In the documents',
      'In the reports',
    ]);
    expect(await page.locator('.steps').textContent()).toContain('could not be read · Date that does not exist');
    await page.getByLabel('Id of the message').fill('nobody-knows-it');
    await page.getByRole('button', { name: 'Look' }).click();
    await page.locator('.ways .notes, .ways .note').first().waitFor();
    expect(await page.locator('.steps').count()).toBe(0);
  });

  test.each(['?', `desk?${RANGE}`, `telegram?${RANGE}`, 'operations?'] as const)(
    'every figure of /%s has a title, how it is counted, its numbers as a table and as CSV; every chart says what it is, and is saved as PNG',
    async (address) => {
      const tab = await openTab(opened.browser);
      await visit(tab.page, `${opened.running.url}/${address}`);
      const cards = await tab.page.locator('[data-figure], [data-panel=windows]').all();
      expect(cards.length).toBeGreaterThan(1);
      for (const card of cards) {
        const title = await card.locator('h3').textContent();
        expect(title).toMatch(/\p{L}{3}/u);
        expect(await card.locator('details.counted dt').allTextContents()).toEqual(
          expect.arrayContaining(['Definition', 'Formula', 'Days']),
        );
        for (const chart of await card.locator('[role=img]').all()) {
          expect(await chart.getAttribute('aria-label')).toMatch(/^Chart: .+\.$/);
          const [png] = await Promise.all([
            tab.page.waitForEvent('download'),
            card.getByRole('button', { name: /PNG/ }).click(),
          ]);
          expect([
            title,
            readFileSync(await png.path())
              .subarray(1, 4)
              .toString(),
          ]).toEqual([title, 'PNG']);
        }
        const [csv] = await Promise.all([tab.page.waitForEvent('download'), card.getByLabel(/^CSV of/).click()]);
        const rows = readFileSync(await csv.path(), 'utf8')
          .trim()
          .split(/\r\n/);
        if ((await card.getAttribute('class'))?.includes('is-empty') === true) continue;
        await card.getByRole('button', { name: /as a table$/ }).click();
        const table = card.locator('.table-scroll table');
        await table.waitFor();
        expect([title, await table.locator('tbody tr').count()]).toEqual([title, rows.length - 1]);
        const titles = (rows[0] ?? '').replaceAll(/"[^"]*"/g, 'quoted').split(',');
        expect([title, await table.locator('thead th').count()]).toEqual([title, titles.length]);
      }
      expect(tab.faults).toEqual([]);
      await tab.page.context().close();
    },
  );
});

describe('everybody can use them', () => {
  test.each([
    ['light', 'en', 360],
    ['dark', 'pt-BR', 360],
    ['light', 'pt-BR', 768],
    ['dark', 'en', 768],
    ['light', 'en', 1440],
    ['dark', 'pt-BR', 1440],
    ['light', 'pt-BR', 1920],
    ['dark', 'en', 1920],
  ] as const)('no serious finding of axe in %s, %s, %d pixels wide', async (theme, lang, width) => {
    const tab = await openTab(opened.browser, width);
    for (const name of PAGES) {
      await visit(tab.page, `${opened.running.url}${pathOf(name)}?theme=${theme}&lang=${lang}&id=bad:date`);
      if (name === 'message') await tab.page.locator('.steps').waitFor();
      await tab.page.evaluate("document.querySelectorAll('details').forEach((details) => (details.open = true))");
      // Its text is put in as a debugger does, which the content policy does not concern.
      await tab.page.evaluate(axe.source);
      const found = await tab.page.evaluate<Findings>('axe.run()');
      const serious = found.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect([name, serious.map(({ id, nodes }) => [id, nodes[0]?.html])]).toEqual([name, []]);
    }
    await tab.page.context().close();
  });

  test.each([360, 768, 1920])('no page is wider than %d pixels', async (width) => {
    const tab = await openTab(opened.browser, width);
    for (const name of PAGES) {
      await visit(tab.page, `${opened.running.url}${pathOf(name)}?lang=pt-BR`);
      expect([name, await tab.page.evaluate('document.documentElement.scrollWidth')]).toEqual([name, width]);
    }
    await tab.page.context().close();
  });

  test('nothing is refused by the content policy, and no script fails', () => {
    expect(faults).toEqual([]);
  });
});
