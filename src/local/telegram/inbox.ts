/** The updates that wait for the bot, in the order they are given out, until it confirms them or they expire. */
import { randomInt } from 'node:crypto';
import { PermanentError } from '../../domain/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import type { Clock } from './clock.ts';
import { isAllowed, kindOf, lifetimeMs, queueOf } from './rules.ts';

/** One update that waits. `text` is its JSON, `update_id` first, otherwise as it was given. */
export interface Waiting {
  readonly updateId: number;
  readonly queue: string;
  readonly text: string;
  readonly expiresAt: number;
  /** Of its delivery by webhook. */
  wakeupAt: number;
  delayS: number;
  failures: number;
  inFlight: boolean;
}

/** A gap this large between an offset and the newest id means that ids have restarted: the server then reads from its head. */
const OFFSET_SLACK = 10;

export interface Inbox {
  /** The kinds the bot asked for; empty: the default. */
  readonly allowed: readonly string[];
  allow(kinds: readonly string[]): void;
  /** Adds an update as it happens now; undefined when the bot did not ask for its kind. Throws PermanentError unless it is an update's JSON. */
  add(text: string): number | undefined;
  /** Gives out an update once more under its id. */
  repeat(updateId: number): void;
  /** Turns the order of what waits round. */
  reorder(): void;
  /** The next update gets this id; none given: a random one. */
  jump(next?: number): void;
  /** What waits, without what has expired. */
  waiting(): readonly Waiting[];
  /** Reads as getUpdates does: a positive offset confirms everything below, a negative one all but the last of them. */
  read(offset: number, limit: number): readonly Waiting[];
  remove(update: Waiting): void;
  clear(): void;
  /** Called after every change; one listener of each of the two ways of delivery. */
  readonly listeners: Set<() => void>;
}

/** Opens an empty inbox; the first id is random, as the real one’s. */
export function openInbox(clock: Clock): Inbox {
  let entries: Waiting[] = [];
  let nextId = randomId();
  let allowed: readonly string[] = [];
  const known = new Map<number, { readonly text: string; readonly kind: string; readonly queue: string }>();
  const listeners = new Set<() => void>();
  const changed = (): void => {
    for (const listener of [...listeners]) listener();
  };
  const enter = (updateId: number): void => {
    const { text, kind, queue } = known.get(updateId) ?? unknownUpdate(updateId);
    const now = clock.now();
    const expiresAt = now + lifetimeMs(kind);
    entries.push({ updateId, queue, text, expiresAt, wakeupAt: now, delayS: 1, failures: 0, inFlight: false });
    changed();
  };
  const waiting = (): readonly Waiting[] => {
    const now = clock.now();
    entries = entries.filter((entry) => entry.inFlight || entry.expiresAt >= now);
    return entries;
  };
  return {
    get allowed() {
      return allowed;
    },
    allow: (kinds) => void (allowed = kinds),
    add(given) {
      const update = parseUpdate(given);
      const kind = kindOf(update);
      if (!isAllowed(kind, allowed)) return undefined;
      const updateId = nextId;
      nextId += 1;
      const text = `{"update_id":${updateId},${given.trim().slice(1)}`;
      known.set(updateId, { text, kind, queue: queueOf(kind, update[kind]) });
      enter(updateId);
      return updateId;
    },
    repeat: enter,
    reorder: () => void entries.reverse(),
    jump: (next = randomId()) => void (nextId = next),
    waiting,
    read(offset, limit) {
      const now = waiting();
      if (offset < 0) entries = now.slice(offset);
      else if (offset <= nextId - 1 + OFFSET_SLACK) entries = now.filter(({ updateId }) => updateId >= offset);
      return entries.slice(0, limit);
    },
    remove: (update) => void (entries = entries.filter((entry) => entry !== update)),
    clear: () => void (entries = []),
    listeners,
  };
}

const randomId = (): number => randomInt(100_000_000, 900_000_000);

/** An update as it is given to the emulator. Throws PermanentError unless it is one, without its id. */
export function parseUpdate(text: string): JsonObject {
  const update = JSON.parse(text) as Json;
  if (!isJsonObject(update) || kindOf(update) === '')
    throw new PermanentError('an update is a JSON object with one kind, such as {"message":{…}}');
  if ('update_id' in update) throw new PermanentError('update_id is given here: leave it out, or use repeat or jump');
  return update;
}

function unknownUpdate(updateId: number): never {
  throw new PermanentError(`there was no update ${updateId}`);
}
