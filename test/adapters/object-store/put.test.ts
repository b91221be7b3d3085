/** The two ways of writing, over stores that fail before a put, after it, or lose its answer. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createMemoryStore } from '../../../src/adapters/object-store/memory.ts';
import type { ObjectStore } from '../../../src/adapters/object-store/object-store.ts';
import { type PutOnce, keep, mustGet, putOnce } from '../../../src/adapters/object-store/put.ts';
import { createRetryingStore } from '../../../src/adapters/object-store/retrying.ts';
import { InvariantViolation, SetupError, TransientError } from '../../../src/domain/errors.ts';
import { decorateStore } from '../../support/decorate-store.ts';
import { triesAtOnce } from './tries.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (body: Uint8Array | undefined): string => new TextDecoder().decode(body);
const MINE = bytes('mine');

/** What becomes of one put: its answer is lost after it happened, or it fails before (409, 503, no connection). */
type Fault = 'answer lost' | 'failed before' | 'none';

/** A store whose puts meet these faults, one after the other; it tells of any removal. */
function faulty(faults: readonly Fault[], inner: ObjectStore = createMemoryStore()) {
  const seen = { puts: 0, gets: 0 };
  const store = decorateStore(inner, {
    put: async (key, perform) => {
      const fault = faults[seen.puts];
      seen.puts += 1;
      if (fault === 'failed before') throw new TransientError('409 ConditionalRequestConflict');
      const outcome = await perform();
      if (fault === 'answer lost') throw new TransientError(`no answer to the put of ${key}`);
      return outcome;
    },
    get: (_key, perform) => {
      seen.gets += 1;
      return perform();
    },
  });
  const remove = () => Promise.reject(new Error('a put never deletes'));
  return { store: { ...store, remove }, inner, seen };
}
/** Three tries without a pause. */
const atOnce = triesAtOnce(3);
const repeated = (fault: Fault): Fault[] => Array.from({ length: 10 }, () => fault);

