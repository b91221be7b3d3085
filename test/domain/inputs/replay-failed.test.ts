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
  expect(readReplayFailedInput({ after: 'desk/2026-11-22T03' })).toEqual({ after: window });
});

test.each([
  [{ windows: [] }],
  [{ windows: ['2026-11-22T03'] }],
  [{ windows: ['fax/2026-11-22T03'] }],
  [{ windows: Array.from({ length: 301 }, () => 'desk/2026-11-22T03') }],
])('%j is refused with a sample', (input) => {
  expect(fault(() => readReplayFailedInput(input))).toMatch(/list of 1 to 300 windows.*Sample: /);
});

test.each([
  [{ after: '2026-11-22T03' }, /window with its source/],
  [{ after: 'desk/2026-11-22T03', source: 'telegram' }, /a window of "source"/],
  [{ after: 'desk/2026-11-22T03', windows: ['desk/2026-11-22T04'] }, /not both/],
])('%j is refused', (input, why) => {
  expect(fault(() => readReplayFailedInput(input))).toMatch(why);
});

test('a source and windows contradict each other', () => {
  expect(fault(() => readReplayFailedInput({ source: 'desk', windows: ['desk/2026-11-22T03'] }))).toMatch(/not both/);
});
