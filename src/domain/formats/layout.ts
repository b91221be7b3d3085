/**
 * With marks.ts the only place that knows how objects of the store are named.
 * Content-addressed keys end in the SHA-256 of the bytes, so "it exists" means "it is stored".
 */
import { invariant } from '../errors.ts';
import type { Key } from './prefixes.ts';
import type { Week } from '../week.ts';
import { type Window, parseWindow, windowOf, windowParts } from '../window.ts';

export const FORMAT_VERSION = 2;

/** Lower-case words of letters, digits and underscores: safe in keys, tables and workflow ids. */
export type Source = string;

const SOURCE = /^[a-z][a-z0-9_]{0,30}$/;

/** True when a text may name a source. */
export function isSource(text: string): boolean {
  return SOURCE.test(text);
}

/** What a raw object's key says about it. */
export interface RawKey {
  readonly source: Source;
  readonly window: Window;
  readonly openedAtMs: number;
  readonly count: number;
  /** Bytes of its lines, not compressed: what reading it takes. */
  readonly size: number;
  readonly sha256: string;
}

/** Names a seal everywhere: in keys, in the ledger, in `txn`. */
export interface SealId {
  readonly source: Source;
  readonly window: Window;
  readonly generation: number;
}

/** A number in so many digits, so that keys lie in its order. */
export const pad = (n: number, digits: number): string => n.toString().padStart(digits, '0');

type HourlyKind = 'raw' | 'seals' | 'diffs' | 'parked' | 'aside';

/** The folder of a window below a kind of objects. */
export const hourPrefix = (kind: HourlyKind, source: Source, window: Window): Key => {
  const { date, hour } = windowParts(window);
  return `${kind}/source=${source}/date=${date}/hour=${hour}/`;
};

export const rawPrefix = (source: Source, window: Window): Key => hourPrefix('raw', source, window);
/** What was received, of all sources. */
export const RAW_PREFIX: Key = 'raw/';
export const rawSourcePrefix = (source: Source): Key => `raw/source=${source}/`;
export const rawDayPrefix = (source: Source, day: string): Key => `raw/source=${source}/date=${day}/`;

/** `raw/source=S/date=D/hour=H/<openedAtMs>-<count>-<size>-<sha256>.ndjson.gz` */
export function rawKey(parts: RawKey): Key {
  invariant(parts.count > 0 && parts.size > 0, 'a raw object holds at least one message');
  return `${rawPrefix(parts.source, parts.window)}${pad(parts.openedAtMs, 13)}-${parts.count}-${parts.size}-${parts.sha256}.ndjson.gz`;
}

const RAW =
  /^raw\/source=([^/]+)\/date=([^/]+)\/hour=(\d{2})\/(\d{13,})-([1-9]\d*)-([1-9]\d*)-([0-9a-f]{64})\.ndjson\.gz$/;

/** The parts of a raw key, or undefined for an object that chatlake did not write. */
export function parseRawKey(key: string): RawKey | undefined {
  const match = RAW.exec(key);
  if (match === null) return undefined;
  const [, source = '', date = '', hour = '', opened = '', count = '', size = '', sha256 = ''] = match;
  const window = parseWindow(`${date}T${hour}`);
  return window && { source, window, openedAtMs: Number(opened), count: Number(count), size: Number(size), sha256 };
}

/** The hour whose folder a raw object or a seal lies in, or undefined; the object itself may be a stranger. */
export function windowOfFolder(key: string): Window | undefined {
  const match = /^(?:raw|seals)\/source=[^/]+\/date=([^/]+)\/hour=(\d{2})\/[^/]+$/.exec(key);
  return match === null ? undefined : parseWindow(`${match[1] ?? ''}T${match[2] ?? ''}`);
}

export const sealSourcePrefix = (source: Source): Key => `seals/source=${source}/`;
export const sealDayPrefix = (source: Source, day: string): Key => `seals/source=${source}/date=${day}/`;
export const sealPrefix = (source: Source, window: Window): Key => hourPrefix('seals', source, window);

