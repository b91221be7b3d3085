/**
 * What goes wrong between an activity and the outside: calls that fail before or after they were done, a store that is away for a
 * while, a process that dies in the middle, a turn that others get first; and a clock
 * that goes ahead.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { DocumentStore } from '../../src/adapters/documents/document-store.ts';
import type { ObjectInfo, ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { TransientError, messageOf } from '../../src/domain/errors.ts';
import type { Clock } from '../support/clocked-store.ts';
import { random } from '../support/desk-lines.ts';
import type { Turns } from './storm-turns.ts';

/** How often, from 0 to 1. */
export interface Odds {
  /** Of a call: others go on first. */
  readonly pause: number;
  /** Of a call: it fails before it is done; and as often after. */
  readonly fault: number;
  /** Of an attempt: from some call on every call fails. */
  readonly away: number;
  /** Of an attempt: at some call its process dies, with all it remembers and all that runs in it. */
  readonly death: number;
}

/** A process that may die. */
export interface Mortal {
  readonly name: string;
  isDead: boolean;
}

/** One run of an activity in a process. */
interface Attempt {
  readonly name: string;
  readonly process: Mortal;
  /** Calls so far, by what they are: the same call of two equal storms has the same number. */
  readonly seen: Map<string, number>;
  calls: number;
  /** The call from which on the outside is away, and the one at which the process dies. */
  readonly awayFrom: number;
  readonly diesAt: number;
}

export interface Weather {
  /** Runs one attempt; what it calls has this weather. Names tell attempts apart, and the same name has the same luck. */
  attempt<T>(name: string, process: Mortal, work: () => Promise<T>): Promise<T>;
  store(process: Mortal, store: ObjectStore): ObjectStore;
  documents(process: Mortal, documents: DocumentStore): DocumentStore;
}

/** Calls of an activity are mostly fewer. */
const CALLS = 14;
const LISTED_AT_ONCE = 4;
/** What one lane reads of a log is awaited by all lanes of its process that want to know it. */
const AWAITED = /^(?:get|list|head) (?:.*\/_delta_log\/|meta\/ledger\/)/;
/** Between the look at an object and its removal nobody sleeps: that is the one gap that no store can close. */
const REMOVES = / (?:vacuum|sweep) /;
const REMOVING = /^(?:head|remove) /;
const HEX = /[0-9a-f]{32,64}/g;

/** A number from 0 to 1 that is made of a text (FNV-1a). */
function lotOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return random(hash)();
}

/** Opens the weather of a storm. */
export function openWeather(seed: number, odds: Odds, turns: Turns, clock: Clock): Weather {
  const attempts = new AsyncLocalStorage<Attempt>();

  const checkAlive = ({ isDead, name }: Mortal): void => {
    if (isDead) throw new Error(`${name} is dead`);
  };

  /** One call: when, and what becomes of it. Outside of attempts there is no weather. */
  async function call<T>(process: Mortal, what: string, perform: () => Promise<T>): Promise<T> {
    const attempt = attempts.getStore();
    if (attempt === undefined) return perform();
    checkAlive(process);
    const stable = what.replace(HEX, '#');
    const n = (attempt.seen.get(stable) ?? 0) + 1;
    attempt.seen.set(stable, n);
    attempt.calls += 1;
    const { calls } = attempt;
    const lot = (kind: string): number => lotOf(`${seed} ${attempt.name} ${stable} ${n} ${kind}`);
    const isAwaited = AWAITED.test(what);
    const pause = REMOVES.test(attempt.name) && REMOVING.test(what) ? 0 : odds.pause * (isAwaited ? 0.15 : 1);
    await turns.pass(lot('pause') < pause, isAwaited);
    checkAlive(process);
    if (calls >= attempt.diesAt && lot('death') < 0.5) process.isDead = true;
    checkAlive(process);
    const fault = calls >= attempt.awayFrom ? lot('away') : lot('fault') / (2 * odds.fault);
    if (fault < 0.5) throw new TransientError(`${what}: no answer, not done`);
    const done = await perform();
    if (calls >= attempt.diesAt) process.isDead = true;
    await turns.pass(!isAwaited && lot('pause after') < pause / 3);
    checkAlive(process);
    if (fault < 1) throw new TransientError(`${what}: no answer, done all the same`);
    return done;
  }

  return {
    attempt(name, process, work) {
      const lot = (kind: string): number => lotOf(`${seed} ${name} ${kind}`);
      const from = (kind: string): number => 1 + Math.floor(lot(`${kind} from`) * CALLS);
      const attempt: Attempt = {
        name,
        process,
        seen: new Map(),
        calls: 0,
        awayFrom: lot('away') < odds.away ? from('away') : Infinity,
        diesAt: lot('death') < odds.death ? from('death') : Infinity,
      };
      return turns.within(process.name, () => attempts.run(attempt, work));
    },
    store: (process, store) => ({
      name: store.name,
      put: (key, body, options) => clock.during(() => call(process, `put ${key}`, () => store.put(key, body, options))),
      get: (key) => call(process, `get ${key}`, () => store.get(key)),
      head: (key) => call(process, `head ${key}`, () => store.head(key)),
      remove: (key) => call(process, `remove ${key}`, () => store.remove(key)),
      async *list(prefix, startAfter) {
        let page: ObjectInfo[] = [];
        let after = startAfter;
        do {
          page = await call(process, `list ${prefix}`, () => pageOf(store, prefix, after));
          yield* page;
          after = page.at(-1)?.key;
        } while (page.length === LISTED_AT_ONCE);
      },
      async *folders(prefix) {
        const names = await call(process, `folders ${prefix}`, async () => {
          const all: string[] = [];
          for await (const name of store.folders(prefix)) all.push(name);
          return all;
        });
        yield* names;
      },
    }),
    documents: (process, documents) =>
      new Proxy(documents, {
        get(target, name, receiver) {
          const method: unknown = Reflect.get(target, name, receiver);
          if (typeof method !== 'function') return method;
          return (...args: unknown[]) =>
            call(process, `documents ${String(name)}`, async () => (await method.apply(target, args)) as unknown);
        },
      }),
  };
}

async function pageOf(store: ObjectStore, prefix: string, after: string | undefined): Promise<ObjectInfo[]> {
  const page: ObjectInfo[] = [];
  for await (const info of store.list(prefix, after)) if (page.push(info) === LISTED_AT_ONCE) break;
  return page;
}

/** True for what an activity throws where trying again may help. */
export const isTransient = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'type' in error && error.type === 'Transient';

/** Tries again at once. */
export async function threeTries<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 0; tries < 2; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
    }
  }
  return work();
}

/** An object that a process slept too long to find. */
export const isGone = (error: unknown): boolean => messageOf(error).includes('is gone from the store');
