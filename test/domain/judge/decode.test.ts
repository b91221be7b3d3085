/** The decoder accepts what JSON.parse accepts, minus a short list of refusals, and never throws. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { REASONS, REASONS_PT } from '../../../src/domain/counts.ts';
import { MAX_BODY_LENGTH, MAX_DEPTH, decodeBody } from '../../../src/domain/judge/decode.ts';

/** What the contract calls its fields. */
const NAMES = new Set(['a', 'b', 'c']);

const refusal = (body: string | undefined): string => {
  const decoded = decodeBody(body, '', NAMES);
  return decoded.ok ? 'accepted' : `${decoded.reason} ${decoded.field}`.trim();
};

const nested = (open: string, close: string, depth: number): string => open.repeat(depth) + close.repeat(depth);

test('the reason of an empty body names what ActiveMQ sends so, in both languages', () => {
  for (const text of [REASONS.empty_body, REASONS_PT.empty_body])
    for (const kind of ['Map', 'Object', 'Stream']) expect(text).toContain(kind);
});

describe('every reason', () => {
  test.each([
    [undefined, 'not_utf8'],
    ['', 'empty_body'],
    [' \t\r\n', 'empty_body'],
    ['\uFEFF', 'empty_body'],
    [`"${'x'.repeat(MAX_BODY_LENGTH)}"`, 'too_large'],
    ['{', 'invalid_json'],
    ['{"a":1,}', 'invalid_json'],
    ['NaN', 'invalid_json'],
    ['{"a":1}{"a":1}', 'invalid_json'],
    [nested('[', ']', MAX_DEPTH + 1), 'too_deep'],
    ['{"a":1,"a":1}', 'duplicate_key $.a'],
    ['{"a":1,"\\u0061":1}', 'duplicate_key $.a'],
    ['{"b":[0,{"c":{"a":1,"a":1}}]}', 'duplicate_key $.b[].c.a'],
    ['{"__proto__":{}}', 'forbidden_key $.__proto__'],
    ['{"a":{"constructor":1}}', 'forbidden_key $.a.constructor'],
    ['[{"prototype":1}]', 'forbidden_key $[].prototype'],
    ['{"a":"\\ud83d"}', 'lone_surrogate $.a'],
    ['{"a":["\\ude0a\\ud83d"]}', 'lone_surrogate $.a[]'],
    ['{"\\ud83d":1}', 'lone_surrogate $'],
    ['{"a":"x\\u0000y"}', 'control_character $.a'],
    ['{"\\u0000":1}', 'control_character $'],
  ])('%j', (body, expected) => {
    expect(refusal(body)).toBe(expected);
  });

  test('a path names fields of the contract only: any other key may be a person', () => {
    expect(refusal('{"123.456.789-09":1,"123.456.789-09":2}')).toBe('duplicate_key $.*');
    expect(refusal('{"João da Silva":{"a":"\\ud83d"}}')).toBe('lone_surrogate $.*.a');
    expect(refusal('{"\\ud83d":1,"\\ud83d":2}')).toBe('duplicate_key $.*');
    expect(refusal('{"cpf_39053344705":1,"cpf_39053344705":2}')).toBe('duplicate_key $.*');
    expect(refusal('{"maria_da_silva":{"a":"\\ud83d"}}')).toBe('lone_surrogate $.*.a');
  });
});

describe('what is accepted', () => {
  test.each([
    '{}',
    '[]',
    'null',
    '"x"',
    '-0',
    '1e999',
    '\uFEFF{"a":1}',
    ' \r\n\t{"a":1}\n',
    '{"a":{"b":1},"b":{"a":1}}',
    '[{"a":1},{"a":1}]',
    '{"a":"a","b":"a"}',
    '{"a":"{\\"a\\":1,\\"a\\":1}"}',
    '{"toString":1,"hasOwnProperty":2}',
    '{"a":"\\ud83d\\ude0a 😊 \\u2028"}',
    nested('[', ']', MAX_DEPTH),
  ])('%j', (body) => {
    expect(refusal(body)).toBe('accepted');
  });
});

