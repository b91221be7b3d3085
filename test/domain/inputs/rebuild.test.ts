/** Input of rebuildWindow as people type it. */
import { describe, expect, test } from '@jest/globals';
import { readRebuildWindowInput } from '../../../src/domain/inputs/rebuild.ts';
import { fault } from './fault.ts';

const WINDOW = { source: 'desk', window: '2026-11-22T03' };
const KEY = `diffs/source=desk/date=2026-11-22/hour=03/r0001-${'ab'.repeat(32)}.json`;

describe('rebuildWindow', () => {
  test('a window; to compare; to publish what was compared', () => {
    expect(readRebuildWindowInput({ ...WINDOW, diff: false, expect: '' })).toEqual(WINDOW);
    expect(readRebuildWindowInput({ ...WINDOW, diff: true })).toEqual({ ...WINDOW, diff: true });
    expect(readRebuildWindowInput({ ...WINDOW, expect: KEY })).toEqual({ ...WINDOW, expect: KEY });
  });

  test.each<[unknown, string]>([
    [undefined, '"source" and "window" are both needed'],
    [{ source: 'desk' }, '"source" and "window" are both needed'],
    [{ ...WINDOW, dif: true }, 'it has a field that is not known'],
    [{ ...WINDOW, diff: 'yes' }, '"diff" must be true or false'],
    [{ ...WINDOW, expect: 7 }, '"expect" must be the key of a diff'],
    [{ ...WINDOW, expect: 'manifests/x.json' }, '"expect" must be the key of a diff'],
    [{ ...WINDOW, diff: true, expect: KEY }, 'not both'],
  ])('%j is refused with the allowed fields and a sample', (value, what) => {
    const said = fault(() => readRebuildWindowInput(value));
    expect(said).toContain(what);
    expect(said).toContain('Allowed fields: source, window, diff, expect. Sample: {"source":"desk"');
  });
});
