/** Workers of two contracts and two configurations at work on the same lake, as while a new version is rolled out: nothing is lost, doubled or parked. */
import { expect } from '@jest/globals';
import { verify } from '../../src/cli/verify.ts';
import { NO_COUNTS, addCounts } from '../../src/domain/counts.ts';
import { type Source } from '../../src/domain/formats/layout.ts';
import { parkedSourcePrefix } from '../../src/domain/formats/marks.ts';
import { isDecision } from '../../src/domain/formats/ledger.ts';
import { type Window, windowStart } from '../../src/domain/window.ts';
import { readLedger, readManifest } from '../../src/lake/ledger.ts';
import { writeRaw } from '../../src/lake/raw.ts';
import { checkLake } from '../support/check-lake.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { updateBody } from '../support/telegram-updates.ts';

const BOT = '7000001';
/** An update is told apart by its date, too. */
const DATE = windowStart(windowAfter(0)) / 1_000 - 7_200;
/** A window that met other code at every try is not published yet, and the next run goes on with it. */
const RUNS = 20;

/** Two updates of its own, and one that the window before had too. */
async function writeUpdates(lake: Lake, window: Window, n: number): Promise<void> {
  const openedAt = windowStart(window);
  const messages = [2 * n, 2 * n + 1, 2 * n - 1].map((updateId) => ({
    id: '',
    receivedAt: openedAt,
    headers: { origin: 'webhook', bot: BOT },
    body: new TextEncoder().encode(updateBody({ updateId: 1_000 + updateId, date: DATE })),
  }));
  await writeRaw(lake.ports.store, 'telegram', openedAt, messages);
}

/** Runs `etl` until every window is published; how often it took. */
async function runAll(lake: Lake): Promise<number> {
  for (let runs = 1; ; runs += 1) {
    const failure = await lake.etl().then(
      () => undefined,
      (error: unknown) => error as Error,
    );
    if (failure === undefined) return runs;
    expect(String(failure.cause)).toContain('its workers run different code');
    expect(runs).toBeLessThan(RUNS);
  }
}

const countsOf = async (lake: Lake, source: Source) => {
  const { entries } = await readLedger(lake.ports, source);
  return [...entries].reduce((sum, { counts }) => addCounts(sum, counts), NO_COUNTS);
};

export interface MixedFigures {
  readonly windows: number;
  readonly received: number;
  readonly runs: number;
  /** Windows that each of the two published. */
  readonly published: readonly number[];
  readonly seconds: number;
}

/** Lets two workers, one with other chunks and another contract of one source, take turns at so many windows of both sources each. */
export async function mixedFleet(windows: number): Promise<MixedFigures> {
  const started = Date.now();
  const lake = await openLake({ TELEGRAM_BOT_ID: BOT });
  const { TEMPORAL_NAMESPACE, CHATLAKE_TASK_QUEUE, S3_BUCKET, MONGODB_DATABASE } = lake.config;
  const shared = { TEMPORAL_NAMESPACE, CHATLAKE_TASK_QUEUE, S3_BUCKET, MONGODB_DATABASE, TELEGRAM_BOT_ID: BOT };
  const other = await openLake({ ...shared, ETL_CHUNK_LINES: '2', TELEGRAM_TEXTS: 'off' });
  try {
    for (let n = 0; n < windows; n += 1) {
      await writeDesk(lake.ports.store, windowAfter(n), [`a${n}`, `b${n}`, `c${n}`, `d${n}`, `a${n - 1}`]);
      await writeUpdates(lake, windowAfter(n), n);
    }
    await Promise.all([lake.startWorker(), other.startWorker()]);
    const runs = await runAll(lake);
    const published = await checkBoth(lake, windows);
    const seconds = Math.round((Date.now() - started) / 1_000);
    return { windows: 2 * windows, received: 8 * windows, runs, published, seconds };
  } finally {
    await other.close();
    await lake.close();
  }
}

/** Nothing lost, nothing twice, nothing parked; how many windows each code published. */
async function checkBoth(lake: Lake, windows: number): Promise<readonly number[]> {
  const desk = await checkLake(lake.ports);
  expect(desk).toMatchObject({ entries: windows, seals: windows, documents: 4 * windows + 1 });
  expect(desk.counts).toMatchObject({ received: 5 * windows, enriched: 4 * windows + 1, duplicates: windows - 1 });
  const contract = lake.ports.contracts.get('telegram')!;
  const { findings, uncovered } = await verify(lake.ports, [contract], {}, () => undefined);
  expect(findings).toEqual([]);
  expect(uncovered.filter(({ waits }) => waits)).toEqual([]);
  expect(await countsOf(lake, 'telegram')).toEqual({
    received: 3 * windows,
    enriched: 2 * windows + 1,
    duplicates: windows - 1,
    quarantined: 0,
  });
  expect(await lake.ports.documents.count(contract.tables[0])).toBe(2 * windows + 1);
  for (const source of ['desk', 'telegram'])
    for await (const { key } of lake.ports.store.list(parkedSourcePrefix(source))) expect(key).toBe('not parked');
  // Decisions of one code each, never of two.
  const { entries } = await readLedger(lake.ports, 'telegram');
  const codes = new Map<string, number>();
  for (const entry of entries) {
    if (!isDecision(entry)) continue;
    const { contract: code } = (await readManifest(lake.ports, entry)).code;
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  return [...codes.values()];
}
