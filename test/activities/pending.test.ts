/** What is pending, and how windows that need a person stand in it. */
import { expect, test } from '@jest/globals';
import { createAttention } from '../../src/activities/attention.ts';
import { createPending } from '../../src/activities/pending.ts';
import type { Ports } from '../../src/activities/ports.ts';
import { deltaLogs } from '../../src/adapters/delta/log.ts';
import { createMemoryStore } from '../../src/adapters/object-store/memory.ts';
import { CONTRACTS } from '../../src/domain/contracts/index.ts';
import { windowOf } from '../../src/domain/window.ts';

test('a parked window of which another run did all there was is replayed, not forgotten: its own run clears it', async () => {
  const store = createMemoryStore();
  const listed: unknown[] = [];
  const ports = {
    store,
    logs: deltaLogs(store),
    contracts: CONTRACTS,
    engine: { version: 'x' } as Ports['engine'],
    chatlakeVersion: '1',
    alerter: { raise: () => undefined },
    log: {
      info: (event: string, facts: object) => void (event === 'pending.listed' && listed.push(facts)),
      warn: () => undefined,
    },
    now: Date.now,
  };
  const window = windowOf('2026-01-05T00');
  const { park, clearAttention } = createAttention(ports as never);
  const { listPending } = createPending(ports, new Map(), () => 'this code');
  const why = { step: 'reconcile', kind: 'InvariantViolation', reason: 'of another window', workflowId: 'w' } as const;
  await park({ source: 'desk', window, ...why, runId: 'r' });
  expect(await listPending({ source: 'desk' })).toEqual({ windows: [], leftOut: 0, more: false });
  expect(await listPending({ source: 'desk', parked: true })).toMatchObject({ windows: [window] });
  expect(await listPending({ source: 'desk', parked: true, to: windowOf('2026-01-04T00') })).toMatchObject({
    windows: [],
  });
  expect(listed).toEqual([
    { source: 'desk', windows: 0, parked: 1 },
    { source: 'desk', windows: 1, parked: 1 },
  ]);
  await clearAttention({ source: 'desk', window });
  expect(await listPending({ source: 'desk', parked: true })).toMatchObject({ windows: [] });
});
