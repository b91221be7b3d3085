/** Announcements are gathered, never more than one sending per source and interval, and none is lost while nothing can be sent. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { gather } from '../../../src/adapters/announce/gather.ts';
import type { Window } from '../../../src/domain/window.ts';
import { windowAfter } from '../../support/desk-raw.ts';
import { until } from '../../support/until.ts';

const EVERY_MS = 100;

/** An announcer into a list; while `broken` nothing arrives. */
function scene({ kept = 1_000 } = {}) {
  const state = { broken: false, tries: 0 };
  const sent: { readonly source: string; readonly windows: readonly Window[]; readonly at: number }[] = [];
  const logged: string[] = [];
  const log = (event: string, facts: object): void => void logged.push(`${event} ${JSON.stringify(facts)}`);
  const announcer = gather({
    async send(source, windows) {
      state.tries += 1;
      await Promise.resolve();
      if (state.broken) throw new Error('nobody there');
      sent.push({ source, windows, at: performance.now() });
    },
    everyMs: EVERY_MS,
    perSending: 3,
    kept,
    log: { info: log, warn: log },
  });
  return { announcer, sent, logged, state };
}

test('the first is sent at once, what follows is gathered: one sending per interval and source', async () => {
  const { announcer, sent } = scene();
  for (let n = 0; n < 300; n += 1) {
    announcer.announce('desk', windowAfter(n % 2));
    announcer.announce('other', windowAfter(0));
    if (n % 100 === 99) await sleep(1);
  }
  await until(() => sent.length === 4);
  await announcer.close();
  const desk = sent.filter(({ source }) => source === 'desk');
  expect(desk.map(({ windows }) => windows)).toEqual([[windowAfter(0)], [windowAfter(1), windowAfter(0)]]);
  // Node's timers may fire a millisecond early.
  expect(desk[1]!.at - desk[0]!.at).toBeGreaterThanOrEqual(EVERY_MS - 1);
});

test('what could not be sent is sent with the next, and an outage is logged once at its start and once at its end', async () => {
  const { announcer, sent, logged, state } = scene();
  state.broken = true;
  announcer.announce('desk', windowAfter(0));
  await until(() => state.tries === 3);
  announcer.announce('desk', windowAfter(1));
  state.broken = false;
  await until(() => sent.length > 0);
  expect(new Set(sent.flatMap(({ windows }) => windows))).toEqual(new Set([windowAfter(0), windowAfter(1)]));
  await announcer.close();
  expect(logged).toEqual([
    'announcement.failed {"source":"desk","windows":1,"reason":"nobody there"}',
    'announcement.recovered {"source":"desk","left_to_the_sweep":0}',
  ]);
});

test('memory is bounded: the oldest are left to the sweep, and their number is said', async () => {
  const { announcer, sent, logged, state } = scene({ kept: 2 });
  state.broken = true;
  for (let n = 0; n < 5; n += 1) announcer.announce('desk', windowAfter(n));
  await until(() => state.tries === 2);
  state.broken = false;
  await until(() => sent.length > 0);
  await announcer.close();
  expect(sent.flatMap(({ windows }) => windows).sort()).toEqual([windowAfter(3), windowAfter(4)]);
  expect(logged.at(-1)).toBe('announcement.recovered {"source":"desk","left_to_the_sweep":3}');
});

test('close sends what is waiting without the pause', async () => {
  const { announcer, sent } = scene();
  for (let n = 0; n < 8; n += 1) announcer.announce('desk', windowAfter(n));
  await announcer.close();
  expect(sent.flatMap(({ windows }) => windows)).toHaveLength(8);
  announcer.announce('desk', windowAfter(9));
  expect(sent).toHaveLength(4);
});

test('close gives up when nothing can be sent', async () => {
  const { announcer, sent, state } = scene();
  state.broken = true;
  announcer.announce('desk', windowAfter(0));
  await announcer.close();
  expect([state.tries, sent.length]).toEqual([1, 0]);
});