/** `seals/source=S/date=D/hour=H/g0001.json` */
export const sealKey = (id: SealId): Key => `${sealPrefix(id.source, id.window)}g${pad(id.generation, 4)}.json`;

const SEAL = /^seals\/source=([^/]+)\/date=([^/]+)\/hour=(\d{2})\/g(\d{4,})\.json$/;

/** The seal a key names, or undefined. */
export function parseSealKey(key: string): SealId | undefined {
  const match = SEAL.exec(key);
  if (match === null) return undefined;
  const [, source = '', date = '', hour = '', generation = ''] = match;
  const window = parseWindow(`${date}T${hour}`);
  return window && { source, window, generation: Number(generation) };
}

/** `desk-2026-11-22T03-g0001`: a seal as one word, in file names, rows and `txn`. */
export const sealName = (id: SealId): string => `${id.source}-${id.window}-g${pad(id.generation, 4)}`;

const SEAL_NAME = /^([a-z][a-z0-9_]*)-(\d{4}-\d{2}-\d{2}T\d{2})-g(\d{4,})$/;

/** The seal of a name made by sealName. Throws PermanentError through windowOf for anything else. */
export function parseSealName(name: string): SealId {
  const match = SEAL_NAME.exec(name);
  invariant(match !== null, `"${name}" is not the name of a seal`);
  const [, source = '', window = '', generation = ''] = match;
  return { source, window: windowOf(window), generation: Number(generation) };
}

/** `file`: the SHA-256 of the bytes, and the ending that says what they are. */
export const stagingKey = (run: string, step: string, n: number, file: `${string}.${'json' | 'parquet'}`): Key =>
  `staging/${run}/${step}-${pad(n, 5)}-${file}`;

/** `desk-2026-11-22T03-g0001-r0`: one revision of one seal; the folder of its staging, the stem of its files. */
export const runName = (seal: string, revision: number): string => `${seal}-r${revision}`;

export const ledgerRoot = (source: Source): Key => `ledger/${source}/`;
export const ledgerFile = (run: string, sha256: string): string => `${run}-${sha256}.parquet`;
/** The run that wrote a ledger file, or undefined for a merged one and for anything else. */
export function parseLedgerFile(path: string): { readonly seal: string; readonly revision: number } | undefined {
  const [, seal = '', revision = ''] = /^(.+-g\d{4,})-r(\d+)-[0-9a-f]{64}\.parquet$/.exec(path) ?? [];
  return SEAL_NAME.test(seal) ? { seal, revision: Number(revision) } : undefined;
}

export const MANIFESTS_PREFIX: Key = 'manifests/';
export const manifestKey = (sha256: string): Key => `${MANIFESTS_PREFIX}${sha256}.json`;
export const tableRoot = (table: string): Key => `tables/${table}/`;
export const isTableRoot = (root: string): boolean => root.startsWith('tables/');

/**
 * Path of a table's file below its root. `what` is for people: the run that wrote it, or what made it of other files. What a file
 * holds stands in the log; a name decides nothing.
 */
export const tableFile = (what: string, n: number, sha256: string): string => `${what}-${pad(n, 4)}-${sha256}.parquet`;

/** The word for files made of others: `plannedMs` keeps two attempts apart, so that none meets what a vacuum takes of the other. */
export const compactedAt = (plannedMs: number): string => `compact-${pad(plannedMs, 13)}`;

/** True for the path of a file that chatlake wrote, as far as its name tells. */
export const isTableFile = (path: string): boolean => /^[^/]+-\d{4,}-[0-9a-f]{64}\.parquet$/.test(path);

/** Path of a ledger file that a merge made. */
export const mergedFile = (plannedMs: number, n: number, sha256: string): string =>
  `merge-${pad(plannedMs, 13)}-${pad(n, 4)}-${sha256}.parquet`;

