/** Items of a response keep the bytes they came with. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { splitResult } from '../../../src/adapters/telegram/split-items.ts';

const split = (text: string): string[] =>
  splitResult(Buffer.from(text)).map((item) => Buffer.from(item).toString('utf8'));

describe('the items of a result', () => {
  test.each([
    ['{"ok":true,"result":[]}', []],
    ['{"ok":true,"result":[ ]}', []],
    ['{"ok":true,"result":[{"a":1},\n{"b":[2,{"result":[3]}]}]}', ['{"a":1}', '{"b":[2,{"result":[3]}]}']],
    ['{"x":{"result":[9]},"result" : [ 1 , "a,]\\"" , null ] , "y":[8]}', ['1', '"a,]\\""', 'null']],
    ['{"y":"result","z":["result"],"result":[{"é\\u00e9":1.0e3}]}', ['{"é\\u00e9":1.0e3}']],
  ])('of %s', (text, items) => expect(split(text)).toEqual(items));

  test('are not there when the result is no array', () => {
    expect(() => split('{"ok":true,"result":true}')).toThrow(/not an array/);
  });

  test('are those a parser sees, whatever they hold and however they are spaced', () => {
    const spacing = fc.constantFrom('', ' ', '\n', '\t \r\n');
    const property = fc.property(
      fc.array(fc.jsonValue()),
      fc.jsonValue(),
      spacing,
      fc.nat(3),
      (items, beside, blank, indent) => {
        const texts = items.map((item) => JSON.stringify(item, null, indent));
        const whole = `{"ok":true,"result"${blank}:${blank}[${blank}${texts.join(`${blank},${blank}`)}${blank}]${blank},"x":${JSON.stringify(beside)}}`;
        expect(split(whole)).toEqual(texts);
      },
    );
    fc.assert(property, { numRuns: 300 });
  });
});
