/** Generated desk traffic, landed raw as every door lands it. */
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import type { ReceivedMessage } from '../../src/domain/formats/raw.ts';
import { DESK } from '../../src/domain/sources/desk/contract.ts';
import { type WrittenRaw, writeRaw } from '../../src/lake/raw.ts';
import { type DeskTraffic, deskMessages } from './desk-lines.ts';

const WRITES_AT_ONCE = 4;

/** Writes messages into raw objects of so many lines, which open a millisecond apart from `openedAtMs` on; answers them in their order. */
export async function landMessages(
  store: ObjectStore,
  messages: Iterable<ReceivedMessage>,
  openedAtMs: number,
  objectLines: number,
): Promise<readonly WrittenRaw[]> {
  const landed: Promise<WrittenRaw>[] = [];
  for (const some of inLots(messages, objectLines)) {
    if (landed.length >= WRITES_AT_ONCE) await landed[landed.length - WRITES_AT_ONCE];
    landed.push(writeRaw(store, DESK.source, openedAtMs + landed.length, some));
  }
  return Promise.all(landed);
}

/** The same for generated traffic. */
export const landTraffic = (
  store: ObjectStore,
  traffic: DeskTraffic,
  objectLines: number,
): Promise<readonly WrittenRaw[]> => landMessages(store, deskMessages(traffic), traffic.startMs, objectLines);

function* inLots<T>(items: Iterable<T>, size: number): Generator<readonly T[]> {
  let lot: T[] = [];
  for (const item of items) {
    lot.push(item);
    if (lot.length < size) continue;
    yield lot;
    lot = [];
  }
  if (lot.length > 0) yield lot;
}
