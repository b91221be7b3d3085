/** The real pages in a real browser: Debian's Chromium before the real server, over a lake that received the generated month. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import pino from 'pino';
import { type Browser, type Locator, type Page, chromium } from 'playwright-core';
import { type RunningDashboard, startDashboard } from '../../src/dashboard/server.ts';
import type { Message } from '../support/land.ts';
import { type SmallLake, W0, W1, openSmallLake } from '../support/small-lake.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const MONTH = 'test/fixtures/month';

interface Line {
  readonly id?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

const lines = (name: string): readonly Line[] =>
  readFileSync(`${MONTH}/${name}`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

/** What an independent script says the figures of the month are. */
export const answers = JSON.parse(readFileSync(`${MONTH}/answers.json`, 'utf8')) as {
  readonly from: string;
  readonly to: string;
  readonly desk_volume: readonly { readonly day: string; readonly channel: string; readonly interactions: number }[];
  readonly desk_people: readonly { readonly people: number; readonly interactions: number; readonly unknown: number }[];
  readonly desk_headache: readonly { readonly week: string; readonly yes: number; readonly answered: number }[];
  readonly telegram_word_consulta: number;
};
export const RANGE = `from=${answers.from}&to=${answers.to}`;

/** What cannot be read, one by its text and one by its date. */
export const UNREADABLE: readonly Message[] = [
  ['bad:json', '{"a":'],
  [
    'bad:date',
    JSON.stringify({ ...(JSON.parse(lines('desk.ndjson')[0]?.body ?? '{}') as object), date: '2021-08-02' }),
  ],
];

/** A lake that received the month: both sources, ten messages delivered twice, two that cannot be read. */
export async function openMonth(): Promise<SmallLake> {
  const lake = await openSmallLake();
  const desk = lines('desk.ndjson').map(({ id = '', body }): Message => [id, body]);
  await lake.land('desk', W0, desk);
  await lake.run('desk', W0);
  await lake.land('desk', W1, [...desk.slice(-10), ...UNREADABLE]);
  await lake.run('desk', W1);
  const telegram = lines('telegram.ndjson').map(({ headers = {}, body }): Message => ['', body, headers]);
  await lake.land('telegram', W0, telegram, 1);
  await lake.run('telegram', W0);
  return lake;
}

export interface OpenPages {
  readonly browser: Browser;
  readonly lake: SmallLake;
  readonly running: RunningDashboard;
  /** Ends all three, and other servers over the lake; the browser first, for it holds connections. */
  readonly close: (others?: readonly RunningDashboard[]) => Promise<void>;
}

/** A browser, the lake of the month and its server; `more` adds to the lake before it is served. */
export async function openPages(
  more: (lake: SmallLake) => Promise<unknown> = () => Promise.resolve(),
): Promise<OpenPages> {
  const browser = await openBrowser();
  const lake = await openMonth();
  await more(lake);
  const running = await serve(lake);
  const close = async (others: readonly RunningDashboard[] = []): Promise<void> => {
    await browser.close();
    for (const server of [running, ...others]) await server.stop();
    await lake.close();
  };
  return { browser, lake, running, close };
}

/** The server of the pages over a lake. */
export function serve(
  lake: SmallLake,
  changes: { readonly port?: number; readonly users?: string } = {},
): Promise<RunningDashboard> {
  execFileSync(process.execPath, ['scripts/bundle-pages.mjs'], { stdio: 'inherit' });
  const config = { ...lake.config, DASHBOARD_HOST: '127.0.0.1', DASHBOARD_PORT: changes.port ?? 0 };
  const users = changes.users === undefined ? {} : { DASHBOARD_USERS: changes.users };
  return startDashboard({ ...config, ...users }, pino({ level: 'silent' }), { store: lake.store, everyMs: 200 });
}

/** Chromium without a window. */
export function openBrowser(): Promise<Browser> {
  if (!existsSync(CHROMIUM))
    throw new Error(
      `There is no Chromium at ${CHROMIUM}: install the Debian package "chromium" (apt-get install chromium), or name another one in the variable CHROMIUM.`,
    );
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}

/** A tab of English and light colours, and what its console complained of: a breach of the content policy would be there. */
export async function openTab(
  browser: Browser,
  width = 1440,
): Promise<{ readonly page: Page; readonly faults: string[] }> {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    locale: 'en-GB',
    colorScheme: 'light',
    acceptDownloads: true,
  });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  return { page, faults };
}

/** Waits until every card has its answer. */
export async function settled(page: Page): Promise<void> {
  await page.locator('#page, .login').first().waitFor();
  // A function and no text: the content policy refuses to evaluate text.
  await page.waitForFunction(() => {
    const { document } = globalThis as unknown as { readonly document: { querySelector(css: string): object | null } };
    return document.querySelector('[aria-busy], .skeleton') === null;
  });
}

/** Opens an address of the pages and waits for its cards. */
export async function visit(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await settled(page);
}

/** A figure's numbers, as its table says them. */
export async function tableOf(page: Page, figure: string): Promise<readonly (readonly string[])[]> {
  const card = page.locator(`[data-figure=${figure}]`);
  const button = card.locator('button[aria-pressed]');
  if ((await button.getAttribute('aria-pressed')) === 'false') await button.click();
  await card.locator('table').waitFor();
  const rows = await card.locator('tbody tr').all();
  return Promise.all(rows.map((row) => row.locator('td').allTextContents()));
}

/** A card's headline numbers by their names. */
export async function tilesOf(page: Page, figure: string): Promise<Readonly<Record<string, string>>> {
  const tiles = await page.locator(`[data-figure=${figure}] .tile`).all();
  const textOf = async (tile: Locator, css: string): Promise<string> => (await tile.locator(css).textContent()) ?? '';
  const pairs = tiles.map(async (tile) => [
    await textOf(tile, 'dt'),
    (await textOf(tile, '.tile-value')).replaceAll('\u00a0', ' '),
  ]);
  return Object.fromEntries(await Promise.all(pairs)) as Readonly<Record<string, string>>;
}
