/** Seals: whoever plans, whenever, with whatever view, every raw object ends in exactly one (I2). */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { InvariantViolation } from '../../../src/domain/errors.ts';
import { rawKey } from '../../../src/domain/formats/layout.ts';
import {
  type ChunkLimits,
  type RawObject,
  type Seal,
  type SealedObject,
  decodeSeal,
  encodeSeal,
  objectsOfChunk,
  planChunks,
  planSeal,
} from '../../../src/domain/formats/seal.ts';
import { windowOf } from '../../../src/domain/window.ts';

const WINDOW = { source: 'desk', window: windowOf('2026-11-22T03') };
const LIMITS: ChunkLimits = { maxLines: 5, maxBytes: 1_000 };
const raw = (n: number, count = 1 + (n % 3), bytes = 100 + n): RawObject => ({
  key: rawKey({
    ...WINDOW,
    openedAtMs: 1_795_316_400_000 + ((n * 7_919) % 3_600_000),
    count,
    size: bytes,
    sha256: n.toString(16).padStart(64, '0'),
  }),
  // What is stored says nothing of what reading it takes.
  bytes: 7,
});
const sealOf = (objects: readonly RawObject[], earlier: readonly Seal[] = []): Seal =>
  planSeal(WINDOW, objects, earlier, { limits: LIMITS })!;
const keysOf = (seal: Seal): string[] => seal.objects.map(({ key }) => key);

describe('planning', () => {
  test('seals partition the raw objects, in any interleaving of arrivals and of planners with old views', () => {
    const PLANNERS = 3;
    const step = fc.oneof(
      fc.record({ do: fc.constant('arrive' as const), n: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ do: fc.constantFrom('look' as const, 'put' as const), by: fc.nat(PLANNERS - 1) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const stored: RawObject[] = [];
        const seals = new Map<number, Seal>();
        const plans = new Map<number, Seal | undefined>();
        const plan = () => planSeal(WINDOW, [...stored], [...seals.values()], { limits: LIMITS });
        const putIfAbsent = (seal: Seal | undefined): void => {
          if (seal !== undefined && !seals.has(seal.id.generation)) seals.set(seal.id.generation, seal);
        };
        for (const event of steps) {
          if (event.do === 'arrive') for (let i = 0; i < event.n; i += 1) stored.push(raw(stored.length));
          else if (event.do === 'look') plans.set(event.by, plan());
          else putIfAbsent(plans.get(event.by));
        }
        putIfAbsent(plan());
        const sealed = [...seals.values()].flatMap(keysOf);
        expect([...sealed].sort()).toEqual(stored.map(({ key }) => key).sort());
        expect([...seals.keys()].sort((a, b) => a - b)).toEqual(Array.from(seals.keys(), (_, i) => i + 1));
        expect(plan()).toBeUndefined();
      }),
    );
  });

  test('a seal lists its objects in the order of their keys, whatever the order of the listing', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(
          Array.from({ length: 12 }, (_, n) => n),
          { minLength: 1 },
        ),
        (order) => {
          const seal = sealOf(order.map((n) => raw(n)));
          expect(keysOf(seal)).toEqual(keysOf(seal).sort());
          expect(encodeSeal(seal)).toEqual(encodeSeal(sealOf([...order].sort((a, b) => a - b).map((n) => raw(n)))));
          expect(seal.lines).toBe(order.reduce((sum, n) => sum + 1 + (n % 3), 0));
        },
      ),
    );
  });

  test('nothing new is no seal, and the next one has the next generation', () => {
    const first = sealOf([raw(0)]);
    expect(planSeal(WINDOW, [], [], { limits: LIMITS })).toBeUndefined();
    expect(planSeal(WINDOW, [raw(0)], [first], { limits: LIMITS })).toBeUndefined();
    expect(sealOf([raw(0), raw(1)], [first])).toMatchObject({ id: { ...WINDOW, generation: 2 }, lines: 2 });
    expect(first.objects).toEqual([{ key: raw(0).key, lines: 1, bytes: 7, size: 100, sha256: '0'.repeat(64) }]);
  });

  test('what chatlake did not write is no message: it stays out of the seal, and alone makes none', () => {
    const stray: RawObject[] = [
      { key: 'raw/source=desk/date=2026-11-22/hour=03/notes.txt', bytes: 1 },
      { key: `${raw(9).key}.tmp`, bytes: 7 },
    ];
    expect(planSeal(WINDOW, stray, [], { limits: LIMITS })).toBeUndefined();
    expect(sealOf([stray[0]!, raw(1), stray[1]!, raw(0)])).toEqual(sealOf([raw(0), raw(1)]));
  });

  test('the chats that moved are kept in the seal, and none leaves no trace', () => {
    const moves = [['-12', '-1001']] as const;
    const plan = (known: Seal['moves']) => planSeal(WINDOW, [raw(0)], [], { limits: LIMITS, moves: known });
    expect(plan(moves)?.moves).toEqual(moves);
    expect(plan([])).toEqual(plan(undefined));
    expect(plan([])).not.toHaveProperty('moves');
  });
});

