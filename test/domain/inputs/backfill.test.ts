/** Inputs of backfill as people type them: one range, by receipt, by event or as a list. */
import { expect, test } from '@jest/globals';
import { type BackfillInput, WINDOWS_LISTED, readBackfillInput } from '../../../src/domain/inputs/backfill.ts';
import { windowAfter } from '../../support/desk-raw.ts';
import { fault } from './fault.ts';

const SETTINGS = {
  rebuild: false,
  diff: false,
  dryRun: false,
  concurrency: 2,
  windowsPerRun: 400,
  decideWithinSeconds: 43_200,
};

test.each<[object, Partial<BackfillInput>]>([
  [{ receivedFrom: '2026-11-01' }, { receivedFrom: '2026-11-01T00' as never }],
  [
    { receivedFrom: '2026-11-01', receivedTo: '2026-11-01' },
    { receivedFrom: '2026-11-01T00', receivedTo: '2026-11-01T23' } as never,
  ],
  [{ receivedTo: '2026-11-01T05', eventFrom: '', windows: null }, { receivedTo: '2026-11-01T05' as never }],
  [
    { eventFrom: '2026-11-01', eventTo: '2026-11-02' },
    { eventFrom: '2026-11-01', eventTo: '2026-11-02' },
  ],
  [
    { eventTo: '2026-11-02', rebuild: true, diff: true, concurrency: 16 },
    { eventTo: '2026-11-02', rebuild: true, diff: true, concurrency: 16 },
  ],
  [
    { windows: ['2026-11-02T03', '2026-11-01T03', '2026-11-02T03'] },
    { windows: ['2026-11-01T03', '2026-11-02T03'] } as never,
  ],
])('%j', (given, read) => {
  const asked = readBackfillInput({ source: 'desk', ...given });
  expect(asked).toEqual({ source: 'desk', ...SETTINGS, ...read });
  // What one run leaves to the next is read again.
  expect(readBackfillInput(asked)).toEqual(asked);
});

test.each([
  [{}, '"source" is needed'],
  [{ source: 'desk' }, 'give one of'],
  [{ source: 'desk', receivedFrom: '2026-11-01', eventFrom: '2026-11-01' }, 'give one of'],
  [{ source: 'desk', windows: ['2026-11-01T03'], receivedTo: '2026-11-01' }, 'give one of'],
  [{ source: 'desk', windows: [] }, '"windows" must be a list of 1 to 500 hours'],
  [{ source: 'desk', windows: ['2026-11-01'] }, '"windows" must be a list of 1 to 500 hours'],
  [
    { source: 'desk', windows: Array.from({ length: WINDOWS_LISTED + 1 }, (_, n) => windowAfter(n)) },
    '"windows" must be',
  ],
  [{ source: 'desk', receivedFrom: '2026-11-02', receivedTo: '2026-11-01' }, '"receivedFrom" lies after'],
  [{ source: 'desk', eventFrom: '2026-11-02', eventTo: '2026-11-01' }, '"eventFrom" lies after'],
  [{ source: 'desk', eventFrom: '2026-11-02T05' }, '"eventFrom" must be a day'],
  [{ source: 'desk', eventFrom: '2026-11-02', diff: true }, '"diff" compares a rebuild'],
  [{ source: 'desk', eventFrom: '2026-11-02', concurrency: 17 }, '"concurrency" must be a whole number of at most 16'],
  [{ source: 'desk', eventFrom: '2026-11-02', concurrency: 0 }, '"concurrency" must be a whole number, at least 1'],
  [{ source: 'desk', eventFrom: '2026-11-02', rebuild: 'yes' }, '"rebuild" must be true or false'],
  [{ source: 'desk', from: '2026-11-02' }, 'it has a field that is not known'],
])('%j says what is wrong and what is allowed', (value, what) => {
  const message = fault(() => readBackfillInput(value));
  expect(message).toContain(what);
  expect(message).toContain('Allowed fields: source, receivedFrom, receivedTo, eventFrom, eventTo, windows');
});
