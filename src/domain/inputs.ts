/**
 * Workflow inputs as people type them in the Temporal UI: one optional object. Wrong input fails at once, and the error
 * names the allowed fields with a sample.
 */
import { CONTRACTS } from './contracts/index.ts';
import { PermanentError, invariant } from './errors.ts';
import type { Source } from './layout.ts';
import { LIVE_INTERVAL_MS, LIVE_WINDOWS } from './live.ts';
import { isZone } from './rules/local-time.ts';
import { type Window, isDay, parseWindow } from './window.ts';

export interface EtlInput {
  /** Absent: every source. */
  readonly source?: Source;
  readonly window?: Window;
  /** First and last window, inclusive. A day stands for all its hours. */
  readonly from?: Window;
  readonly to?: Window;
}

export interface EtlWindowInput {
  readonly source: Source;
  readonly window: Window;
}

export interface ConsumeWorkflowInput {
  readonly subscription: string;
}

export interface LiveInput {
  readonly source: Source;
  /** Least time between the starts of two runs. */
  readonly intervalMs: number;
  /** Windows to run first: what an earlier run of the workflow leaves to this one. */
  readonly windows: readonly Window[];
  readonly paused: boolean;
  /** How long the first run waits. */
  readonly waitMs: number;
}

export interface ImportInput {
  /** Absolute path of an export's `result.json` where the worker runs. */
  readonly file: string;
  /** Zone of the computer that made it; only exports before 2021 need one. */
  readonly zone?: string;
  /** Numeric id of the bot it belongs to; absent: the worker's own. */
  readonly bot?: string;
}
export interface PollWorkflowInput {
  /** Numeric id of the bot. */
  readonly bot: string;
}

export interface WatchInput extends PollWorkflowInput {
  /** Poll, as soon as updates fail to come through the webhook. */
  readonly fallBack?: boolean;
  /** More waiting updates than this are told. */
  readonly pendingLimit?: number;
  readonly everySeconds?: number;
}
export type WatchSettings = Required<WatchInput>;

const ETL_FIELDS = ['source', 'window', 'from', 'to'] as const;
const ETL_SAMPLE =
  '{"source":"desk","window":"2026-11-22T03"}, {"from":"2026-11-21","to":"2026-11-22"} or {} for everything pending';