describe('putOnce', () => {
  test('a put whose answer was lost is mine, found by one look', async () => {
    const { store, inner, seen } = faulty(['answer lost']);
    expect(await putOnce(store, 'k', MINE)).toEqual({ kind: 'mine' });
    expect(text(await inner.get('k'))).toBe('mine');
    expect(seen).toEqual({ puts: 1, gets: 1 });
  });

  test('a put that failed before it happened ends in its own fault, after one look: trying again is the store’s', async () => {
    const { store, inner, seen } = faulty(['failed before', 'none']);
    await expect(putOnce(store, 'k', MINE)).rejects.toThrow('409 ConditionalRequestConflict');
    expect(await inner.get('k')).toBeUndefined();
    expect(seen).toEqual({ puts: 1, gets: 1 });
    expect(await putOnce(store, 'k', MINE)).toEqual({ kind: 'mine' });
  });

  test('what exists and cannot be read is no answer', async () => {
    const { store, inner } = faulty([]);
    await inner.put('k', MINE, { ifAbsent: true });
    const hidden: ObjectStore = { ...store, get: () => Promise.resolve(undefined) };
    await expect(putOnce(hidden, 'k', MINE)).rejects.toThrow(TransientError);
  });

  test.each<Fault>(['none', 'answer lost', 'failed before'])(
    "another's bytes are other and stay (%s)",
    async (fault) => {
      const { store, inner } = faulty(repeated(fault));
      await inner.put('k', bytes('theirs'), { ifAbsent: true });
      const outcome = await putOnce(store, 'k', MINE);
      expect(outcome.kind).toBe('other');
      expect(outcome.kind === 'other' && text(outcome.body)).toBe('theirs');
      expect(text(await inner.get('k'))).toBe('theirs');
    },
  );

  test("a twin's equal bytes are mine", async () => {
    const { store, inner } = faulty([]);
    await inner.put('k', MINE, { ifAbsent: true });
    expect(await putOnce(store, 'k', MINE)).toEqual({ kind: 'mine' });
  });

  test('bytes that only begin alike are other', async () => {
    const { store, inner } = faulty([]);
    await inner.put('k', bytes('mine and more'), { ifAbsent: true });
    expect((await putOnce(store, 'k', MINE)).kind).toBe('other');
  });

  test('a look that fails is no answer; the next call finds what the first one put', async () => {
    const { store, seen } = faulty(['answer lost', 'none']);
    const blind: ObjectStore = {
      ...store,
      get: (key) => (seen.puts === 1 ? Promise.reject(new TransientError('no answer to the get')) : store.get(key)),
    };
    await expect(putOnce(blind, 'k', MINE)).rejects.toThrow('no answer to the get');
    expect(await putOnce(blind, 'k', MINE)).toEqual({ kind: 'mine' });
    expect(seen.puts).toBe(2);
  });

  test('what needs an operator is not tried again, and says nothing of what is there', async () => {
    const { store, inner, seen } = faulty([]);
    await inner.put('k', MINE, { ifAbsent: true });
    let puts = 0;
    const refusing: ObjectStore = { ...store, put: () => ((puts += 1), Promise.reject(new SetupError('403'))) };
    await expect(putOnce(refusing, 'k', MINE)).rejects.toThrow(SetupError);
    await expect(keep(refusing, 'k', MINE)).rejects.toThrow(SetupError);
    expect(puts).toBe(2);
    expect(seen.gets).toBe(0);
  });

  test('whatever is lost on the way, exactly one content wins and every writer knows whose', async () => {
    const plans = fc.array(fc.array(fc.constantFrom<Fault>('answer lost', 'none', 'failed before'), { maxLength: 2 }), {
      minLength: 2,
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(plans, async (writers) => {
        const inner = createMemoryStore();
        const outcomes = await Promise.all(
          writers.map((faults, i) => {
            const store = createRetryingStore(faulty(faults, inner).store, atOnce);
            return putOnce(store, 'k', bytes(`writer ${i}`));
          }),
        );
        const held = text(await inner.get('k'));
        const told = (outcome: PutOnce, i: number): string =>
          outcome.kind === 'mine' ? `writer ${i}` : text(outcome.body);
        expect(new Set(outcomes.map(told))).toEqual(new Set([held]));
      }),
      { numRuns: 25 },
    );
  });
});

describe('keep', () => {
  test('puts once, and leaves trying again to the store', async () => {
    const { store, seen } = faulty(['failed before']);
    await expect(keep(store, 'k', MINE)).rejects.toThrow(TransientError);
    expect(seen).toEqual({ puts: 1, gets: 0 });
  });

  test.each<Fault>(['answer lost', 'failed before'])('keeps its bytes through a fault (%s)', async (fault) => {
    const { store, inner } = faulty([fault, 'none']);
    await keep(createRetryingStore(store, atOnce), 'k', MINE);
    expect(text(await inner.get('k'))).toBe('mine');
  });

  test('what exists under a content-addressed key is kept as it is', async () => {
    const { store, seen } = faulty([]);
    expect([await keep(store, 'k', MINE), await keep(store, 'k', MINE)]).toEqual(['stored', 'exists']);
    expect(seen).toEqual({ puts: 2, gets: 0 });
  });
});

test('a store that goes on failing ends in TransientError, and nothing was written', async () => {
  for (const write of [keep, putOnce]) {
    const { store, inner, seen } = faulty(repeated('failed before'));
    await expect(write(createRetryingStore(store, atOnce), 'k', MINE)).rejects.toThrow(TransientError);
    expect(seen.puts).toBe(3);
    expect(await inner.get('k')).toBeUndefined();
  }
});

test('an object that must be there and is not breaks a promise, in words', async () => {
  await expect(mustGet(createMemoryStore(), 'k', 'the seal')).rejects.toThrow(
    new InvariantViolation('the seal is gone from the store: k'),
  );
});
