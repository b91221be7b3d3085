/** Keys of marks, lists and findings: what is noted beside the truth, so that it is found again at once. `layout.ts` has all others. */
import { type Window, parseWindow } from '../window.ts';
import { type Source, hourPrefix, pad, parseRawKey } from './layout.ts';
import type { Key } from './prefixes.ts';

/** What a round of upkeep found or did, kept: `upkeep/source=S/vacuum/<ms>-<sha256>.json`. */
export const upkeepKey = (source: Source, kind: string, atMs: number, sha256: string): Key =>
  `upkeep/source=${source}/${kind}/${pad(atMs, 13)}-${sha256}.json`;
/** What a rebuild would change: compared before it is published. */
export const diffKey = (source: Source, window: Window, revision: number, sha256: string): Key =>
  `${hourPrefix('diffs', source, window)}r${pad(revision, 4)}-${sha256}.json`;
export const diffsPrefix = (source: Source): Key => `diffs/source=${source}/`;

/** The window and revision in the key of a diff, or undefined. */
export function parseDiffKey(key: string): { readonly window: Window; readonly revision: number } | undefined {
  const [, date = '', hour = '', revision = ''] =
    /^diffs\/source=[^/]+\/date=([^/]+)\/hour=(\d{2})\/r(\d{4,})-[0-9a-f]{64}\.json$/.exec(key) ?? [];
  const window = parseWindow(`${date}T${hour}`);
  return window && { window, revision: Number(revision) };
}

/** A receipt day with nothing left to do; the hash is that of its list of raw keys. */
export const settledPrefix = (source: Source): Key => `settled/source=${source}/`;
export const settledDayPrefix = (source: Source, day: string): Key => `${settledPrefix(source)}date=${day}/`;
export const settledKey = (source: Source, day: string, sha256: string): Key =>
  `${settledDayPrefix(source, day)}${sha256}.json`;

/** The day in a key made by settledKey, or undefined. */
export const settledDay = (key: string): string | undefined => /\/date=([^/]+)\/[0-9a-f]{64}\.json$/.exec(key)?.[1];

/** Why windows need a person: below its window's folder, `<since, ms>-<code>-<sha256>.json`. */
export const parkedSourcePrefix = (source: Source): Key => `parked/source=${source}/`;
export const parkedPrefix = (source: Source, window: Window): Key => hourPrefix('parked', source, window);
export const parkedKey = ({ source, window, sinceMs, code }: Omit<ParkedKey, 'key'>, sha256: string): Key =>
  `${parkedPrefix(source, window)}${pad(sinceMs, 13)}-${code}-${sha256}.json`;

const PARKED = /^parked\/source=([^/]+)\/date=([^/]+)\/hour=(\d{2})\/(\d{13,})-([0-9a-f]+)-[0-9a-f]{64}\.json$/;

/** What a parked window's key says; `code` is a short word for the code that gave up. */
export interface ParkedKey {
  readonly key: string;
  readonly source: Source;
  readonly window: Window;
  readonly sinceMs: number;
  readonly code: string;
}

/** The parts of such a key, or undefined. */
export function parseParkedKey(key: string): ParkedKey | undefined {
  const match = PARKED.exec(key);
  if (match === null) return undefined;
  const [, source = '', date = '', hour = '', since = '', code = ''] = match;
  const window = parseWindow(`${date}T${hour}`);
  return window && { key, source, window, sinceMs: Number(since), code };
}

/** Messages that an operator set aside, an object each: below its window's folder, named as its raw object and line. */
export const asideSourcePrefix = (source: Source): Key => `aside/source=${source}/`;
export const asidePrefix = (source: Source, window: Window): Key => hourPrefix('aside', source, window);
/** `rawKey`: of a raw object. */
export const asideKey = (rawKey: string, line: number): Key =>
  `aside/${rawKey.replace(/^raw\//, '').replace(/\.ndjson\.gz$/, '')}-${line}.json`;

/** The place that such a key names, or undefined. */
export function parseAsideKey(key: string): { readonly key: string; readonly line: number } | undefined {
  const [, stem = '', line = ''] = /^aside\/(.+)-(\d{1,9})\.json$/.exec(key) ?? [];
  const rawKey = `raw/${stem}.ndjson.gz`;
  return parseRawKey(rawKey) === undefined ? undefined : { key: rawKey, line: Number(line) };
}

/** The closings of a local day, numbered from 1: `closed/source=S/<day>/<n>.json`. */
export const closedPrefix = (source: Source, day: string): Key => `closed/source=${source}/${day}/`;
export const closedKey = (source: Source, day: string, n: number): Key =>
  `${closedPrefix(source, day)}${pad(n, 20)}.json`;
/** Lists of a backfill: its windows, or the diffs of them. */
export const backfillKey = (source: Source, kind: 'plan' | 'diff', sha256: string): Key =>
  `backfills/source=${source}/${kind}-${sha256}.json`;

/** A chat that became another, known for ever: an empty object whose name says it. */
export const movesPrefix = (source: Source): Key => `meta/moves/${source}/`;
export const moveKey = (source: Source, from: string, to: string): Key => `${movesPrefix(source)}${from}_${to}.json`;

const MOVE = /\/(-?\d{1,16})_(-?\d{1,16})\.json$/;

/** The move a key names, [old id, new id], or undefined. */
export function parseMoveKey(key: string): readonly [string, string] | undefined {
  const match = MOVE.exec(key);
  return match === null ? undefined : [match[1] ?? '', match[2] ?? ''];
}

/** Which quarantined messages were fixed: a list per landing. */
export const fixesPrefix = (source: Source): Key => `meta/fixes/${source}/`;
export const fixKey = (source: Source, sha256: string): Key => `${fixesPrefix(source)}${sha256}.json`;
