/** Names, estimates and progress of a backfill. */
import { expect, test } from '@jest/globals';
import {
  type BackfillPlan,
  type BackfillProgress,
  addDiff,
  backfillId,
  estimate,
  receiptOf,
} from '../../../src/domain/plans/backfill.ts';
import {
  bar,
  diffText,
  duration,
  planText,
  progressLine,
  progressMarkdown,
} from '../../../src/domain/plans/backfill-text.ts';
import { NO_COUNTS } from '../../../src/domain/counts.ts';
import { readBackfillInput } from '../../../src/domain/inputs/backfill.ts';
import { windowOf } from '../../../src/domain/window.ts';

const WINDOW = windowOf('2026-11-22T03');
const PLAN: BackfillPlan = {
  ref: 'backfills/p',
  windows: 8,
  lines: 900,
  bytes: 1_250_000,
  skipped: 3,
  unpublished: 1,
  first: WINDOW,
  last: WINDOW,
  estimate: { seconds: 75, basis: '1.00 s per window' },
};
const PROGRESS: BackfillProgress = {
  phase: 'running',
  paused: false,
  plan: PLAN,
  total: 8,
  done: 3,
  left: 4,
  failed: 1,
  running: [WINDOW],
  failures: [{ window: WINDOW, reason: 'the disk | is\nfull' }],
  counts: { ...NO_COUNTS, received: 5, enriched: 5 },
  perSecond: 0.5,
  secondsLeft: 8,
  diff: null,
  decideBy: null,
};

test.each([
  [{ receivedFrom: '2026-11-01', receivedTo: '2026-11-02T05' }, 'backfill/desk/received-2026-11-01T00..2026-11-02T05'],
  [{ receivedTo: '2026-11-02', rebuild: true }, 'backfill/desk/received-..2026-11-02T23-rebuild'],
  [
    { eventFrom: '2026-11-01', rebuild: true, diff: true, concurrency: 5 },
    'backfill/desk/event-2026-11-01..-rebuild-diff',
  ],
])('%j is %s, however fast', (range, id) => {
  expect(backfillId(readBackfillInput({ source: 'desk', ...range }))).toBe(id);
});

test('the hours in which messages of event days arrive, in any zone and a day late', () => {
  expect(receiptOf('2026-11-05', '2026-11-06')).toEqual({ from: '2026-11-04T10', to: '2026-11-08T11' });
  expect(receiptOf(undefined, '2026-11-06')).toEqual({ to: '2026-11-08T11' });
  expect(receiptOf('1970-01-01', undefined)).toEqual({ from: '1970-01-01T00' });
});

test('an estimate is made of what followed one another, else of a default, and never beats the engine', () => {
  const steady = [0, 400, 800, 1_200, 1_600, 2_000, 600_000, 600_400];
  expect(estimate(100, 10, steady)).toEqual({
    seconds: 40,
    basis: '0.40 s per window, as the last 6 took that followed one another; at least 1 s per 20000 messages',
  });
  expect(estimate(100, 10, [0, 400]).seconds).toBe(100);
  expect(estimate(100, 10, []).basis).toMatch(/^1\.00 s per window, taken for want of a record/);
  expect(estimate(1, 1_000_000, steady).seconds).toBe(50);
});

test('diffs add up by table; a line judged as before is not counted', () => {
  const rows = { before: 3, after: 4, onlyBefore: 1, onlyAfter: 2, changed: 1 };
  const verdict = { reasonBefore: null, reasonAfter: null, before: 'enriched', after: 'enriched', lines: 5 };
  const one = {
    verdicts: [
      verdict,
      { ...verdict, after: 'quarantined', lines: 2 },
      { ...verdict, reasonAfter: 'too_deep', lines: 1 },
    ],
    tables: [{ table: 'a', ...rows }],
  };
  const two = addDiff(addDiff({ lines: 0, tables: {} }, one), {
    verdicts: [],
    tables: [...one.tables, { table: 'b', ...rows }],
  });
  expect(two).toEqual({
    lines: 3,
    tables: { a: { before: 6, after: 8, onlyBefore: 2, onlyAfter: 4, changed: 2 }, b: rows },
  });
  expect(diffText({ ref: 'k', windows: 2, totals: two })).toEqual([
    '2 window(s) compared: 3 messages with another verdict or reason',
    'a: 6 rows before, 8 after; 2 go, 4 come, 2 change',
    'b: 3 rows before, 4 after; 1 go, 2 come, 1 change',
    'the diffs of the windows: k',
  ]);
});

test('texts of a terminal', () => {
  expect([bar(0, 4), bar(3, 4), bar(0, 0)]).toEqual([
    `${'░'.repeat(24)} 0 %`,
    `${'█'.repeat(18)}${'░'.repeat(6)} 75 %`,
    `${'█'.repeat(24)} 100 %`,
  ]);
  expect([duration(7.2), duration(130), duration(3_900)]).toEqual(['8 s', '2 min 10 s', '1 h 5 min']);
  expect(planText(PLAN)).toBe(
    '8 window(s) from 2026-11-22T03 to 2026-11-22T03: 900 messages, 1.3 MB of raw objects; about 1 min 15 s (1.00 s per window). 3 of the range are done already; 1 are not published yet and left to etl.',
  );
  expect(planText({ ...PLAN, windows: 0, skipped: 0, unpublished: 0 })).toBe('Nothing is to be done.');
  expect(progressLine(PROGRESS)).toMatch(/ 50 % {2}running: 3 done, 1 failed, 4 left, 0\.5\/s, 8 s to go$/);
  expect(progressLine({ ...PROGRESS, paused: true, perSecond: 0 })).toMatch(/paused: 3 done, 1 failed, 4 left$/);
  expect(progressLine({ ...PROGRESS, plan: null })).toBe('planning');
});

test('in Markdown a reason stays in its cell, and runs are linked', () => {
  const text = progressMarkdown(PROGRESS, (window) => `/w/${window}`);
  expect(text).toContain('| [2026-11-22T03](/w/2026-11-22T03) | the disk is full |');
  expect(text).toContain('at work: [2026-11-22T03](/w/2026-11-22T03)');
  expect(progressMarkdown({ ...PROGRESS, failed: 25 }, String)).toContain('| and 24 more | |');
  const deciding = {
    ...PROGRESS,
    decideBy: '2026-11-22T15:00:00.000Z',
    diff: { ref: 'k', windows: 8, totals: { lines: 0, tables: {} } },
  };
  expect(progressMarkdown(deciding, String)).toContain(
    'nothing published.** Send the signal `publish` or `discard`; discarded at 2026-11-22T15',
  );
});
