/** A message is shown, never obeyed. */
import { expect, test } from '@jest/globals';
import { printable } from '../../src/cli/printable.ts';

test.each([
  ['a window title', '\u001b]0;pwned\u0007', '\\u001b]0;pwned\\u0007'],
  ['a link', '\u001b]8;;http://x\u001b\\x', '\\u001b]8;;http://x\\u001b\\x'],
  ['colours and the cursor', '\u001b[31m\u001b[2J\r', '\\u001b[31m\\u001b[2J\\u000d'],
  ['the same by C1', '\u009b31m\u009d0;x\u009c', '\\u009b31m\\u009d0;x\\u009c'],
  ['a backspace and a NUL', 'a\b\u0000', 'a\\u0008\\u0000'],
  ['another order of writing', 'a\u202eb\u2066c\u200fd', 'a\\u202eb\\u2066c\\u200fd'],
])('%s is seen', (_, text, shown) => expect(printable(text)).toBe(shown));

test('words of any language, emoji, tabs and lines stay as they are', () => {
  const text = 'João\t日本語 שלום مرحبا 👩‍⚕️ é\nline';
  expect(printable(text)).toBe(text);
});

test('JSON stays JSON, of the same value', () => {
  const value = { text: 'a\u001b\u009b\u202e"\\\u2028' };
  expect(JSON.parse(printable(JSON.stringify(value)))).toEqual(value);
});
