/**
 * The same health figures looked at again and again while data come in, on time and late: what two looks differ by tells of no fewer than
 * five people on either side of a question, and no hidden count follows from all looks together. No server.
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { openLakeOfPages } from '../../src/dashboard/lake.ts';
import { plusDays } from '../../src/dashboard/page/lib/days.ts';
import { type Window, windowOf, windowStart } from '../../src/domain/window.ts';
import { writeRaw } from '../../src/lake/raw.ts';
import { runWindow } from '../integration/run-window.ts';
import { random } from '../support/desk-lines.ts';
import { determinedBy } from '../support/determined.ts';
import {
  type Counts,
  FIRST,
  HEALTH,
  type Said,
  WEEKS,
  countsOf,
  groupOf,
  isSmall,
  saidIn,
  truthOf,
} from '../support/health-people.ts';
import { openMemoryLake } from '../support/memory-lake.ts';
import { until } from '../support/until.ts';

/** What one ledger entry brings. */
interface Arrival {
  readonly window: Window;
  readonly said: readonly Said[];
}

/** Two entries on the Sunday after a week, of its people; in the second one, from the second week on, of weeks before, too, few or many. */
function arrivals(seed: number): readonly Arrival[] {
  const chance = random(seed);
  const many = (n: number, week: number): readonly Said[] => Array.from({ length: n }, () => saidIn(week, chance));
  const late = [1, 3, 9, 60];
  const weeks = Array.from({ length: WEEKS }, (_, week): readonly Arrival[] => {
    const at = (hour: number): Window => windowOf(`${plusDays(FIRST, 7 * week + 7)}T${hour}`);
    const before = Array.from({ length: week }, (_each, w) => many(late[Math.floor(chance() * late.length)] ?? 0, w));
    return [
      { window: at(11), said: many(10 + Math.floor(chance() * 60), week) },
      { window: at(18), said: [...many(10 + Math.floor(chance() * 60), week), ...before.flat()] },
    ];
  });
  // The last week is over when somebody of the next one comes.
  const next = { window: windowOf(`${plusDays(FIRST, 7 * WEEKS + 2)}T12`), said: many(1, WEEKS) };
  // A year later somebody finds what was never sent.
  const found = { window: windowOf('2022-08-01T12'), said: [0, 1, 2, 3, 4].flatMap((w) => many(1 + w * 20, w)) };
  return [...weeks.flat(), next, found, { window: windowOf('2022-08-02T12'), said: many(1, 2) }];
}

/** What all pages show of every group of every week after each arrival. */
async function looks(all: readonly Arrival[]): Promise<readonly ReadonlyMap<string, Counts>[]> {
  const memory = openMemoryLake();
  const ports = await memory.process();
  const lake = await openLakeOfPages(ports, ports.log, { everyMs: 1 });
  try {
    // Somebody has the page open: it follows.
    lake.onChange(() => undefined);
    const seen: ReadonlyMap<string, Counts>[] = [];
    for (const [step, { window, said }] of all.entries()) {
      const messages = said.map(({ body }, i) => ({
        id: `desk:${step}:${i}`,
        receivedAt: windowStart(window),
        headers: {},
        body: new TextEncoder().encode(JSON.stringify(body)),
      }));
      await writeRaw(memory.store, 'desk', windowStart(window), messages);
      await runWindow(ports, { source: 'desk', window });
      await until(() => lake.state().versions['desk'] === step, 20);
      const shown = new Map<string, Counts>();
      for (const figure of HEALTH)
        for (let week = 0; week < WEEKS; week += 1) {
          const days = { from: plusDays(FIRST, 7 * week), to: plusDays(FIRST, 7 * week + 6) };
          for (const row of (await lake.answer(figure, days)).rows) {
            const counts = countsOf(row);
            if (counts !== null) shown.set(`${week} ${groupOf(row)}`, counts);
          }
        }
      seen.push(shown);
    }
    return seen;
  } finally {
    await lake.close();
    memory.close();
  }
}

