/**
 * Health figures asked in every way a page can ask, over lakes of few people: no hidden cell of fewer than five follows from all the answers
 * together, by adding and subtracting days, weeks, ranges, groups and channels. No server.
 */
import { expect, test } from '@jest/globals';
import { openLakeOfPages } from '../../src/dashboard/lake.ts';
import { plusDays } from '../../src/dashboard/page/lib/days.ts';
import type { Cells, Figure } from '../../src/domain/kpi/figures/figure.ts';
import { FIGURES } from '../../src/domain/kpi/figures/index.ts';
import { windowStart } from '../../src/domain/window.ts';
import { writeRaw } from '../../src/lake/raw.ts';
import { runWindow } from '../integration/run-window.ts';
import { random } from '../support/desk-lines.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { determinedBy } from '../support/determined.ts';
import {
  CHANNELS,
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

/** What few people say in some weeks: in some of them nearly nobody, in others just enough. */
function conversations(seed: number): readonly Said[] {
  const next = random(seed);
  return Array.from({ length: WEEKS }, (_, week) =>
    Array.from({ length: [4, 60, 25, 90, 12][(week + seed) % WEEKS] ?? 0 }, () => saidIn(week, next)),
  ).flat();
}

/** The answers to every question about days of these weeks, a figure's own small counts apart. */
async function askAll(said: readonly Said[], use: (answers: Answers) => void | Promise<void>): Promise<void> {
  const memory = openMemoryLake();
  const ports = await memory.process();
  const window = windowAfter(0);
  const messages = said.map(({ body }, i) => ({
    id: `desk:${i}`,
    receivedAt: windowStart(window),
    headers: {},
    body: new TextEncoder().encode(JSON.stringify(body)),
  }));
  await writeRaw(memory.store, 'desk', windowStart(window), messages);
  await runWindow(ports, { source: 'desk', window });
  const lake = await openLakeOfPages(ports, ports.log, { everyMs: 2 ** 31 - 1 });
  try {
    await use(async (figure, from, to, channel) => {
      const days = { from: plusDays(FIRST, from), to: plusDays(FIRST, to) };
      return (await lake.answer(figure, { ...days, ...(channel === undefined ? {} : { channel }) })).rows;
    });
  } finally {
    await lake.close();
    memory.close();
  }
}
type Answers = (figure: Figure, from: number, to: number, channel?: string) => Promise<readonly Cells[]>;

test('there are health figures, and no other figure reads what is asked of health', () => {
  expect(HEALTH.map(({ id }) => id)).toEqual(['desk_symptoms', 'desk_positivity']);
  for (const { id, smallCells, sql } of FIGURES.values())
    if (smallCells !== 'health')
      expect([id, /headache|symptoms|covid/.test(sql({ from: FIRST, to: FIRST, channel: 'whatsapp' }))]).toEqual([
        id,
        false,
      ]);
});

test.each([1, 2, 3])('nothing hidden follows from all answers together (people of seed %d)', async (seed) => {
  const said = conversations(seed);
  const truth = truthOf(said);
  await askAll(said, async (ask) => {
    // What a single week shows is what is shown of it anywhere.
    const shown = new Set<string>();
    for (const figure of HEALTH)
      for (let week = 0; week < WEEKS; week += 1)
        for (const row of await ask(figure, 7 * week, 7 * week + 6)) {
          const counts = countsOf(row);
          if (counts === null) continue;
          const cell = `${week} ${groupOf(row)}`;
          expect([cell, counts]).toEqual([cell, truth.get(cell)]);
          expect([cell, counts.some(isSmall)]).toEqual([cell, false]);
          shown.add(cell);
        }
    const equations = new Map<string, readonly number[]>();
    const cells = [...truth.keys()];
    const equation = (yes: (cell: string) => number, no: (cell: string) => number): void => {
      const row = [...cells.map(yes), ...cells.map(no)];
      equations.set(row.join(), row);
    };
    // That a week's groups of a dimension add up to the week is known to everybody.
    for (let week = 0; week < WEEKS; week += 1)
      for (const dimension of ['sex', 'age']) {
        const sum = (cell: string): number =>
          cell === `${week} all ` ? -1 : cell.startsWith(`${week} ${dimension} `) ? 1 : 0;
        equation(sum, () => 0);
        equation(() => 0, sum);
      }
    for (const figure of HEALTH)
      for (let from = 0; from < 7 * WEEKS; from += 3)
        for (let to = from; to < 7 * WEEKS; to += 2)
          for (const row of await ask(figure, from, to)) {
            const counts = countsOf(row);
            if (counts === null) continue;
            const weeks = figure.columns.some(({ name }) => name === 'week') ? undefined : [from, to];
            const isPart = (cell: string): boolean => {
              const [week = 0] = cell.split(' ', 1).map(Number);
              if (cell.slice(cell.indexOf(' ') + 1) !== groupOf(row) || !shown.has(cell)) return false;
              return weeks === undefined
                ? weekOf(row) === week
                : week >= Math.floor(from / 7) && week <= Math.floor(to / 7);
            };
            const parts = cells.filter(isPart);
            // Everything an answer counts is shown of single weeks, too: it adds nothing to subtract.
            const sums = parts.map((cell) => truth.get(cell) ?? [0, 0]);
            expect(counts).toEqual([0, 1].map((side) => sums.reduce((sum, pair) => sum + (pair[side] ?? 0), 0)));
            equation(
              (cell) => (isPart(cell) ? 1 : 0),
              () => 0,
            );
            equation(
              () => 0,
              (cell) => (isPart(cell) ? 1 : 0),
            );
          }
    const secrets = cells.filter((cell) => !shown.has(cell) && (truth.get(cell) ?? []).some(isSmall));
    expect(secrets.length).toBeGreaterThan(3);
    const isDetermined = determinedBy([...equations.values()]);
    for (const cell of secrets)
      for (const [side, people] of (truth.get(cell) ?? []).entries()) {
        if (!isSmall(people)) continue;
        const wanted = [0, 1].flatMap((other) => cells.map((one) => (one === cell && other === side ? 1 : 0)));
        expect([cell, side, isDetermined(wanted)]).toEqual([cell, side, false]);
      }
  });
});

/** The week of a row that names one, counted from the first. */
const weekOf = (row: Cells): number => Number(String(row['week']).split('SE')[1]) - FIRST_EPI_WEEK;
const FIRST_EPI_WEEK = 31;

test('a channel, a day and a part of a week are answered as the whole weeks over all channels', async () => {
  await askAll(conversations(2), async (ask) => {
    for (const figure of HEALTH) {
      const whole = await ask(figure, 7, 20);
      expect(await ask(figure, 13, 14)).toEqual(whole);
      for (const channel of CHANNELS) expect(await ask(figure, 7, 20, channel)).toEqual(whole);
    }
  });
});
