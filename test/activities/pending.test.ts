/** What is pending, and how windows that need a person stand in it. */
import { expect, test } from '@jest/globals';
import { codeMark, createAttention } from '../../src/activities/attention.ts';
import { createPending } from '../../src/activities/pending.ts';
import { type Ports, codeOf } from '../../src/activities/ports.ts';
import { listRaw, readSeals } from '../../src/activities/seal-window.ts';
import { deltaLogs } from '../../src/adapters/delta/log.ts';
import { createMemoryStore } from '../../src/adapters/object-store/memory.ts';
import { CONTRACTS } from '../../src/domain/contracts/index.ts';
import { sealKey } from '../../src/domain/layout.ts';
import { encodeSeal, planSeal } from '../../src/domain/seal.ts';
import { windowOf, windowStart } from '../../src/domain/window.ts';
import { writeDesk } from '../support/desk-raw.ts';

const WINDOW = windowOf('2026-01-05T00');
const WHY = {
  source: 'desk',
  window: WINDOW,
  kind: 'InvariantViolation',
  reason: 'why',
  workflowId: 'w',
  runId: 'r',
} as const;

function lakeOf() {
  const store = createMemoryStore();
  const listed: unknown[] = [];
  const ports = {
    store,
    logs: deltaLogs(store),
    contracts: CONTRACTS,
    engine: { version: 'x' } as Ports['engine'],
    chatlakeVersion: '1',
    alerter: { raise: () => undefined, close: () => Promise.resolve() },
    log: {
      info(event: string, facts: object) {
        if (event === 'pending.listed') listed.push(facts);
      },
      warn: () => undefined,
    },
    now: Date.now,
  };
  const code = codeMark(codeOf(ports, CONTRACTS.get('desk')!));
  return { store, listed, ...createAttention(ports), ...createPending(ports, new Map(), () => code) };
}

test('a window is left out where a step of its own gave up, not for a step that all windows share', async () => {
  const { store, park, listPending } = lakeOf();
  await writeDesk(store, WINDOW, ['a']);
  await park({ ...WHY, step: 'cleanse' });
  expect(await listPending({ source: 'desk' })).toEqual({ windows: [], leftOut: 1, more: false });
  await park({ ...WHY, step: 'reconcile' });
  expect(await listPending({ source: 'desk' })).toEqual({ windows: [WINDOW], leftOut: 0, more: false });
});

test('a parked window of which another run did all there was is replayed, not forgotten: its own run clears it', async () => {
  const { listed, park, clearAttention, listPending } = lakeOf();
  await park({ ...WHY, step: 'reconcile' });
  expect(await listPending({ source: 'desk' })).toEqual({ windows: [], leftOut: 0, more: false });
  expect(await listPending({ source: 'desk', parked: true })).toMatchObject({ windows: [WINDOW] });
  expect(await listPending({ source: 'desk', parked: true, to: windowOf('2026-01-04T00') })).toMatchObject({
    windows: [],
  });
  expect(listed).toEqual([
    { source: 'desk', windows: 0, parked: 1 },
    { source: 'desk', windows: 1, parked: 1 },
  ]);
  await clearAttention(WHY);
  expect(await listPending({ source: 'desk', parked: true })).toMatchObject({ windows: [] });
});

test('of a window that keeps growing, what had landed by a time is told apart', async () => {
  const { store, pendingOf } = lakeOf();
  const asked = { source: 'desk', window: WINDOW };
  await writeDesk(store, WINDOW, ['early']);
  await writeDesk(store, WINDOW, ['late'], { minute: 30 });
  const start = windowStart(WINDOW);
  expect(await pendingOf(asked)).toMatchObject({ unsealed: 2 });
  expect(await pendingOf({ ...asked, landedBy: start })).toMatchObject({ unsealed: 1 });
  expect(await pendingOf({ ...asked, landedBy: start - 1 })).toMatchObject({ unsealed: 0 });
  for (const generation of [1, 2]) {
    const seal = planSeal(asked, await listRaw({ store }, asked), await readSeals({ store }, asked));
    const early = seal!.objects.slice(0, 1);
    await store.put(sealKey({ ...asked, generation }), encodeSeal({ ...seal!, objects: early, lines: 1 }), {
      ifAbsent: true,
    });
  }
  expect(await pendingOf(asked)).toMatchObject({ unsealed: 0, unpublished: 2 });
  expect(await pendingOf({ ...asked, landedBy: start })).toMatchObject({ unsealed: 0, unpublished: 1 });
});
