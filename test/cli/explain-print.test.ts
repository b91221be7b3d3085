/** How explain writes what it found. */
import { expect, test } from '@jest/globals';
import { noticed } from '../../src/cli/explain/print.ts';

test('what was noticed many times of a message is said once, with how often', () => {
  const unknown = { field: 'services', code: 'unknown_value' };
  const issues = [{ field: 'date', code: 'ahead_of_receipt' }, ...Array.from({ length: 100 }, () => unknown)];
  expect(noticed(issues)).toBe('date ahead_of_receipt, services unknown_value (100 times)');
});