describe('hostile sizes', () => {
  test('five million brackets are refused at once', () => {
    expect(refusal('['.repeat(5_000_000))).toBe('too_large');
    expect(refusal(nested('{"a":', '}', 5_000_000))).toBe('too_large');
  });

  test('time grows with the length, whatever the body is made of', () => {
    const shapes: readonly ((n: number) => string)[] = [
      (n) => '['.repeat(n),
      (n) => `"${'\\n'.repeat(n / 2)}"`,
      (n) => `"${'\\'.repeat(n)}`,
      (n) => `{"a":1${' '.repeat(n)}}`,
      (n) => `[${'"",'.repeat(n / 3)}""]`,
      (n) => `{"a"${' '.repeat(n)}:1}`,
      (n) => `{${Array.from({ length: n / 10 }, (_, i) => `"k${i}":1`).join(',')}}`,
      (n) => `${`{"${'k'.repeat(n / 70)}":`.repeat(60)}1${'}'.repeat(60)}`,
    ];
    for (const shape of shapes) {
      const body = shape(1_000_000);
      const start = process.cpuUsage();
      decodeBody(body);
      const { user, system } = process.cpuUsage(start);
      // Of the processor: a quadratic scan of a million characters takes minutes of it.
      expect((user + system) / 1_000_000).toBeLessThan(10);
    }
  });
});

/** JSON.parse as the specification has it, and the refusals found in its value instead of its text. */
function expected(body: string): string {
  const text = body.startsWith('\uFEFF') ? body.slice(1) : body;
  if (text.trim() === '') return 'empty_body';
  let hasTwins = false;
  try {
    JSON.parse(text);
    hasTwins = countKeys(JSON.parse(text)) !== keysInText(text);
  } catch {
    return 'invalid_json';
  }
  return hasTwins ? 'refused' : isRefused(JSON.parse(text)) ? 'refused' : 'accepted';
}

/** Keys of a value; `__proto__` written in JSON is an own key too. */
const countKeys = (value: unknown): number =>
  typeof value !== 'object' || value === null
    ? 0
    : Object.entries(value).reduce(
        (sum, [, child]) => sum + countKeys(child),
        Array.isArray(value) ? 0 : Object.keys(value).length,
      );

/** Keys written in the text: strings that a colon follows. */
const keysInText = (text: string): number =>
  [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/gs)].filter(([, colon]) => colon).length;

function isRefused(value: unknown, depth = 1): boolean {
  if (typeof value === 'string') return value.includes('\0') || !Buffer.from(value).toString().includes(value);
  if (typeof value !== 'object' || value === null) return false;
  if (depth > MAX_DEPTH) return true;
  return Object.entries(value).some(
    ([key, child]) =>
      ['__proto__', 'constructor', 'prototype'].includes(key) || isRefused(key) || isRefused(child, depth + 1),
  );
}

describe('as a property', () => {
  const verdict = (body: string): string => {
    const decoded = decodeBody(body);
    if (decoded.ok) return 'accepted';
    return decoded.reason === 'invalid_json' || decoded.reason === 'empty_body' ? decoded.reason : 'refused';
  };
  const oddText = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('__proto__', 'constructor', 'a', 'b', '\ud83d', '\0', '"', '\\'),
  );
  const value = fc.jsonValue({ maxDepth: 6 });
  const written = fc.oneof(
    value.map((v) => JSON.stringify(v)),
    fc.json({ depthSize: 'large' }),
    fc
      .array(fc.tuple(oddText, value), { maxLength: 5 })
      .map((pairs) => `{${pairs.map(([key, v]) => `${JSON.stringify(key)} :${JSON.stringify(v)}`).join(',')}}`),
    fc.string(),
    fc
      .array(fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', 'a', '1', ' ', 'null', '\\u0000', '\\ud800'), {
        maxLength: 24,
      })
      .map((parts) => parts.join('')),
  );

  test('it accepts exactly what JSON.parse accepts, minus the refusals, with the same value', () => {
    fc.assert(
      fc.property(written, (body) => {
        expect(verdict(body)).toBe(expected(body));
        const decoded = decodeBody(body);
        if (decoded.ok) expect(decoded.value).toEqual(JSON.parse(body.replace(/^\uFEFF/, '')));
      }),
      { numRuns: 3_000 },
    );
  });

  test('it never throws on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (body) => {
        expect(typeof decodeBody(body).ok).toBe('boolean');
      }),
      { numRuns: 2_000 },
    );
  });
});
