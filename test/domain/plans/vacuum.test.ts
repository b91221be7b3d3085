import { describe, expect, test } from '@jest/globals';
import { compactedAt, tableFile } from '../../../src/domain/formats/layout.ts';
import { KEEP_MS, type TableFacts, fateOf } from '../../../src/domain/plans/vacuum.ts';

const SHA = 'a'.repeat(64);
const RUN = tableFile('desk-2026-11-22T03-g0001-r1', 0, SHA);
const COMPACT = tableFile(compactedAt(1_795_000_000_000), 3, SHA);
const NOW = 10 * KEEP_MS;

const facts = (change: Partial<TableFacts> = {}): TableFacts => ({
  now: NOW,
  isLive: () => false,
  isWanted: () => false,
  isAwaited: () => false,
  ...change,
});
const old = (path: string) => ({ path, bytes: 1, modifiedMs: NOW - KEEP_MS });

describe('a file of a table', () => {
  test.each([RUN, COMPACT])('that nothing needs is dead: %s', (path) => {
    expect(fateOf(old(path), facts())).toBe('dead');
  });

  test.each([RUN, COMPACT])(
    'stays while it is live, young, awaited by a decision, or wanted by a projection: %s',
    (path) => {
      const is = (each: string): boolean => each === path;
      expect(fateOf(old(path), facts({ isLive: is }))).toBe('live');
      expect(fateOf({ ...old(path), modifiedMs: NOW - KEEP_MS + 1 }, facts())).toBe('young');
      expect(fateOf(old(path), facts({ isAwaited: is }))).toBe('awaited');
      expect(fateOf(old(path), facts({ isWanted: is }))).toBe('dropped');
    },
  );

  test('is live whatever else is said of it', () => {
    const all = facts({ isLive: () => true, isWanted: () => true, isAwaited: () => true });
    expect(fateOf({ ...old(RUN), modifiedMs: NOW }, all)).toBe('live');
    expect(fateOf(old('strange.parquet'), all)).toBe('live');
  });

  test('of the future, by a clock that runs ahead, is young', () => {
    expect(fateOf({ ...old(RUN), modifiedMs: NOW + KEEP_MS }, facts())).toBe('young');
  });

  test.each(['part-0.parquet', '_delta_log/_last_checkpoint', `x/${RUN}`, RUN.replace(SHA, 'a'), `${RUN}.tmp`])(
    'by a name chatlake does not give is left alone: %s',
    (path) => {
      expect(fateOf(old(path), facts())).toBe('unknown');
    },
  );
});
