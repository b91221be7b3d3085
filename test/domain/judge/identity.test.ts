/** Who a message is: bytes that two different messages never share, and a claim key that is a frozen function of them. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { claimKey, identityBytes, ownIdentity, transportIdOf } from '../../../src/domain/judge/identity.ts';

const joined = (parts: readonly (string | Uint8Array)[]): string =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string))).toString('latin1');

test('the bytes tell the id and the discriminator apart, for ids without a line feed, as text or as bytes', () => {
  const anyId = fc.string().filter((id) => !id.includes('\n'));
  fc.assert(
    fc.property(anyId, fc.string(), anyId, fc.string(), (idA, a, idB, b) => {
      const same = idA === idB && a === b;
      expect(joined(identityBytes(idA, a)) === joined(identityBytes(idB, b))).toBe(same);
      expect(joined(identityBytes(idA, new TextEncoder().encode(a)))).toBe(joined(identityBytes(idA, a)));
    }),
  );
});

test('without an id a message is its place', () => {
  expect(ownIdentity('raw/a', 1)).toEqual(['raw/a\n1']);
  expect(ownIdentity('raw/a', 11)).not.toEqual(ownIdentity('raw/a', 1));
});

describe('a claim key', () => {
  test.each([
    ['{"date":"02/08/2021 11:35:42"}', '20210802'],
    ['{ "date" \t:\n "31/12/9999"', '99991231'],
    ['{"date": "99/99/0000"', '00009999'],
    ['{"x":{"date":"02/08/2021"},"date":"03/08/2021"}', '20210802'],
    ['{"date":"2021-08-02"}', 'ab'],
    ['{"datum":"02/08/2021"}', 'ab'],
    ['not JSON', 'ab'],
    [undefined, 'ab'],
  ])('of %j is %s, for ever', (body, key) => expect(claimKey(body, 'abcdef')).toBe(key));
});

test('a transport id that is not given, or is empty, is none', () => {
  const raw = { id: 'ID:1', headers: { key: 'k', empty: '' } };
  expect(transportIdOf({ kind: 'transport' }, raw)).toBe('ID:1');
  expect(transportIdOf({ kind: 'header', name: 'key' }, raw)).toBe('k');
  for (const name of ['empty', 'missing']) expect(transportIdOf({ kind: 'header', name }, raw)).toBeUndefined();
  expect(transportIdOf({ kind: 'transport' }, { id: '', headers: {} })).toBeUndefined();
});
