import { describe, expect, test } from '@jest/globals';
import { type Change, applyRules } from '../../src/domain/fix.ts';
import { wallClockAs } from '../../src/domain/rules/wall-clock.ts';

const WHY = { reason: 'invalid_date', field: 'date' };
const by = (path: string, change: Change, body: string): string => applyRules([{ path, change }], WHY, body);

describe('a rule', () => {
  test.each<[string, string, Change, string, string]>([
    ['sets a field that is not there', 'b', { kind: 'set', value: 1 }, '{"a":1}', '{"a":1,"b":1}'],
    ['replaces one value', 'a', { kind: 'replace', from: 'x', to: null }, '{"a":"x"}', '{"a":null}'],
    ['leaves another', 'a', { kind: 'replace', from: 'x', to: null }, '{"a": "y"}', '{"a": "y"}'],
    [
      'reaches into objects and lists',
      'a.1.b',
      { kind: 'regex', pattern: '^(\\d),(\\d)$', with: '$1.$2' },
      '{"a":[0,{"b":"1,5"}]}',
      '{"a":[0,{"b":"1.5"}]}',
    ],
    ['renames in place', 'a', { kind: 'rename', to: 'z' }, '{"a":1,"b":2}', '{"z":1,"b":2}'],
    ['does not rename onto a field', 'a', { kind: 'rename', to: 'b' }, '{"a":1,"b":2}', '{"a":1,"b":2}'],
    ['removes', 'a', { kind: 'remove' }, '{"a":1,"b":2}', '{"b":2}'],
    ['leaves a path that leads nowhere', 'a.b.c', { kind: 'remove' }, '{"a": 1}', '{"a": 1}'],
    ['patches text that is no JSON', '', { kind: 'regex', pattern: ',$', with: '}' }, '{"a":1,', '{"a":1}'],
    ['leaves what is no JSON', 'a', { kind: 'remove' }, '{"a":1,', '{"a":1,'],
    ['adds no prototype', '__proto__', { kind: 'set', value: 1 }, '{}', '{"__proto__":1}'],
  ])('%s', (_, path, change, body, expected) => {
    expect(by(path, change, body)).toBe(expected);
  });

  test('is for its verdict only, and rules follow each other', () => {
    const change = { kind: 'set', value: 2 } as const;
    expect(applyRules([{ reason: 'wrong_type', path: 'a', change }], WHY, '{"a":1}')).toBe('{"a":1}');
    expect(
      applyRules(
        [
          { ...WHY, path: 'a', change },
          { path: 'a', change: { kind: 'rename', to: 'b' } },
        ],
        WHY,
        '{"a":1}',
      ),
    ).toBe('{"b":2}');
  });
});

test.each([
  ['2021-08-02T10:11', 'yyyy-MM-ddTHH:mm', 'dd/MM/yyyy HH:mm:ss', '02/08/2021 10:11:00'],
  ['02.08.2021', 'dd.MM.yyyy', 'yyyy-MM-dd', '2021-08-02'],
  ['02x08x2021', 'dd.MM.yyyy', 'yyyy-MM-dd', undefined],
])('%s, written %s', (text, from, to, expected) => {
  expect(wallClockAs(text, from, to)).toBe(expected);
});
