/** The entries of a ledger as a process remembers them: packed, and never other than what was added. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sealName } from '../../src/domain/formats/layout.ts';
import { LedgerEntries } from '../../src/lake/ledger-entries.ts';
import { type LedgerEntry, isDecision } from '../../src/domain/formats/ledger.ts';
import { windowOf } from '../../src/domain/window.ts';

const HOURS = ['00', '01', '02'].map((hour) => windowOf(`2026-11-22T${hour}`));
const seal = (window: number, generation: number): string =>
  sealName({ source: 'desk', window: HOURS[window] ?? windowOf('2026-11-22T03'), generation });
const [A, B, C, D] = [seal(0, 1), seal(0, 2), seal(1, 1), seal(2, 1)] as const;
const entry = (n: number, revision: number, ...seals: string[]): LedgerEntry => ({
  manifest: seals.length === 0 ? '' : `manifests/${n}.json`,
  seals,
  revision,
  counts: { received: n, enriched: n, duplicates: 0, quarantined: 0 },
  timestamp: n,
});

describe('who judged a seal', () => {
  const all = [
    entry(0, 0, A),
    entry(1, 0, B),
    entry(2, 0),
    entry(3, 0, C),
    entry(4, 1, A, B),
    entry(5, 0, D),
    entry(6, 2, A, B),
  ];
  const entries = LedgerEntries.NONE.with(all);

  test('the last entry, and every one before it', () => {
    expect([A, B, C, D].map((name) => entries.judgedBy(name))).toEqual([6, 6, 3, 5]);
    expect([A, B, C].map((name) => [...entries.judgements(name)])).toEqual([[6, 4, 0], [6, 4, 1], [3]]);
  });

  test('none did: another generation, window or source', () => {
    for (const name of [seal(0, 3), seal(3, 1), seal(0, 0), A.replace('desk', 'telegram')]) {
      expect(entries.judgedBy(name)).toBeUndefined();
      expect([...entries.judgements(name)]).toEqual([]);
    }
  });

  test('before an entry: the last that did; a seal that none judged is left out', () => {
    expect([...entries.judgedBefore(6, [A, B, C, seal(3, 1)])]).toEqual([
      [A, 4],
      [B, 4],
      [C, 3],
    ]);
    expect([...entries.judgedBefore(4, [A, B])]).toEqual([
      [A, 0],
      [B, 1],
    ]);
    expect(entries.judgedBefore(0, [A]).size).toBe(0);
  });

  test('after an entry, as far as is looked', () => {
    expect(entries.judgedAgain(0, 6, [A])).toBe(4);
    expect(entries.judgedAgain(0, 3, [A])).toBeUndefined();
    expect(entries.judgedAgain(4, 6, [B])).toBe(6);
    expect(entries.judgedAgain(6, 6, [B])).toBeUndefined();
  });

  test('an entry without seals is no decision that somebody has to apply', () => {
    expect([...entries.decisions(0, 5)].map(([n]) => n)).toEqual([1, 3, 4, 5]);
    expect([-1, 0, 1, 2, 6, 9].map((applied) => entries.decisionsAfter(applied))).toEqual([6, 5, 4, 4, 0, 0]);
    expect([6, 2, -1].map((upTo) => entries.lastDecision(upTo)?.manifest)).toEqual([
      'manifests/6.json',
      'manifests/1.json',
      undefined,
    ]);
  });

  test('what came later changes nothing for who holds an earlier state', () => {
    const before = LedgerEntries.NONE.with(all.slice(0, 4));
    const after = before.with(all.slice(4));
    expect([before.length, before.judgedBy(A), before.at(4)]).toEqual([4, 0, undefined]);
    expect([after.length, after.judgedBy(A), after.at(4)]).toEqual([7, 6, all[4]]);
  });
});

test('however many come at a time, entries and judgements are those that were added', () => {
  const step = fc.record({ added: fc.integer({ min: 1, max: 700 }), rebuilt: fc.boolean(), merged: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) => {
      let entries = LedgerEntries.NONE;
      const all: LedgerEntry[] = [];
      const judged = new Map<string, number[]>();
      for (const { added, rebuilt, merged } of steps) {
        const some: LedgerEntry[] = [];
        const add = (revision: number, ...seals: string[]): void => {
          for (const name of seals) judged.set(name, [all.length + some.length, ...(judged.get(name) ?? [])]);
          some.push(entry(all.length + some.length, revision, ...seals));
        };
        if (merged) add(0);
        for (let i = 0; i < added; i += 1) add(0, seal(all.length % 3, all.length + i + 1));
        const [[again, times] = [A, [] as number[]]] = judged;
        if (rebuilt) add(times.length, again);
        all.push(...some);
        entries = entries.with(some);
      }
      expect([...entries]).toEqual(all);
      expect(entries.at(all.length)).toBeUndefined();
      expect(entries.decisionsAfter(-1)).toBe(all.filter(isDecision).length);
      const found = [...judged.keys()].map((name) => [name, [...entries.judgements(name)]]);
      expect(found).toEqual([...judged]);
      const listed = [...entries.windows()].flatMap((window) => [...entries.sealsOf(window)]);
      expect(new Map(listed)).toEqual(new Map([...judged].map(([name, [last]]) => [name, last])));
    }),
    { numRuns: 20 },
  );
});
