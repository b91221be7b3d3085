/**
 * `npm run bench -- report [--messages 1000000,10000000] [--chromium PATH]`: how fast the pages answer over a lake of that many messages, half of them
 * the desk's and half Telegram's, of one year. Each figure is asked over HTTP: for the first time, of other days than before, and again.
 * The lake is made of some thousand generated messages that went through the real activities, their rows multiplied under other identities.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { chromium } from 'playwright-core';
import { createDirectoryStore } from '../../src/adapters/object-store/directory.ts';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import type { State } from '../../src/dashboard/api.ts';
import { startDashboard } from '../../src/dashboard/server.ts';
import { FIGURES } from '../../src/domain/kpi/figures/index.ts';
import { loadConfig } from '../../src/wiring/config.ts';
import { TEST_KEY } from '../support/lake.ts';
import { addWindow, growRows, seedLake } from './report-lake.ts';

/** Milliseconds; those of ten million messages. */
const AIMS = { coldMs: 3_000, warmP95Ms: 500, firstPaintMs: 1_000 };
const YEAR = { from: '2021-07-01', to: '2022-06-30' };
const SHIFTED = { from: '2021-07-02', to: '2022-06-30' };
const ROUNDS = 5;

interface Found {
  readonly messages: number;
  readonly copyMs: number;
  readonly copyMb: number;
  readonly addedMs: number;
  readonly paintMs: number | null;
  /** By figure, milliseconds: asked first, of other days, again. */
  readonly figures: readonly {
    readonly id: string;
    readonly coldMs: number;
    readonly otherMs: number;
    readonly againMs: number;
  }[];
}

/** Entry. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      messages: { type: 'string', default: '1000000,10000000' },
      chromium: { type: 'string', default: '/usr/bin/chromium' },
    },
  });
  const dir = mkdtempSync(join(tmpdir(), 'bench-report-'));
  try {
    const store = createDirectoryStore(join(dir, 'store'));
    const lake = await seedLake(store, dir);
    const found: Found[] = [];
    for (const messages of values.messages.split(',').map(Number)) {
      const started = performance.now();
      await growRows(lake, messages);
      console.log(`${messages} messages, made in ${((performance.now() - started) / 1000).toFixed(0)} s`);
      found.push(
        await measure(store, dir, messages, { chromiumPath: values.chromium, addWindow: () => addWindow(lake) }),
      );
    }
    report(found);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function measure(
  store: ObjectStore,
  dir: string,
  messages: number,
  { chromiumPath, addWindow: add }: { readonly chromiumPath: string; readonly addWindow: () => Promise<void> },
): Promise<Found> {
  const workDir = join(dir, `pages-${messages}`);
  const config = loadConfig({
    S3_ENDPOINT: 'http://127.0.0.1:9',
    PSEUDONYM_KEY: TEST_KEY,
    WORK_DIR: workDir,
    DASHBOARD_PORT: '0',
    CACHE_MAX_MB: '8192',
    // Words are counted, too.
    TELEGRAM_TEXTS: 'on',
  });
  const started = performance.now();
  const { url, stop } = await startDashboard(config, pino({ level: 'warn' }), {
    store,
    // Where the build leaves them; this program is compiled elsewhere.
    pageFolder: resolve('dist/page'),
  });
  const copyMs = performance.now() - started;
  try {
    const ask = async (id: string, { from, to }: typeof YEAR): Promise<number> => {
      const begun = performance.now();
      const response = await fetch(`${url}/api/figures/${id}?from=${from}&to=${to}`);
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`${id} was answered by ${response.status}`);
      return performance.now() - begun;
    };
    const ids = [...FIGURES.keys()];
    const cold = await inOrder(ids, (id) => ask(id, YEAR));
    const other = await inOrder(ids, (id) => ask(id, SHIFTED));
    const again = await inOrder(ids, async (id) => {
      const times: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) times.push(await ask(id, YEAR));
      return quantile(times, 0.5);
    });
    const paintMs = existsSync(chromiumPath) ? await firstPaint(url, chromiumPath) : null;
    const addedMs = await untilShown(url, add);
    const copyMb = snapshotBytes(join(workDir, 'dashboard')) / 1_048_576;
    return {
      messages,
      copyMs,
      copyMb,
      addedMs,
      paintMs,
      figures: ids.map((id, i) => ({ id, coldMs: cold[i] ?? 0, otherMs: other[i] ?? 0, againMs: again[i] ?? 0 })),
    };
  } finally {
    await stop();
  }
}

async function inOrder<A, B>(items: readonly A[], work: (item: A) => Promise<B>): Promise<readonly B[]> {
  const done: B[] = [];
  for (const item of items) done.push(await work(item));
  return done;
}

/** From the address to the first text on the screen, the browser's own figure; the median of some tabs. */
async function firstPaint(url: string, executablePath: string): Promise<number> {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const times = await inOrder([...Array(ROUNDS).keys()], async () => {
      const page = await (await browser.newContext()).newPage();
      await page.goto(`${url}/desk?from=${YEAR.from}&to=${YEAR.to}`);
      await page.locator('[data-figure] canvas, [data-figure] .tile').first().waitFor();
      const time = await page.evaluate(
        () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
      );
      await page.context().close();
      return time;
    });
    return quantile(times, 0.5);
  } finally {
    await browser.close();
  }
}