describe('reading back', () => {
  test('a seal comes back as it was', () => {
    const seal = sealOf([raw(0), raw(1)]);
    expect(decodeSeal(encodeSeal(seal))).toEqual(seal);
  });

  test('a seal that does not add up, or of a format to come, is refused', () => {
    const seal = sealOf([raw(0), raw(1)]);
    expect(() => decodeSeal(encodeSeal({ ...seal, lines: seal.lines + 1 }))).toThrow(InvariantViolation);
    expect(() => decodeSeal(encodeSeal({ ...seal, formatVersion: 99 }))).toThrow('seal format 99');
    for (const chunks of [[], [1], [2, 1]])
      expect(() => decodeSeal(encodeSeal({ ...seal, chunks }))).toThrow('do not take each of its 2 objects once');
  });
});

describe('chunks', () => {
  const size = fc.record({ count: fc.integer({ min: 1, max: 50 }), bytes: fc.integer({ min: 1, max: 500 }) });
  const limits = fc.record({
    maxLines: fc.integer({ min: 1, max: 100 }),
    maxBytes: fc.integer({ min: 1, max: 1_000 }),
  });
  const sum = (objects: readonly { readonly lines: number; readonly size: number }[]) => ({
    lines: objects.reduce((total, object) => total + object.lines, 0),
    bytes: objects.reduce((total, object) => total + object.size, 0),
  });

  /** The objects of every chunk of a seal that was planned with these limits. */
  const chunksOf = (objects: readonly RawObject[], limits: ChunkLimits): readonly (readonly SealedObject[])[] => {
    const seal = planSeal(WINDOW, objects, [], { limits })!;
    expect(seal.chunks).toEqual(planChunks(seal.objects, limits));
    return seal.chunks.map((_, i) => objectsOfChunk(seal, i));
  };

  test('keep every object once and in order, within the limits, and none is smaller than it need be', () => {
    fc.assert(
      fc.property(fc.array(size, { minLength: 1, maxLength: 40 }), limits, (sizes, given) => {
        const objects = sizes.map(({ count, bytes }, n) => raw(n, count, bytes));
        const chunks = chunksOf(objects, given);
        const all = sum(sealOf(objects).objects);
        // Much to read gets larger chunks rather than more.
        const maxLines = Math.max(given.maxLines, Math.ceil(all.lines / 20));
        const maxBytes = Math.max(given.maxBytes, Math.ceil(all.bytes / 20));
        const fits = (some: Parameters<typeof sum>[0]): boolean =>
          sum(some).lines <= maxLines && sum(some).bytes <= maxBytes;
        expect(chunks.flat()).toEqual(sealOf(objects).objects);
        for (const [i, chunk] of chunks.entries()) {
          expect(chunk.length).toBeGreaterThan(0);
          expect(chunk.length === 1 || fits(chunk)).toBe(true);
          const next = chunks[i + 1]?.[0];
          if (next !== undefined) expect(fits([...chunk, next])).toBe(false);
        }
      }),
    );
  });

  test('an object larger than a limit is a chunk of its own, and what follows begins anew', () => {
    const objects = [raw(0, 1, 10), raw(1, 500, 10), raw(2, 1, 10), raw(3, 1, 10)];
    const chunks = chunksOf(objects, { maxLines: 100, maxBytes: 1_000 });
    expect(chunks.map((chunk) => chunk.map(({ lines }) => lines))).toEqual([[1], [500], [1, 1]]);
  });

  test('an object that is small as stored and large to read is a chunk of its own', () => {
    const bomb = raw(1, 1, 48_000_000);
    expect(chunksOf([raw(0, 1, 10), bomb, raw(2, 1, 10)], { maxLines: 100, maxBytes: 9_000_000 })).toHaveLength(3);
  });

  test('of any number of objects there are so few that their references fit', () => {
    const many = Array.from({ length: 20_000 }, (_, n) => raw(n, 1, 100));
    expect(sealOf(many).chunks.length).toBeLessThanOrEqual(40);
  });

  test('one that was not planned is refused', () => {
    expect(() => objectsOfChunk(sealOf([raw(0)]), 1)).toThrow('there is no chunk 1 of 1');
  });
});