/** What a contract says of a table, as manifests name it: its columns, whether it has documents. */
export const tableSpecPrefix = (source: Source): Key => `meta/tables/${source}/`;
export const tableSpecKey = (source: Source, table: string, contractVersion: number, sha256: string): Key =>
  `${tableSpecPrefix(source)}${table}/${pad(contractVersion, 6)}-${sha256}.json`;

export const STAGING_PREFIX: Key = 'staging/';

/** The seal and revision of a folder below staging, or undefined. */
export function parseStagingRun(folder: string): { readonly seal: string; readonly revision: number } | undefined {
  const [, seal = '', revision = ''] = /^(.+-g\d{4,})-r(\d+)\/$/.exec(folder) ?? [];
  return SEAL_NAME.test(seal) ? { seal, revision: Number(revision) } : undefined;
}

/** What the entries up to a version add up to, so that nobody has to read them one by one. */
export const snapshotPrefix = (source: Source): Key => `meta/ledger/${source}/`;
export const snapshotKey = (source: Source, version: number, sha256: string): Key =>
  `${snapshotPrefix(source)}${pad(version, 20)}-${sha256}.ndjson.gz`;

/** The ledger version in the key of a snapshot, or undefined. */
export function snapshotVersion(key: string): number | undefined {
  const match = /^meta\/ledger\/[^/]+\/(\d{20})-[0-9a-f]{64}\.ndjson\.gz$/.exec(key);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

export const verifiedPrefix = (source: Source): Key => `verified/${source}/`;
export const verifiedKey = (source: Source, version: number): Key =>
  `${verifiedPrefix(source)}${pad(version, 20)}.json`;

/** The days that one run of `report` made, by the ledger version it read the tables at: `reports/<name>/<n>-<sha256>.json`. */
export const reportPrefix = (name: string): Key => `reports/${name}/`;
export const reportKey = (name: string, version: number, sha256: string): Key =>
  `${reportPrefix(name)}${pad(version, 20)}-${sha256}.json`;
/** Every key of a later version comes after this. */
export const reportsAfter = (name: string, version: number): Key => `${reportPrefix(name)}${pad(version, 20)}~`;

/** A file of the report of a week: `reports/files/<week>/<SHA-256 of all its files>/<name>`; no report is named `files`. */
export const weeklyFile = (week: Week, sha256: string, name: string): Key =>
  `${reportPrefix('files')}${week}/${sha256}/${name}`;

/** The number in a key made by verifiedKey, reportKey or closedKey. */
export function versionOfKey(key: string): number {
  const match = /\/(\d{20})(?:-[0-9a-f]{64})?\.json$/.exec(key);
  invariant(match?.[1] !== undefined, `"${key}" does not end in a version`);
  return Number(match[1]);
}

/** Where a line lies in raw, as people write it: `raw/…ndjson.gz#7`. */
export const placeText = (rawKey: string, line: number): string => `${rawKey}#${line}`;

/** The raw key and line of a place, or undefined for any other text. */
export function parsePlace(text: string): { readonly key: string; readonly line: number } | undefined {
  const match = /^(.+)#(\d{1,9})$/.exec(text);
  const [, key = '', line = ''] = match ?? [];
  return parseRawKey(key) === undefined ? undefined : { key, line: Number(line) };
}

/** Where the fingerprint of the pseudonym key lives: a second key would split every person in two. */
export const KEY_FINGERPRINT: Key = 'meta/pseudonym-key.json';
export const PROBE_PREFIX: Key = 'meta/probe/';

/** The SHA-256 in a content-addressed key or path, or undefined. */
export function sha256OfKey(key: string): string | undefined {
  return /-([0-9a-f]{64})\.[a-z.]+$/.exec(key)?.[1] ?? /^manifests\/([0-9a-f]{64})\.json$/.exec(key)?.[1];
}