/** From the publication of a hundred messages of each source until an open page is told of them. */
async function untilShown(url: string, add: () => Promise<void>): Promise<number> {
  const response = await fetch(`${url}/api/events`);
  const states = statesOf(response);
  const before = await states.next();
  await add();
  const started = performance.now();
  for await (const { versions } of states)
    if (Object.entries(versions).every(([source, version]) => version > (before.value?.versions[source] ?? 0))) break;
  return performance.now() - started;
}

async function* statesOf({ body }: Response): AsyncGenerator<State, undefined> {
  let text = '';
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    const whole = text.split('\n\n');
    text = whole.pop() ?? '';
    for (const event of whole) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (data !== undefined) yield JSON.parse(data) as State;
    }
  }
  return undefined;
}

const snapshotBytes = (folder: string): number =>
  readdirSync(folder)
    .filter((name) => name.startsWith('snapshot-'))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);

/** The value below which a share of the values lies. */
const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? Number.NaN;

function report(found: readonly Found[]): void {
  const ms = (value: number | null): string => (value === null ? 'no Chromium' : value.toFixed(0));
  const p95 = ({ figures }: Found, of: 'coldMs' | 'otherMs' | 'againMs'): number =>
    quantile(
      figures.map((figure) => figure[of]),
      0.95,
    );
  const rows: readonly (readonly [name: string, of: (one: Found) => string])[] = [
    ['copy at the start, ms', ({ copyMs }) => ms(copyMs)],
    ['copy on disk, MB', ({ copyMb }) => copyMb.toFixed(0)],
    ['200 messages published until an open page is told, ms', ({ addedMs }) => ms(addedMs)],
    ['first paint, ms', ({ paintMs }) => ms(paintMs)],
    ['a figure asked first, slowest, ms', ({ figures }) => ms(Math.max(...figures.map(({ coldMs }) => coldMs)))],
    ['a figure asked first, p95, ms', (one) => ms(p95(one, 'coldMs'))],
    ['of other days, p95, ms', (one) => ms(p95(one, 'otherMs'))],
    ['asked again, p95, ms', (one) => ms(p95(one, 'againMs'))],
  ];
  console.log(`\n| messages | ${found.map(({ messages }) => messages.toLocaleString('en')).join(' | ')} |`);
  console.log(`| --- |${found.map(() => ' ---: |').join('')}`);
  for (const [name, of] of rows) console.log(`| ${name} | ${found.map(of).join(' | ')} |`);
  const largest = found.at(-1);
  for (const { id, coldMs, otherMs } of [...(largest?.figures ?? [])].sort((a, b) => b.coldMs - a.coldMs).slice(0, 12))
    console.log(`${id}: ${ms(coldMs)} ms asked first, ${ms(otherMs)} ms of other days`);
  const machine = { cores: availableParallelism(), node: process.version, load: loadavg()[0] };
  console.log(JSON.stringify({ bench: 'report', machine, aims: AIMS, found }));
}
