/** What the port of the object store promises, asked of an implementation. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ObjectInfo, ObjectStore } from '../../../src/adapters/object-store/object-store.ts';
import type { OpenedStore } from '../../support/stores.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const plain = (body: Uint8Array | undefined): Buffer | undefined =>
  body === undefined ? undefined : Buffer.from(body);

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
const keysOf = async (items: AsyncIterable<ObjectInfo>): Promise<string[]> => (await all(items)).map(({ key }) => key);

/** Runs the suite on an empty store. */
export function describeObjectStore(name: string, open: () => OpenedStore): void {
  describe(`the object store: ${name}`, () => {
    let opened: OpenedStore;
    let store: ObjectStore;
    beforeAll(() => void ({ store } = opened = open()));
    afterAll(() => opened.close());

    const putAll = (keys: readonly string[]): Promise<unknown> =>
      Promise.all(keys.map((key) => store.put(key, bytes(key), { ifAbsent: true })));

    test('gives back what was put, and says how large it is and when it came', async () => {
      const before = Date.now();
      expect(await store.put('plain/a', bytes('first'), { ifAbsent: false })).toBe('stored');
      expect(plain(await store.get('plain/a'))).toEqual(plain(bytes('first')));
      const info = await store.head('plain/a');
      expect(info).toEqual({ key: 'plain/a', bytes: 5, modifiedMs: info?.modifiedMs });
      expect(Math.abs(info!.modifiedMs - before)).toBeLessThan(60_000);
      expect(await all(store.list('plain/'))).toMatchObject([{ key: 'plain/a', bytes: 5 }]);
    });

    test('an unconditional put replaces', async () => {
      await store.put('replaced', bytes('first, and longer'), { ifAbsent: false });
      expect(await store.put('replaced', bytes('second'), { ifAbsent: false })).toBe('stored');
      expect(plain(await store.get('replaced'))).toEqual(plain(bytes('second')));
    });

    test('what is not there is a value, for a key, a prefix and a folder alike', async () => {
      await store.put('nested/below/a', bytes('a'), { ifAbsent: true });
      for (const key of ['nowhere', 'no/where', 'nested', 'nested/below', 'nested/below/a/b']) {
        expect(await store.get(key)).toBeUndefined();
        expect(await store.head(key)).toBeUndefined();
      }
      expect(await all(store.list('nowhere/'))).toEqual([]);
      expect(await all(store.folders('nowhere/'))).toEqual([]);
      await store.remove('nowhere');
    });

    test('what was removed is gone, may be removed again and put again', async () => {
      await store.put('gone/a', bytes('a'), { ifAbsent: true });
      await store.remove('gone/a');
      await store.remove('gone/a');
      expect(await store.get('gone/a')).toBeUndefined();
      expect(await all(store.list('gone/'))).toEqual([]);
      expect(await store.put('gone/a', bytes('b'), { ifAbsent: true })).toBe('stored');
    });

    test('of 16 concurrent conditional writers exactly one wins, and its bytes are there, in 20 rounds', async () => {
      const round = async (n: number): Promise<void> => {
        const bodies = Array.from({ length: 16 }, (_, i) => bytes(`writer ${i} of round ${n}`));
        const outcomes = await Promise.all(bodies.map((body) => store.put(`race/${n}`, body, { ifAbsent: true })));
        expect(outcomes.filter((outcome) => outcome === 'stored')).toHaveLength(1);
        expect(plain(await store.get(`race/${n}`))).toEqual(plain(bodies[outcomes.indexOf('stored')]));
      };
      await Promise.all(Array.from({ length: 20 }, (_, n) => round(n)));
    });

    test('lists more than a thousand keys, over all pages, in the order of their bytes', async () => {
      const keys = Array.from({ length: 1_050 }, (_, i) => `many/${i.toString(36)}${i % 7 === 0 ? '/x' : ''}`);
      for (let i = 0; i < keys.length; i += 50) await putAll(keys.slice(i, i + 50));
      const sorted = [...keys].sort();
      expect(await keysOf(store.list('many/'))).toEqual(sorted);
      expect(await keysOf(store.list('many/', sorted[20]))).toEqual(sorted.slice(21));
      expect(await keysOf(store.list('many/', `${sorted[1_040]!}!`))).toEqual(sorted.slice(1_041));
      expect(await all(store.list('many/', sorted.at(-1)))).toEqual([]);
    });

    test('a prefix may end anywhere in a name, and a shorter name is not below it', async () => {
      await putAll(['cut/ab', 'cut/abc', 'cut/abd/e', 'cut/b']);
      expect(await keysOf(store.list('cut/ab'))).toEqual(['cut/ab', 'cut/abc', 'cut/abd/e']);
      expect(await keysOf(store.list('cut/abc'))).toEqual(['cut/abc']);
      expect(await keysOf(store.list('cut/abd'))).toEqual(['cut/abd/e']);
      expect(await keysOf(store.list('cut/abcd'))).toEqual([]);
    });

    test('signs sort by their bytes, and a folder before longer names', async () => {
      const keys = ['signs/a/b', 'signs/a0', 'signs/a=b', 'signs/a_b', 'signs/b-c', 'signs/b.c', 'signs/b0'];
      await putAll([...keys].reverse());
      expect(await keysOf(store.list('signs/'))).toEqual(keys);
    });

    test('names the folders below a prefix once each, in order, and no objects', async () => {
      const days = ['date=2026-11-21', 'date=2026-11-22', 'date=2026-11-23'];
      await putAll([...days.flatMap((day) => [`days/${day}/hour=00/a`, `days/${day}/hour=01/b`]), 'days/object']);
      expect(await all(store.folders('days/'))).toEqual(days.map((day) => `${day}/`));
      expect(await all(store.folders('days/date=2026-11-22/'))).toEqual(['hour=00/', 'hour=01/']);
    });

    test('keys hold =, :, + and % as they are', async () => {
      const key = 'signs=1/source=desk/2026-11-22T03:00 100%25+1~(x).json';
      await store.put(key, bytes(key), { ifAbsent: true });
      expect(plain(await store.get(key))).toEqual(plain(bytes(key)));
      expect(await keysOf(store.list('signs=1/'))).toEqual([key]);
      expect(await store.put(key, bytes('other'), { ifAbsent: true })).toBe('exists');
    });

    test('bodies are bytes: every value of a byte, none at all, and twenty megabytes', async () => {
      const bodies = [Uint8Array.from({ length: 256 }, (_, i) => i), new Uint8Array(), randomBytes(20_000_000)];
      for (const [i, body] of bodies.entries()) {
        expect(await store.put(`bytes/${i}`, body, { ifAbsent: true })).toBe('stored');
        expect(plain(await store.get(`bytes/${i}`))!.equals(body)).toBe(true);
        expect((await store.head(`bytes/${i}`))?.bytes).toBe(body.byteLength);
      }
      expect(await store.put('bytes/1', bytes('not empty'), { ifAbsent: true })).toBe('exists');
    });
  });
}
