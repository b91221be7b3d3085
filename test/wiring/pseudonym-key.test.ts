/** One pseudonym key per lake, for ever. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { createMemoryStore } from '../../src/adapters/object-store/memory.ts';
import { SetupError } from '../../src/domain/errors.ts';
import { FORMAT_VERSION, KEY_FINGERPRINT } from '../../src/domain/formats/layout.ts';
import { checkKey, parseKey } from '../../src/wiring/pseudonym-key.ts';

const hex = (): string => randomBytes(32).toString('hex');

describe('reading a key', () => {
  test('a missing key says where it is kept, and why none is made', () => {
    const read = () => parseKey(undefined);
    expect(read).toThrow(SetupError);
    expect(read).toThrow(/^PSEUDONYM_KEY is missing: .*\.chatlake\/pseudonym\.key.*no key is made here/);
  });

  test.each(['', 'ab', 'zz'.repeat(32), 'ab'.repeat(31), 'ab'.repeat(33), `${'ab'.repeat(32)}\n`])(
    '%j is no key, and is not printed',
    (text) => {
      const read = () => parseKey(text);
      expect(read).toThrow(SetupError);
      expect(read).toThrow(
        new SetupError('PSEUDONYM_KEY must be 64 hex digits (32 bytes); make one with: openssl rand -hex 32'),
      );
    },
  );

  test.each(['0'.repeat(64), 'ab'.repeat(32), '0123456789abcdef'.repeat(4)])(
    '%s is obvious, and is not printed',
    (text) => {
      const read = () => parseKey(text);
      expect(read).toThrow(SetupError);
      expect(read).toThrow(/repeats itself/);
      expect(read).not.toThrow(text);
    },
  );

  test('a key is its bytes, whatever the case of its digits, and its id says nothing of them', () => {
    const text = hex();
    const key = parseKey(text);
    expect(Buffer.from(key.secret).toString('hex')).toBe(text);
    expect(parseKey(text.toUpperCase())).toEqual(key);
    expect(key.id).toMatch(/^k[0-9a-f]{8}$/);
    expect(text).not.toContain(key.id.slice(1));
  });
});

describe('the key of a lake', () => {
  test('is recorded at first use, by its fingerprint, and taken ever after', async () => {
    const store = createMemoryStore();
    const text = hex();
    await checkKey(store, parseKey(text));
    await checkKey(store, parseKey(text));
    const recorded = new TextDecoder().decode(await store.get(KEY_FINGERPRINT));
    expect(JSON.parse(recorded)).toMatchObject({ formatVersion: FORMAT_VERSION, keyId: parseKey(text).id });
    expect(recorded).not.toContain(text);
  });

  test('a second key is refused in words, and the first stays', async () => {
    const store = createMemoryStore();
    const [first, second] = [parseKey(hex()), parseKey(hex())];
    await checkKey(store, first);
    const fault = await checkKey(store, second).catch((error: unknown) => error as Error);
    expect(fault).toBeInstanceOf(SetupError);
    expect((fault as Error).message).toContain(`made with pseudonym key ${first.id}, PSEUDONYM_KEY is ${second.id}`);
    await checkKey(store, first);
  });

  test('of many that come first at once, one is the key', async () => {
    const store = createMemoryStore();
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => checkKey(store, parseKey(hex()))));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});
