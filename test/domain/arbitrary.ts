/** Random words of the domain, for properties. */
import fc from 'fast-check';
import { type Window, windowAt } from '../../src/domain/window.ts';

/** Milliseconds from 1970 to the year 2286: thirteen digits. */
export const anyInstant = fc.integer({ min: 0, max: 9_999_999_999_999 });
export const anyWindow: fc.Arbitrary<Window> = anyInstant.map(windowAt);
export const anySource = fc.stringMatching(/^[a-z][a-z0-9_]{0,30}$/);
export const anySha256 = fc.stringMatching(/^[0-9a-f]{64}$/);
