/** A window is one UTC hour of *receipt* of one source, written `2026-11-22T03`. */
import { PermanentError, invariant } from './errors.ts';

const HOUR_MS = 3_600_000;
const PATTERN = /^(\d{4})-(\d{2})-(\d{2})T(\d{2})$/;

/** `2026-11-22T03`: the UTC hour in which a raw batch was opened. */
export type Window = string & { readonly __window: true };

/** The window that contains an instant (milliseconds since the epoch). */
export function windowAt(epochMs: number): Window {
  invariant(Number.isFinite(epochMs) && epochMs >= 0, `a receipt time must be milliseconds since 1970, got ${epochMs}`);
  return new Date(epochMs).toISOString().slice(0, 13) as Window;
}

/** The window of a text, or undefined when it is not an hour that exists in the calendar. */
export function parseWindow(text: string): Window | undefined {
  if (!PATTERN.test(text)) return undefined;
  const ms = Date.parse(`${text}:00:00Z`);
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 13) !== text) return undefined;
  return text as Window;
}

/** As parseWindow, for text that our own code wrote. Throws PermanentError. */
export function windowOf(text: string): Window {
  const window = parseWindow(text);
  if (window === undefined)
    throw new PermanentError(`"${text}" is not a window; a window looks like 2026-11-22T03 (one UTC hour)`);
  return window;
}

/** First instant of a window, milliseconds since the epoch. */
export function windowStart(window: Window): number {
  return Date.parse(`${window}:00:00Z`);
}

/** First instant after a window, milliseconds since the epoch. */
export function windowEnd(window: Window): number {
  return windowStart(window) + HOUR_MS;
}

/** `{date: '2026-11-22', hour: '03'}`: how a window is spelled in keys. */
export function windowParts(window: Window): { readonly date: string; readonly hour: string } {
  return { date: window.slice(0, 10), hour: window.slice(11) };
}

/** True for a day that exists, written `2026-11-22`. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}
