/** Every page on paper: A4, light whatever the screen is, charts drawn for the sheet and whole, nothing that only a screen can use. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { type OpenPages, RANGE, openPages, openTab, visit } from './open-pages.ts';

/** A sheet of A4 between its margins, in pixels. */
const SHEET = { width: 703, height: 1032 };
const PAGES = ['/?', `/desk?${RANGE}`, `/telegram?${RANGE}`, '/operations?', '/message?id=bad:date'] as const;
/** A chart that is drawn covers more than this share of its place. */
const INK = 0.005;

let opened: OpenPages;

beforeAll(async () => {
  opened = await openPages();
});
afterAll(() => opened.close());

interface Sheet {
  readonly width: number;
  readonly background: string;
  readonly left: readonly string[];
  readonly charts: readonly { readonly figure: string; readonly fits: boolean; readonly ink: number }[];
  readonly unexplained: readonly string[];
  readonly asked: string;
}

/** What lies on the sheet: what a reader cannot use there, and of each chart whether it fits its card and is drawn. */
const SHEET_NOW = `(() => {
  const isShown = (element) => element.getClientRects().length > 0;
  const all = (css) => [...document.querySelectorAll(css)];
  const inkOf = (canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let ink = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i] > 0) ink += 1;
    return ink / (data.length / 4);
  };
  return {
    width: document.documentElement.scrollWidth,
    background: getComputedStyle(document.body).backgroundColor,
    left: all('nav, .controls, .tools, .button, select, summary').filter(isShown).map(({ className, tagName }) => tagName + className),
    charts: all('.canvas').map((chart) => {
      const [sheet, card] = [chart.querySelector('.sheet'), chart.closest('.card')];
      const [inner, outer] = [sheet.getBoundingClientRect(), card.getBoundingClientRect()];
      const fits = inner.left >= outer.left && inner.right <= outer.right && inner.top >= outer.top && inner.bottom <= outer.bottom;
      return { figure: card.dataset.figure, fits, ink: inkOf(sheet) };
    }),
    unexplained: all('[data-figure]').filter((card) => !all('.card-foot .on-paper').some((line) => card.contains(line) && isShown(line))).map(({ dataset }) => dataset.figure),
    asked: document.querySelector('.page-head .on-paper').textContent,
  };
})()`;

/** As a browser's own print does it: it tells the page, and asks for what it says for paper. */
async function onPaper(page: Page): Promise<Sheet> {
  await page.evaluate("dispatchEvent(new Event('beforeprint'))");
  await page.emulateMedia({ media: 'print' });
  const sheet = await page.evaluate<Sheet>(SHEET_NOW);
  await page.emulateMedia({ media: 'screen' });
  await page.evaluate("dispatchEvent(new Event('afterprint'))");
  return sheet;
}

test.each(['en', 'pt-BR'] as const)('%s', async (lang) => {
  const { page, faults } = await openTab(opened.browser);
  await page.setViewportSize(SHEET);
  for (const address of PAGES) {
    await visit(page, `${opened.running.url}${address}&lang=${lang}&theme=dark`);
    if (address.startsWith('/message')) await page.locator('.steps').waitFor();
    const { charts, asked, ...sheet } = await onPaper(page);
    expect([address, sheet]).toEqual([
      address,
      { width: SHEET.width, background: 'rgb(255, 255, 255)', left: [], unexplained: [] },
    ]);
    expect([address, charts.filter(({ fits, ink }) => !fits || ink < INK)]).toEqual([address, []]);
    expect(charts.length).toBe(await page.locator('.canvas').count());
    if (address.startsWith('/desk')) expect(asked).toContain(lang === 'en' ? 'All channels' : 'Todos os canais');
    // Afterwards the screen is as it was.
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
    expect(await page.locator('.sheet').count()).toBe(0);
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
    expect(pdf).toMatch(/\/MediaBox \[0 0 59[45][.\d]* 84[12][.\d]*\]/);
  }
  expect(faults).toEqual([]);
  await page.context().close();
});

test('what was filtered is said on the sheet, for it has no controls', async () => {
  const { page } = await openTab(opened.browser);
  await visit(page, `${opened.running.url}/desk?${RANGE}&channel=whatsapp`);
  const { asked } = await onPaper(page);
  expect(asked).toBe('8 Aug 2021 to 21 Aug 2021 · WhatsApp');
  await page.context().close();
});