/** Reads the input of `etl`. Throws PermanentError. */
export function readEtlInput(value: unknown): EtlInput {
  const input = fieldsOf(value, ETL_FIELDS, ETL_SAMPLE);
  const window = optionalWindow(input, ETL_FIELDS, ETL_SAMPLE);
  const source = optionalSource(input, ETL_FIELDS, ETL_SAMPLE);
  if (window !== undefined && source === undefined)
    throw bad('a window belongs to one source: give "source" too', ETL_FIELDS, ETL_SAMPLE);
  const from = optionalBound(input, 'from', '00');
  const to = optionalBound(input, 'to', '23');
  if (window !== undefined && (from !== undefined || to !== undefined))
    throw bad('give "window", or "from" and "to", not both', ETL_FIELDS, ETL_SAMPLE);
  if (from !== undefined && to !== undefined && from > to) throw bad('"from" lies after "to"', ETL_FIELDS, ETL_SAMPLE);
  return {
    ...(source === undefined ? {} : { source }),
    ...(window === undefined ? {} : { window }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}

const WINDOW_FIELDS = ['source', 'window'] as const;
const WINDOW_SAMPLE = '{"source":"desk","window":"2026-11-22T03"}';

/** Reads the input of `etlWindow`. Throws PermanentError. */
export function readEtlWindowInput(value: unknown): EtlWindowInput {
  const input = fieldsOf(value, WINDOW_FIELDS, WINDOW_SAMPLE);
  const source = optionalSource(input, WINDOW_FIELDS, WINDOW_SAMPLE);
  const window = optionalWindow(input, WINDOW_FIELDS, WINDOW_SAMPLE);
  if (source === undefined || window === undefined)
    throw bad('"source" and "window" are both needed', WINDOW_FIELDS, WINDOW_SAMPLE);
  return { source, window };
}

/** Reads the input of `consume`. Throws PermanentError. */
export function readConsumeInput(value: unknown): ConsumeWorkflowInput {
  const sample = '{"subscription":"desk"}';
  const { subscription } = fieldsOf(value, ['subscription'], sample);
  if (typeof subscription !== 'string' || subscription === '')
    throw bad('"subscription" is needed', ['subscription'], sample);
  return { subscription };
}

const LIVE_FIELDS = ['source', 'intervalMs', 'windows', 'paused', 'waitMs'] as const;
const LIVE_SAMPLE = '{"source":"desk"} or {"source":"desk","intervalMs":30000,"windows":["2026-11-22T03"]}';
const LEAST_INTERVAL_MS = 100;

/** Reads the input of `live`. Throws PermanentError. */
export function readLiveInput(value: unknown): LiveInput {
  const input = fieldsOf(value, LIVE_FIELDS, LIVE_SAMPLE);
  const source = optionalSource(input, LIVE_FIELDS, LIVE_SAMPLE);
  if (source === undefined) throw bad('"source" is needed', LIVE_FIELDS, LIVE_SAMPLE);
  const { windows: names = [], paused = false } = input;
  const intervalMs = milliseconds(input, 'intervalMs', LIVE_INTERVAL_MS, LEAST_INTERVAL_MS);
  const waitMs = milliseconds(input, 'waitMs', 0, 0);
  if (typeof paused !== 'boolean') throw bad('"paused" must be true or false', LIVE_FIELDS, LIVE_SAMPLE);
  const windows = readWindows(names);
  if (windows === undefined || windows.length > LIVE_WINDOWS)
    throw bad(
      `"windows" must be a list of at most ${LIVE_WINDOWS} hours, such as ["2026-11-22T03"]`,
      LIVE_FIELDS,
      LIVE_SAMPLE,
    );
  return { source, intervalMs, windows, paused, waitMs };
}

function milliseconds<F extends 'intervalMs' | 'waitMs'>(
  input: Partial<Record<F, unknown>>,
  field: F,
  fallback: number,
  least: number,
): number {
  const value = input[field];
  if (value === undefined) return fallback;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least) return value;
  throw bad(`"${field}" must be a whole number of milliseconds, at least ${least}`, LIVE_FIELDS, LIVE_SAMPLE);
}

/** The windows of a list, or undefined when it is no list of hours that exist. */
export function readWindows(value: unknown): readonly Window[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const windows = value.map((name: unknown) => (typeof name === 'string' ? parseWindow(name) : undefined));
  return windows.every((window) => window !== undefined) ? windows : undefined;
}

const IMPORT_FIELDS = ['file', 'zone', 'bot'] as const;
const IMPORT_SAMPLE = '{"file":"/imports/result.json"} or {"file":"/imports/result.json","zone":"America/Sao_Paulo"}';

/** Reads the input of `importExport`. Throws PermanentError. */
export function readImportInput(value: unknown): ImportInput {
  const { file, zone, bot } = fieldsOf(value, IMPORT_FIELDS, IMPORT_SAMPLE);
  if (typeof file !== 'string' || !/^(\/|[A-Za-z]:[\\/])/.test(file))
    throw bad('"file" must be the absolute path of an export where the worker runs', IMPORT_FIELDS, IMPORT_SAMPLE);
  if (zone !== undefined && (typeof zone !== 'string' || !isZone(zone)))
    throw bad('"zone" must be a time zone by its IANA name, such as America/Sao_Paulo', IMPORT_FIELDS, IMPORT_SAMPLE);
  if (bot !== undefined && (typeof bot !== 'string' || !/^[1-9]\d{0,14}$/.test(bot)))
    throw bad('"bot" must be the numeric id of a bot, as text', IMPORT_FIELDS, IMPORT_SAMPLE);
  return { file, ...(zone === undefined ? {} : { zone }), ...(bot === undefined ? {} : { bot }) };
}

const POLL_SAMPLE = '{"bot":"1234567"}';

/** Reads the input of `poll`. Throws PermanentError. */
export function readPollInput(value: unknown): PollWorkflowInput {
  return { bot: neededBot(fieldsOf(value, ['bot'], POLL_SAMPLE), ['bot'], POLL_SAMPLE) };
}

const WATCH_FIELDS = ['bot', 'fallBack', 'pendingLimit', 'everySeconds'] as const;
const WATCH_SAMPLE = '{"bot":"1234567"} or {"bot":"1234567","fallBack":true,"pendingLimit":100,"everySeconds":180}';

/** Reads the input of `watchWebhook`. Throws PermanentError. */
export function readWatchInput(value: unknown): WatchSettings {
  const input = fieldsOf(value, WATCH_FIELDS, WATCH_SAMPLE);
  const bot = neededBot(input, WATCH_FIELDS, WATCH_SAMPLE);
  const { fallBack = false, pendingLimit = 100, everySeconds = 180 } = input;
  if (typeof fallBack !== 'boolean') throw bad('"fallBack" must be true or false', WATCH_FIELDS, WATCH_SAMPLE);
  if (!isWholeFrom(pendingLimit, 0))
    throw bad('"pendingLimit" must be a whole number, at least 0', WATCH_FIELDS, WATCH_SAMPLE);
  if (!isWholeFrom(everySeconds, 1))
    throw bad('"everySeconds" must be a whole number, at least 1', WATCH_FIELDS, WATCH_SAMPLE);
  return { bot, fallBack, pendingLimit, everySeconds };
}

const isWholeFrom = (value: unknown, least: number): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= least;

/** A bot's id, also where somebody typed it as a number. */
function neededBot(input: { readonly bot?: unknown }, fields: readonly string[], sample: string): string {
  const bot = typeof input.bot === 'number' ? String(input.bot) : input.bot;
  if (typeof bot === 'string' && /^\d{1,20}$/.test(bot)) return bot;
  // What was typed is not repeated: it may be the whole token.
  throw bad('"bot" is needed: the numeric id of the bot, the digits before the colon of its token', fields, sample);
}

const bad = (what: string, fields: readonly string[], sample: string): PermanentError =>
  new PermanentError(`Wrong input: ${what}. Allowed fields: ${fields.join(', ')}. Sample: ${sample}`);

/** The fields of an optional object; empty texts count as absent, unknown fields are refused. */
function fieldsOf<F extends string>(value: unknown, fields: readonly F[], sample: string): Partial<Record<F, unknown>> {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw bad(`it must be a JSON object, not ${JSON.stringify(value)}`, fields, sample);
  const known: Partial<Record<F, unknown>> = {};
  for (const [key, field] of Object.entries(value as Readonly<Record<string, unknown>>)) {
    const name = fields.find((candidate) => candidate === key);
    if (name === undefined) throw bad(`"${key}" is not a field`, fields, sample);
    if (field !== null && field !== '') known[name] = field;
  }
  return known;
}

function optionalSource(
  input: { readonly source?: unknown },
  fields: readonly string[],
  sample: string,
): Source | undefined {
  const { source } = input;
  if (source === undefined) return undefined;
  if (typeof source === 'string' && CONTRACTS.has(source)) return source;
  throw bad(
    `${JSON.stringify(source)} is not a source; there are: ${[...CONTRACTS.keys()].join(', ')}`,
    fields,
    sample,
  );
}

function optionalWindow(
  input: { readonly window?: unknown },
  fields: readonly string[],
  sample: string,
): Window | undefined {
  const { window } = input;
  if (window === undefined) return undefined;
  const parsed = typeof window === 'string' ? parseWindow(window) : undefined;
  if (parsed === undefined)
    throw bad(`${JSON.stringify(window)} is not an hour that exists, such as 2026-11-22T03`, fields, sample);
  return parsed;
}

function optionalBound(
  input: { readonly from?: unknown; readonly to?: unknown },
  field: 'from' | 'to',
  hour: string,
): Window | undefined {
  const value = input[field];
  if (value === undefined) return undefined;
  const text = typeof value === 'string' && isDay(value) ? `${value}T${hour}` : value;
  const parsed = typeof text === 'string' ? parseWindow(text) : undefined;
  if (parsed === undefined)
    throw bad(
      `"${field}" must be a day (2026-11-22) or an hour (2026-11-22T03) that exists, not ${JSON.stringify(value)}`,
      ETL_FIELDS,
      ETL_SAMPLE,
    );
  return parsed;
}

/** The sources an `etl` run looks at. */
export function sourcesOf(input: EtlInput): readonly Source[] {
  const sources = input.source === undefined ? [...CONTRACTS.keys()] : [input.source];
  invariant(sources.length > 0, 'there is no source');
  return sources;
}
