/** Messages as tests write them, kept raw. */
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { type Window, windowStart } from '../../src/domain/window.ts';
import { writeRaw } from '../../src/lake/raw.ts';

/** Id, body, and for telegram the way it came. */
export type Message = readonly [id: string, body: string, headers?: Readonly<Record<string, string>>];

export interface Landing {
  readonly source: string;
  readonly window: Window;
  /** Of the window, when they are received; 0 unless said. */
  readonly minute?: number;
}

/** Keeps one raw object of these messages and returns its key. */
export async function land(
  store: ObjectStore,
  { source, window, minute = 0 }: Landing,
  messages: readonly Message[],
): Promise<string> {
  const openedAt = windowStart(window) + minute * 60_000;
  const received = messages.map(([id, body, headers = {}]) => ({
    id,
    receivedAt: openedAt,
    headers,
    body: new TextEncoder().encode(body),
  }));
  return (await writeRaw(store, source, openedAt, received)).key;
}
