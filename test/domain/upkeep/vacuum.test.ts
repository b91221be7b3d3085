import { describe, expect, test } from '@jest/globals';
import { KEEP_MS, type TableFacts, fateOf } from '../../../src/domain/upkeep/vacuum.ts';

const SHA = 'a'.repeat(64);
const SEAL = 'desk-2026-11-22T03-g0001';
const RUN = `event_date=2026-11-22/${SEAL}-r1-0000-${SHA}.parquet`;
const COMPACT = `event_date=2026-11-22/compact-1795000000000-${SHA}.parquet`;
const NOW = 10 * KEEP_MS;

const facts = (change: Partial<TableFacts> = {}): TableFacts => ({
  now: NOW,
  isLive: () => false,
  isFreshlyDropped: () => false,
  publishedAs: () => 5,
  passed: 7,
  appliedThen: 7,
  ...change,
});
const old = (path: string) => ({ path, bytes: 1, modifiedMs: NOW - KEEP_MS });

describe('a file of a table', () => {
  test('that nothing needs is dead', () => {
    expect(fateOf(old(RUN), facts())).toBe('dead');
    expect(fateOf(old(COMPACT), facts())).toBe('dead');
  });
  test.each([RUN, COMPACT])('stays while it is live, young, or freshly dropped: %s', (path) => {
    expect(fateOf(old(path), facts({ isLive: (each) => each === path }))).toBe('live');
    expect(fateOf({ ...old(path), modifiedMs: NOW - KEEP_MS + 1 }, facts())).toBe('young');
    expect(fateOf(old(path), facts({ isFreshlyDropped: (each) => each === path }))).toBe('dropped');
  });
  test('of a run stays until its revision, or a later one, is published', () => {
    const publishedAs = (seal: string, revision: number) => (seal === SEAL && revision <= 0 ? 5 : undefined);
    expect(fateOf(old(RUN), facts({ publishedAs }))).toBe('pending');
  });
  test('stays until every projection has passed the entry that brought it, and what was applied when it was dropped', () => {
    expect(fateOf(old(RUN), facts({ publishedAs: () => 8 }))).toBe('awaited');
    expect(fateOf(old(RUN), facts({ appliedThen: 8 }))).toBe('awaited');
    expect(fateOf(old(COMPACT), facts({ appliedThen: 8 }))).toBe('awaited');
  });
  test.each(['event_date=2026-11-22/part-0.parquet', '_checkpoint', `event_date=2026-11-22/${SEAL}-r1.parquet`])(
    'by a name chatlake does not give is left alone: %s',
    (path) => {
      expect(fateOf(old(path), facts())).toBe('unknown');
    },
  );
});
