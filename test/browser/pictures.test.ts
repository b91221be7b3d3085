/**
 * Pictures of every page, wide and narrow, light and dark; none has words that are cut off. With PICTURES=1 those of the documentation
 * are written to docs/images.
 */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { type OpenPages, RANGE, openPages, openTab, settled, visit } from './open-pages.ts';

/** What each page shows in its picture. */
const PAGES = {
  overview: '/?from=2025-12-25&to=2025-12-31',
  desk: `/desk?${RANGE}`,
  telegram: `/telegram?${RANGE}`,
  operations: '/operations?from=2025-12-25&to=2025-12-31',
  message: '/message?id=bad:date',
} as const;
type Name = keyof typeof PAGES;

/** Pictures of the documentation: how wide, which colours, how much of the page. */
const DOCUMENTED: Readonly<Record<string, { readonly name: Name; readonly height?: number }>> = {
  'overview 1440 light': { name: 'overview' },
  'desk 1440 light': { name: 'desk', height: 1500 },
  'telegram 1440 dark': { name: 'telegram', height: 1500 },
  'operations 1440 light': { name: 'operations' },
  'message 1440 light': { name: 'message' },
  'desk 360 light': { name: 'desk', height: 1500 },
};

let opened: OpenPages;

beforeAll(async () => {
  opened = await openPages();
});
afterAll(() => opened.close());

/** Brings every card near enough to be drawn, then goes back to the top. */
async function seen(page: Page): Promise<void> {
  for (const card of await page.locator('.card').all()) await card.scrollIntoViewIfNeeded();
  await settled(page);
  await page.evaluate('scrollTo(0, 0)');
}

/** Titles, numbers and sentences that are wider than their place. */
const CUT_OFF = `[...document.querySelectorAll('.card-head h3, .tile dt, .tile dd, .note p, .term, .presets button, nav a, .about')]
  .filter((element) => element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== 'inline')
  .map((element) => element.textContent)`;

test.each([1440, 360].flatMap((width) => (['light', 'dark'] as const).map((theme) => [width, theme] as const)))(
  '%d pixels, %s',
  async (width, theme) => {
    const { page } = await openTab(opened.browser, width);
    // Nothing moves in a picture.
    await page.emulateMedia({ reducedMotion: 'reduce' });
    for (const [name, address] of Object.entries(PAGES)) {
      await visit(page, `${opened.running.url}${address}&theme=${theme}`);
      if (name === 'message') await page.locator('.steps').waitFor();
      await seen(page);
      expect([name, await page.evaluate(CUT_OFF)]).toEqual([name, []]);
      const documented = DOCUMENTED[`${name} ${width} ${theme}`];
      const clip = documented?.height === undefined ? {} : { clip: { x: 0, y: 0, width, height: documented.height } };
      const picture = await page.screenshot({ fullPage: true, ...clip });
      expect(picture.length).toBeGreaterThan(10_000);
      if (documented !== undefined && process.env['PICTURES'] === '1')
        writeFileSync(`docs/images/dashboard-${name}${width === 360 ? '-narrow' : ''}.png`, picture);
    }
    await page.context().close();
  },
);
