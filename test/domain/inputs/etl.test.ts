/** Inputs of etl and etlWindow as people type them: wrong ones say what is allowed, with a sample. */
import { describe, expect, test } from '@jest/globals';
import { readEtlInput, readEtlWindowInput, sourcesOf } from '../../../src/domain/inputs/etl.ts';
import { fault } from './fault.ts';

const ETL = 'Allowed fields: source, window, from, to, parked. Sample: {"source":"desk","window":"2026-11-22T03"}';
const WINDOW = 'Allowed fields: source, window, parked. Sample: {"source":"desk","window":"2026-11-22T03"}';

describe('etl', () => {
  test.each([undefined, null, {}, { source: '', window: null, from: '', to: undefined }])(
    'nothing given is everything pending (%#)',
    (value) => expect(readEtlInput(value)).toEqual({}),
  );

  test('a window, a day, a range', () => {
    const window = { source: 'desk', window: '2026-11-22T03' };
    expect(readEtlInput(window)).toEqual(window);
    expect(readEtlInput({ from: '2026-11-21', to: '2026-11-21' })).toEqual({
      from: '2026-11-21T00',
      to: '2026-11-21T23',
    });
    expect(readEtlInput({ from: '2026-11-21T05', source: 'desk' })).toEqual({ from: '2026-11-21T05', source: 'desk' });
  });

  test('windows that need a person are run where somebody says so', () => {
    expect(readEtlInput({ parked: true })).toEqual({ parked: true });
    expect(readEtlInput({ parked: false })).toEqual({ parked: false });
  });

  test.each([
    [{ windw: '2026-11-22T03' }, 'it has a field that is not known'],
    [{ source: 'desk', Window: '2026-11-22T03' }, 'it has a field that is not known'],
    [JSON.parse('{"__proto__": {}}'), 'it has a field that is not known'],
    [
      { source: 'desk', window: '2026-02-30T10' },
      '"window" must be an hour that exists, such as 2026-11-22T03, not 2026-02-30T10',
    ],
    [
      { source: 'desk', window: '2026-11-22' },
      '"window" must be an hour that exists, such as 2026-11-22T03, not 2026-11-22',
    ],
    [{ source: 'desk', window: 3 }, '"window" must be an hour that exists, such as 2026-11-22T03, not a number'],
    [{ window: '2026-11-22T03' }, 'a window belongs to one source'],
    [{ source: 'dsk' }, '"source" must be a source, not another text; there are: desk'],
    [{ source: ['desk'] }, '"source" must be a source, not a list'],
    [{ from: '2026-02-30' }, '"from" must be a day'],
    [{ to: '22/11/2026' }, '"to" must be a day'],
    [{ from: 20261122 }, '"from" must be a day'],
    [{ from: '2026-11-22', to: '2026-11-21' }, '"from" lies after "to"'],
    [{ source: 'desk', window: '2026-11-22T03', from: '2026-11-22' }, 'give "window", or "from" and "to", not both'],
    [{ next: { source: 'desk' } }, 'it has a field that is not known'],
    [['desk'], 'it must be a JSON object, not a list'],
    ['desk', 'it must be a JSON object, not another text'],
    [7, 'it must be a JSON object, not a number'],
    [false, 'it must be a JSON object, not a boolean'],
    ['', 'it must be a JSON object, not another text'],
  ])('%j says what is wrong, what is allowed, and shows a sample', (value, what) => {
    const message = fault(() => readEtlInput(value));
    expect(message).toContain(what);
    expect(message).toContain(ETL);
  });
});

describe('etlWindow', () => {
  test('takes a source and a window', () => {
    const input = { source: 'desk', window: '2026-11-22T03' };
    expect(readEtlWindowInput(input)).toEqual(input);
    expect(readEtlWindowInput({ ...input, parked: false })).toEqual({ ...input, parked: false });
    expect(readEtlWindowInput({ ...input, parked: true })).toEqual(input);
  });

  test.each([
    [undefined, '"source" and "window" are both needed'],
    [{ source: 'desk' }, '"source" and "window" are both needed'],
    [{ window: '2026-11-22T03' }, '"source" and "window" are both needed'],
    [{ source: '', window: '' }, '"source" and "window" are both needed'],
    [{ source: 'desk', window: '2026-11-31T00' }, 'must be an hour that exists'],
    [{ source: 'nobody', window: '2026-11-22T03' }, 'must be a source'],
    [{ source: 'desk', window: '2026-11-22T03', from: '2026-11-22' }, 'it has a field that is not known'],
    [[], 'it must be a JSON object'],
  ])('%j is refused', (value, what) => {
    const message = fault(() => readEtlWindowInput(value));
    expect(message).toContain(what);
    expect(message).toContain(WINDOW);
  });
});

describe('the sources of a run', () => {
  const all = sourcesOf(undefined);

  test('are all, or the one that is named', () => {
    expect(all).toContain('desk');
    expect(sourcesOf('desk')).toEqual(['desk']);
  });

  test('are those that are left where it continued as new', () => {
    const [first, second] = all;
    expect(sourcesOf(undefined, first)).toEqual(all);
    expect(sourcesOf(undefined, second)).toEqual(all.slice(1));
    expect(sourcesOf('desk', 'desk')).toEqual(['desk']);
  });
});
