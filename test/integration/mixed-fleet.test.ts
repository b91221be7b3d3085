/** Workers of two configurations at work on the same lake, as while a new version is rolled out: nothing is lost, doubled or parked. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
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

const WINDOWS = 6;
const BOT = '7000001';
/** An update is told apart by its date, too. */
const DATE = windowStart(windowAfter(0)) / 1_000 - 7_200;
/** A window that met other code at every try is not published yet, and the next run goes on with it. */
const RUNS = 5;

let lake: Lake;
let other: Lake;
beforeAll(async () => {
  lake = await openLake({ TELEGRAM_BOT_ID: BOT });
  const { TEMPORAL_NAMESPACE, CHATLAKE_TASK_QUEUE, S3_BUCKET, MONGODB_DATABASE } = lake.config;
  const shared = { TEMPORAL_NAMESPACE, CHATLAKE_TASK_QUEUE, S3_BUCKET, MONGODB_DATABASE, TELEGRAM_BOT_ID: BOT };
  other = await openLake({ ...shared, ETL_CHUNK_LINES: '2', TELEGRAM_TEXTS: 'off' });
});
afterAll(async () => {
  await other.close();
  await lake.close();
});

/** Two updates of its own, and one that the window before had too. */
async function writeUpdates(window: Window, n: number): Promise<void> {
  const openedAt = windowStart(window);
  const messages = [2 * n, 2 * n + 1, 2 * n - 1].map((updateId) => ({
    id: '',
    receivedAt: openedAt,
    headers: { origin: 'webhook', bot: BOT },
    body: new TextEncoder().encode(updateBody({ updateId: 1_000 + updateId, date: DATE })),
  }));
  await writeRaw(lake.ports.store, 'telegram', openedAt, messages);
}

async function runAll(): Promise<void> {
  for (let runs = 1; ; runs += 1) {
    const failure = await lake.etl().then(
      () => undefined,
      (error: unknown) => error as Error,
    );
    if (failure === undefined) return;
    expect(String(failure.cause)).toContain('its workers run different code');
    expect(runs).toBeLessThan(RUNS);
  }
}

const countsOf = async (source: Source) => {
  const { entries } = await readLedger(lake.ports, source);
  return [...entries].reduce((sum, { counts }) => addCounts(sum, counts), NO_COUNTS);
};

test('windows of both sources that workers with other chunks and other contracts take turns at', async () => {
  for (let n = 0; n < WINDOWS; n += 1) {
    await writeDesk(lake.ports.store, windowAfter(n), [`a${n}`, `b${n}`, `c${n}`, `d${n}`, `a${n - 1}`]);
    await writeUpdates(windowAfter(n), n);
  }
  await Promise.all([lake.startWorker(), other.startWorker()]);
  await runAll();

  const desk = await checkLake(lake.ports);
  expect(desk).toMatchObject({ entries: WINDOWS, seals: WINDOWS, documents: 4 * WINDOWS + 1 });
  expect(desk.counts).toMatchObject({ received: 5 * WINDOWS, enriched: 4 * WINDOWS + 1, duplicates: WINDOWS - 1 });
  const contract = lake.ports.contracts.get('telegram')!;
  const { findings, uncovered } = await verify(lake.ports, [contract], {}, () => undefined);
  expect(findings).toEqual([]);
  expect(uncovered.filter(({ waits }) => waits)).toEqual([]);
  expect(await countsOf('telegram')).toEqual({
    received: 3 * WINDOWS,
    enriched: 2 * WINDOWS + 1,
    duplicates: WINDOWS - 1,
    quarantined: 0,
  });
  expect(await lake.ports.documents.count(contract.tables[0])).toBe(2 * WINDOWS + 1);
  for (const source of ['desk', 'telegram'])
    for await (const { key } of lake.ports.store.list(parkedSourcePrefix(source))) expect(key).toBe('not parked');
  // Both took part: decisions of one code each, never of two.
  const { entries } = await readLedger(lake.ports, 'telegram');
  const codes = new Set<string>();
  for (const entry of entries) if (isDecision(entry)) codes.add((await readManifest(lake.ports, entry)).code.contract);
  expect(codes.size).toBe(2);
}, 600_000);
