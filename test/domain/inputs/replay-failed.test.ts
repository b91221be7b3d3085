import { expect, test } from '@jest/globals';
import { readReplayFailedInput } from '../../../src/domain/inputs/replay-failed.ts';
import { fault } from './fault.ts';

test('windows by the names that lists and workflow ids use', () => {
  const window = { source: 'desk', window: '2026-11-22T03' };
  expect(readReplayFailedInput({ windows: ['desk/2026-11-22T03', 'etl/desk/2026-11-22T03'] })).toEqual({
    windows: [window, window],
  });
  expect(readReplayFailedInput(null)).toEqual({});
  expect(readReplayFailedInput({ source: 'telegram' })).toEqual({ source: 'telegram' });
});

test.each([
  [{ windows: [] }],
  [{ windows: ['2026-11-22T03'] }],
  [{ windows: ['fax/2026-11-22T03'] }],
  [{ windows: Array.from({ length: 301 }, () => 'desk/2026-11-22T03') }],
])('%j is refused with a sample', (input) => {
  expect(fault(() => readReplayFailedInput(input))).toMatch(/list of 1 to 300 windows.*Sample: /);
});

test('a source and windows contradict each other', () => {
  expect(fault(() => readReplayFailedInput({ source: 'desk', windows: ['desk/2026-11-22T03'] }))).toMatch(/not both/);
});
