import { expect, test } from '@jest/globals';
import { mapSome } from '../../src/domain/some.ts';

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('answers are in the items’ order, and no more than some are at work', async () => {
  let [working, most] = [0, 0];
  const answers = await mapSome([5, 1, 4, 2, 3, 0], 3, async (ticks) => {
    working += 1;
    most = Math.max(most, working);
    for (let i = 0; i < ticks; i += 1) await tick();
    working -= 1;
    return ticks * 10;
  });
  expect(answers).toEqual([50, 10, 40, 20, 30, 0]);
  expect(most).toBe(3);
  expect(await mapSome([], 3, tick)).toEqual([]);
});

test('after a failure nothing begins, and what had begun ends before it is thrown', async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const work = async (n: number): Promise<void> => {
    begun.push(n);
    await tick();
    if (n === 1) throw new Error('the first');
    await tick();
    if (n === 2) throw new Error('the second');
    ended.push(n);
  };
  await expect(mapSome([0, 1, 2, 3, 4], 3, work)).rejects.toThrow('the first');
  expect(begun).toEqual([0, 1, 2]);
  expect(ended).toEqual([0]);
});
