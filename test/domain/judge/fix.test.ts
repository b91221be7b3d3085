import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Change, type Encoding, applyRules } from '../../../src/domain/judge/fix.ts';
import { readRuleFile } from '../../../src/cli/quarantine/rule-file.ts';
import { wallClockAs } from '../../../src/domain/judge/rules/wall-clock.ts';

const WHY = { reason: 'invalid_date', field: 'date' };
const by = (path: string, change: Change, body: string | Uint8Array): string | undefined =>
  applyRules([{ path, change }], WHY, body);

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

  test.each<[Encoding, readonly number[], string | undefined]>([
    ['iso-8859-1', [0x22, 0xe7, 0xe3, 0x6f, 0x80, 0x22], '"ção\u0080"'],
    ['windows-1252', [0x22, 0xe7, 0xe3, 0x6f, 0x80, 0x22], '"ção€"'],
    ['utf-16le', [0xff, 0xfe, 0x22, 0, 0xe7, 0, 0x22, 0], '"ç"'],
    ['utf-16be', [0xfe, 0xff, 0, 0x22, 0, 0xe7, 0, 0x22], '"ç"'],
    ['utf-16le', [0x22, 0, 0xe7], undefined],
  ])('says that bytes are %s', (encoding, bytes, expected) => {
    expect(by('', { kind: 'decode', encoding }, Uint8Array.from(bytes))).toBe(expected);
  });

  test('decodes first, and only what is no text', () => {
    const rules = [
      { path: 'a', change: { kind: 'set', value: 2 } },
      { path: '', change: { kind: 'decode', encoding: 'iso-8859-1' } },
    ] as const;
    expect(applyRules(rules, WHY, Buffer.from('{"a":"\xe7"}', 'latin1'))).toBe('{"a":2}');
    expect(applyRules(rules, WHY, '{"b":"ç"}')).toBe('{"b":"ç","a":2}');
    expect(applyRules(rules.slice(0, 1), WHY, Buffer.from('{"a":"\xe7"}', 'latin1'))).toBeUndefined();
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

describe('the rule files of docs/operate.md', () => {
  const files = [...readFileSync('docs/operate.md', 'utf8').matchAll(/```json\n(\{"source"[^]*?)\n```/g)].map(
    ([, text]) => {
      const path = join(mkdtempSync(join(tmpdir(), 'chatlake-rules-')), 'rules.json');
      writeFileSync(path, text ?? '');
      return readRuleFile(path);
    },
  );
  const rules = files.flatMap((file) => file.rules);
  const json = { reason: 'invalid_json', field: '' };

  test.each<[string, { reason: string; field: string }, string | Uint8Array, string]>([
    ['another date', WHY, '{"date":"2021-08-02 10:11:12"}', '{"date":"02/08/2021 10:11:12"}'],
    ['str(dict)', json, "{'date': '02/08/2021', 'sex': None}", '{"date": "02/08/2021", "sex": null}'],
    ['another escape', json, '{"text":"a\\x0Bb"}', '{"text":"a\\u000Bb"}'],
    ['Latin-1', { reason: 'not_utf8', field: '' }, Buffer.from('{"a":"ção"}', 'latin1'), '{"a":"ção"}'],
  ])('mend %s', (_, why, body, expected) => {
    expect(files.length).toBe(2);
    expect(applyRules(rules, why, body)).toBe(expected);
  });
});

test('a rule file may begin with the mark that editors of Windows put there', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'chatlake-rules-')), 'rules.json');
  const rules = [{ path: 'a', change: { remove: true } }];
  writeFileSync(path, `\uFEFF${JSON.stringify({ source: 'desk', rules })}`);
  expect(readRuleFile(path).rules).toEqual([{ path: 'a', change: { kind: 'remove' } }]);
});
