/** The seals of a window, as the store gives them back. */
import { expect, test } from '@jest/globals';
import { createMemoryStore } from '../../src/adapters/object-store/memory.ts';
import { FORMAT_VERSION, sealKey } from '../../src/domain/formats/layout.ts';
import { encodeSeal } from '../../src/domain/formats/seal.ts';
import { windowOf } from '../../src/domain/window.ts';
import { readSeals } from '../../src/lake/seals.ts';

const WINDOW = { source: 'desk', window: windowOf('2026-11-22T03') };

test('ten thousand generations of a window come in the order of their numbers, which is not that of their names', async () => {
  const store = createMemoryStore();
  for (let generation = 1; generation <= 10_001; generation += 1) {
    const id = { ...WINDOW, generation };
    const seal = { formatVersion: FORMAT_VERSION, id, lines: 0, objects: [], chunks: [] };
    await store.put(sealKey(id), encodeSeal(seal), { ifAbsent: true });
  }
  const generations = (await readSeals({ store }, WINDOW)).map(({ id }) => id.generation);
  expect(generations).toEqual(Array.from({ length: 10_001 }, (_, i) => i + 1));
});
