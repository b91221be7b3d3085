/** A process whose clock is not the store's takes nothing in. */
import { expect, test } from '@jest/globals';
import { checkClock, withClockCheck } from '../../../src/adapters/object-store/clock.ts';
import { createMemoryStore } from '../../../src/adapters/object-store/memory.ts';
import { SetupError } from '../../../src/domain/errors.ts';

const RAW = 'raw/source=desk/date=2026-11-22/hour=03/1-1-x.ndjson.gz';
const BODY = new Uint8Array([1]);

test.each([
  [-61_500, /is 6[12] s behind that of the store/],
  [61_500, /is 6[12] s ahead of that of the store/],
  [400 * 86_400_000, /ahead of that of the store .*nothing is acknowledged.*set it right/],
])('a clock that is off by %d ms is refused in a sentence', async (offMs, sentence) => {
  const store = createMemoryStore();
  const checked = checkClock(store, () => Date.now() + offMs);
  await expect(checked).rejects.toThrow(SetupError);
  await expect(checked).rejects.toThrow(sentence);
  for await (const { key } of store.list('')) throw new Error(`${key} was left behind`);
});

test.each([-58_000, 0, 58_000])('one that is off by %d ms is not', async (offMs) => {
  await checkClock(createMemoryStore(), () => Date.now() + offMs);
});

test('raw objects are refused while the clocks are apart, and taken as soon as they agree; nothing else is', async () => {
  let offMs = 0;
  let puts = 0;
  const memory = createMemoryStore();
  const counted = { ...memory, put: (...args: Parameters<typeof memory.put>) => ((puts += 1), memory.put(...args)) };
  const store = withClockCheck(counted, () => Date.now() + offMs);
  const put = (key: string) => store.put(key, BODY, { ifAbsent: true });
  await put(`${RAW}1`);
  await put(`${RAW}2`);
  expect(puts).toBe(3); // one look for both
  offMs = 7_200_000;
  await expect(put(`${RAW}3`)).rejects.toThrow(SetupError);
  await expect(put(`${RAW}3`)).rejects.toThrow(SetupError);
  expect(await memory.head(`${RAW}3`)).toBeUndefined();
  await put('staging/x');
  offMs = 0;
  expect(await put(`${RAW}3`)).toBe('stored');
  offMs = -7_200_000;
  await expect(put(`${RAW}4`)).rejects.toThrow(SetupError);
});
