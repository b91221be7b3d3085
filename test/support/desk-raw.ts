/** Desk messages that a test can tell apart, written raw into the windows it chooses. */
import type { WrittenRaw } from '../../src/lake/raw.ts';
import { writeRaw } from '../../src/lake/raw.ts';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { DESK } from '../../src/domain/sources/desk/contract.ts';
import { type Window, windowOf, windowStart } from '../../src/domain/window.ts';
import { interaction, random } from './desk-lines.ts';

/** Event days that bodies spread over: each is a file of the table. */
const DAYS = 2;

/** A good body that carries `id`, the same for the same id and seed. */
export function deskBody(id: string, seed: number): string {
  const n = Buffer.from(id).reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, seed);
  return JSON.stringify({ ...interaction(random(n), DAYS), protocol: id });
}

/** Keeps one raw object of one message per id; the same id is the same delivery again. `minute` of the window is its receipt. */
export function writeDesk(
  store: ObjectStore,
  window: Window,
  ids: readonly string[],
  { minute = 0, seed = 1 }: { readonly minute?: number; readonly seed?: number } = {},
): Promise<WrittenRaw> {
  const openedAt = windowStart(window) + minute * 60_000;
  const messages = ids.map((id) => ({
    id: `test:${id}`,
    receivedAt: openedAt,
    headers: {},
    body: new TextEncoder().encode(deskBody(id, seed)),
  }));
  return writeRaw(store, DESK.source, openedAt, messages);
}

/** The window `hours` after the first of 2026. */
export const windowAfter = (hours: number): Window =>
  windowOf(new Date(windowStart(windowOf('2026-01-01T00')) + hours * 3_600_000).toISOString().slice(0, 13));
