/** What is pending, and how windows that need a person stand in it. */
import { expect, test } from '@jest/globals';
import { type Ports, codeOf } from '../../src/activities/ports.ts';
import { createPark } from '../../src/activities/window/park.ts';
import { createSealWindow } from '../../src/activities/window/seal-window.ts';
import { deltaLogs } from '../../src/adapters/delta/log.ts';
import { createMemoryStore } from '../../src/adapters/object-store/memory.ts';
import { CONTRACTS } from '../../src/domain/sources/index.ts';
import { rawPrefix } from '../../src/domain/formats/layout.ts';
import { windowOf } from '../../src/domain/window.ts';
import { codeMark, parkedKeys, readParked } from '../../src/lake/parked.ts';
import { type PendingQuestion, isPending, pendingWindows, workLeft } from '../../src/lake/pending.ts';
import { readLedger } from '../../src/lake/ledger.ts';
import { listRaw } from '../../src/lake/raw.ts';
import { readSeals } from '../../src/lake/seals.ts';
import { writeDesk } from '../support/desk-raw.ts';

const WINDOW = windowOf('2026-01-05T00');
function lakeOf(chatlakeVersion = '1', store = createMemoryStore()) {
  const listed: unknown[] = [];
  const ports = {
    store,
    logs: deltaLogs(store),
    contracts: CONTRACTS,
    engine: { version: 'x' },
    chatlakeVersion,
    limits: { chunk: { maxLines: 100, maxBytes: 1_000_000 }, rowsPerRange: 100 },
    alerter: { raise: () => undefined, tell: () => undefined, close: () => Promise.resolve() },
    log: {
      info(event: string, facts: object) {
        if (event === 'pending.listed') listed.push(facts);
      },
      warn: () => undefined,
    },
    now: Date.now,
  } as unknown as Ports;
  const code = codeOf(ports, CONTRACTS.get('desk')!);
  return {
    store,
    ports,
    listed,
    code,
    ...createPark(ports),
    sealWindow: createSealWindow(ports),
    listPending: (question: Partial<PendingQuestion> = {}) =>
      pendingWindows(ports, { source: 'desk', ...question }, code),
  };
}
const ASKED = { source: 'desk', window: WINDOW } as const;
const WHY = {
  ...ASKED,
  step: 'cleanse',
  kind: 'InvariantViolation',
  reason: 'why',
  workflowId: 'w',
  runId: 'r',
} as const;

test('a window that this code gave up on is left out, whatever the step; other code and whoever asks for it tries it', async () => {
  const { store, park, listPending, sealWindow } = lakeOf();
  await writeDesk(store, WINDOW, ['a']);
  expect(await listPending()).toEqual({ windows: [WINDOW], leftOut: 0, more: false });
  await park(WHY);
  expect(await listPending()).toEqual({ windows: [], leftOut: 1, more: false });
  expect(await sealWindow({ ...ASKED, parked: false })).toEqual({ kind: 'parked' });
  expect(await listPending({ from: WINDOW })).toMatchObject({ windows: [WINDOW], leftOut: 0 });
  expect(await listPending({ parked: true })).toMatchObject({ windows: [WINDOW] });
  const other = lakeOf('2', store);
  expect(await other.listPending()).toMatchObject({ windows: [WINDOW], leftOut: 0 });
  expect(await other.sealWindow({ ...ASKED, parked: false })).toMatchObject({ kind: 'seals', wasParked: true });
});

test('a parked window of which another run did all there was is replayed, not forgotten: its own run clears it', async () => {
  const { listed, park, clearParked, listPending } = lakeOf();
  await park(WHY);
  expect(await listPending()).toEqual({ windows: [], leftOut: 0, more: false });
  expect(await listPending({ parked: true })).toMatchObject({ windows: [WINDOW] });
  expect(await listPending({ parked: true, to: windowOf('2026-01-04T00') })).toMatchObject({ windows: [] });
  expect(listed).toEqual([
    { source: 'desk', windows: 0, parked: 1 },
    { source: 'desk', windows: 1, parked: 1 },
  ]);
  await clearParked(ASKED);
  expect(await listPending({ parked: true })).toMatchObject({ windows: [] });
});

test('since when a window needs a person stays, who gave up last and why is renewed, and there is one object of it', async () => {
  const store = createMemoryStore();
  const [first, second] = [lakeOf('1', store), lakeOf('2', store)];
  await first.park(WHY);
  const [before] = await parkedKeys({ store }, ASKED);
  await second.park({ ...WHY, step: 'dedupe', reason: 'another' });
  const [after, ...more] = await parkedKeys({ store }, ASKED);
  expect(more).toEqual([]);
  expect([after!.sinceMs, after!.code]).toEqual([before!.sinceMs, codeMark(second.code)]);
  expect(await readParked({ store }, after!)).toMatchObject({ step: 'dedupe', reason: 'another', runId: 'r' });
  await second.clearParked(ASKED);
  expect(await readParked({ store }, after!)).toBeUndefined();
});

test('what is left of a window: raw in no seal, seals without an entry, and nothing of what is no message', async () => {
  const { store, ports, sealWindow } = lakeOf();
  const left = async () =>
    workLeft(
      (await listRaw(ports, ASKED)).map(({ key }) => key),
      await readSeals(ports, ASKED),
      await readLedger(ports, 'desk'),
    );
  await store.put(`${rawPrefix('desk', WINDOW)}notes.txt`, Uint8Array.of(1), { ifAbsent: true });
  expect(isPending(await left())).toBe(false);
  await writeDesk(store, WINDOW, ['early']);
  expect(await left()).toEqual({ unsealed: 1, unpublished: 0 });
  const first = await sealWindow({ ...ASKED, parked: false });
  expect(first).toMatchObject({ kind: 'seals', seals: [{ lines: 1, chunks: 1 }], more: false, wasParked: false });
  expect(await left()).toEqual({ unsealed: 0, unpublished: 1 });
  await writeDesk(store, WINDOW, ['late', 'later'], { minute: 30 });
  expect(await left()).toEqual({ unsealed: 1, unpublished: 1 });
  const second = await sealWindow({ ...ASKED, parked: false });
  expect(second.kind === 'seals' && second.seals.map(({ seal, lines }) => `${seal} ${lines}`)).toEqual([
    `desk-${WINDOW}-g0001 1`,
    `desk-${WINDOW}-g0002 2`,
  ]);
  expect(await sealWindow({ ...ASKED, parked: false })).toEqual(second);
  expect(await left()).toEqual({ unsealed: 0, unpublished: 2 });
});

test('runs that seal one window at once see the same seals, and every object in one of them', async () => {
  const store = createMemoryStore();
  await Promise.all(Array.from({ length: 6 }, (_, n) => writeDesk(store, WINDOW, [`m${n}`], { minute: n })));
  const runs = Array.from({ length: 8 }, () => lakeOf('1', store).sealWindow({ ...ASKED, parked: false }));
  const seals = (await Promise.all(runs)).map((sealed) => (sealed.kind === 'seals' ? sealed.seals : []));
  for (const one of seals) expect(one).toEqual(seals[0]);
  const objects = (await readSeals({ store }, ASKED)).flatMap((seal) => seal.objects.map(({ key }) => key));
  expect([objects.length, new Set(objects).size]).toEqual([6, 6]);
});
