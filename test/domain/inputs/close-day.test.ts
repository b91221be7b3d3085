import { expect, test } from '@jest/globals';
import { readCloseDayInput } from '../../../src/domain/inputs/close-day.ts';
import { fault } from './fault.ts';

test('a day, or nothing where a schedule says when', () => {
  expect(readCloseDayInput({ day: '2026-11-21', source: '' }, false)).toEqual({ day: '2026-11-21' });
  expect(readCloseDayInput(undefined, true)).toEqual({});
  expect(fault(() => readCloseDayInput({}, false))).toMatch(/"day" is needed.*Allowed fields: day, source/);
  expect(fault(() => readCloseDayInput({ day: '2026-02-30' }, true))).toMatch(/a day that exists/);
});