describe.each([1, 2, 3])('people of seed %d', (seed) => {
  const all = arrivals(seed);
  let seen: Awaited<ReturnType<typeof looks>>;
  beforeAll(async () => {
    seen = await looks(all);
  });

  test('two looks differ by nobody or by five people and more', () => {
    expect(seen.at(-1)?.size).toBeGreaterThan(20);
    const cells = [...truthOf(all.flatMap(({ said }) => said)).keys()];
    const nothing: Counts = [0, 0];
    let changes = 0;
    for (const [later, now] of seen.entries())
      for (const before of [new Map<string, Counts>(), ...seen.slice(0, later)])
        for (const cell of cells) {
          const [was, is] = [before.get(cell) ?? nothing, now.get(cell) ?? nothing];
          const by = [is[0] - was[0], is[1] - was[1]];
          if (by.some((n) => n !== 0)) changes += 1;
          expect([cell, later, by, by.some((n) => n < 0 || isSmall(n))]).toEqual([cell, later, by, false]);
        }
    expect(changes).toBeGreaterThan(20);
  });

  test('no count that an entry brought late follows from all looks together', () => {
    const brought = all.map(({ said }) => truthOf(said));
    const cells = [...new Set(brought.flatMap((truth, step) => [...truth.keys()].map((cell) => `${step} ${cell}`)))];
    const equations: (readonly number[])[] = [];
    const equation = (of: (cell: string) => number, side: 0 | 1): void => {
      const zeros = cells.map(() => 0);
      equations.push(side === 0 ? [...cells.map(of), ...zeros] : [...zeros, ...cells.map(of)]);
    };
    const sides = [0, 1] as const;
    // That the groups of what an entry brought of a week add up to all of it is known to everybody.
    for (const [step] of all.entries())
      for (let week = 0; week < WEEKS; week += 1)
        for (const dimension of ['sex', 'age'])
          for (const side of sides) {
            const [whole, part] = [`${step} ${week} all `, `${step} ${week} ${dimension} `];
            equation((cell) => (cell === whole ? -1 : cell.startsWith(part) ? 1 : 0), side);
          }
    const known = new Set<string>();
    for (const [step, now] of seen.entries())
      for (const [cell, is] of now) {
        const was = seen[step - 1]?.get(cell) ?? [0, 0];
        // What a figure grew by came with this entry, or with all the entries on time; an attacker is told which.
        const late = brought[step]?.get(cell) ?? [0, 0];
        if (is[0] === was[0] && is[1] === was[1]) continue;
        const isLate = sides.every((side) => is[side] - was[side] === late[side]);
        const [week = 0] = cell.split(' ', 1).map(Number);
        const steps = isLate ? [step] : [2 * week, 2 * week + 1];
        const names = new Set(steps.map((one) => `${one} ${cell}`));
        for (const name of names) known.add(name);
        for (const side of sides) {
          const sum = steps.reduce((total, one) => total + (brought[one]?.get(cell)?.[side] ?? 0), 0);
          expect([cell, step, is[side] - was[side]]).toEqual([cell, step, sum]);
          equation((one) => (names.has(one) ? 1 : 0), side);
        }
      }
    const isDetermined = determinedBy(equations);
    let secrets = 0;
    for (const name of cells) {
      const [step = 0] = name.split(' ', 1).map(Number);
      const counts = brought[step]?.get(name.slice(name.indexOf(' ') + 1)) ?? [0, 0];
      for (const side of sides) {
        if (!isSmall(counts[side]) || known.has(name)) continue;
        secrets += 1;
        const wanted = sides.flatMap((other) => cells.map((one) => (one === name && other === side ? 1 : 0)));
        expect([name, side, isDetermined(wanted)]).toEqual([name, side, false]);
      }
    }
    expect(secrets).toBeGreaterThan(10);
  });
});
