/**
 * Workflow inputs as people type them in the Temporal UI: one optional object. Wrong input fails at once, and the error
 * names the allowed fields with a sample.
 */
import { CONTRACTS } from '../sources/index.ts';
import { PermanentError } from '../errors.ts';
import type { Source } from '../formats/layout.ts';
import { editDistance } from '../judge/rules/vocabulary.ts';
import { type Window, isDay, parseWindow } from '../window.ts';

/** What one workflow takes. */
export interface InputShape<F extends string> {
  readonly fields: readonly F[];
  readonly sample: string;
}

/** The fields that were given; empty texts and null count as absent. Every reader throws PermanentError for a wrong value. */
export interface Given<F extends string> {
  readonly value: (field: F) => unknown;
  readonly source: (field: F) => Source | undefined;
  readonly window: (field: F) => Window | undefined;
  /** An hour; a day stands for its hour `hour`. */
  readonly bound: (field: F, hour: '00' | '23') => Window | undefined;
  /** A day, such as 2026-11-22. */
  readonly day: (field: F) => string | undefined;
  readonly flag: (field: F, fallback: boolean) => boolean;
  readonly whole: (field: F, fallback: number, least: number, unit?: string) => number;
  /** Throws: what is wrong, the allowed fields, a sample. */
  readonly fail: (what: string) => never;
}

/** Reads the fields of an optional object; unknown ones are refused. Throws PermanentError. */
export function givenFields<F extends string>(value: unknown, { fields, sample }: InputShape<F>): Given<F> {
  const fail = (what: string): never => {
    throw new PermanentError(`Wrong input: ${what}. Allowed fields: ${fields.join(', ')}. Sample: ${sample}`);
  };
  const known: Partial<Record<F, unknown>> = {};
  if (typeof (value ?? {}) !== 'object' || Array.isArray(value)) fail(`it must be a JSON object, not ${kindOf(value)}`);
  for (const [key, field] of Object.entries((value ?? {}) as Readonly<Record<string, unknown>>)) {
    const name = fields.find((candidate) => candidate === key) ?? fail(unknownField(key, fields));
    if (field !== null && field !== '') known[name] = field;
  }

  function read<T>(field: F, parse: (value: unknown) => T | undefined, must: string): T | undefined {
    const given = known[field];
    if (given === undefined) return undefined;
    return parse(given) ?? fail(`"${field}" must be ${must}, not ${kindOf(given)}`);
  }

  return {
    value: (field) => known[field],
    source(field) {
      const given = known[field];
      if (given === undefined) return undefined;
      if (typeof given === 'string' && CONTRACTS.has(given)) return given;
      return fail(`"${field}" must be a source, not ${kindOf(given)}; there are: ${[...CONTRACTS.keys()].join(', ')}`);
    },
    window(field) {
      const given = known[field];
      if (given === undefined) return undefined;
      return (
        hourOf(given) ?? fail(`"${field}" must be an hour that exists, such as 2026-11-22T03, not ${kindOf(given)}`)
      );
    },
    bound: (field, hour) =>
      read(
        field,
        (given) => hourOf(typeof given === 'string' && isDay(given) ? `${given}T${hour}` : given),
        'a day (2026-11-22) or an hour (2026-11-22T03) that exists',
      ),
    day: (field) =>
      read(
        field,
        (given) => (typeof given === 'string' && isDay(given) ? given : undefined),
        'a day that exists, such as 2026-11-22',
      ),
    flag: (field, fallback) =>
      read(field, (given) => (typeof given === 'boolean' ? given : undefined), 'true or false') ?? fallback,
    whole: (field, fallback, least, unit = '') =>
      read(
        field,
        (given) => (typeof given === 'number' && Number.isSafeInteger(given) && given >= least ? given : undefined),
        `a whole number${unit}, at least ${least}`,
      ) ?? fallback,
    fail,
  };
}

/** What was typed is not repeated: it may be anybody's, and errors stand in histories and logs. A day or an hour is nobody's. */
export function kindOf(value: unknown): string {
  if (typeof value === 'string') return /^\d{4}-\d{2}-\d{2}(T\d{2})?$/.test(value) ? value : 'another text';
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** One field that is not known, and the known one it comes near to. */
function unknownField(key: string, fields: readonly string[]): string {
  const near = fields.find((field) => editDistance(field.toLowerCase(), key.slice(0, 64).toLowerCase()) <= 2);
  return `it has a field that is not known${near === undefined ? '' : `; did you mean "${near}"?`}`;
}

const hourOf = (value: unknown): Window | undefined => (typeof value === 'string' ? parseWindow(value) : undefined);

/** The windows of a list, or undefined when it is no list of hours that exist. */
export function readWindows(value: unknown): readonly Window[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const windows = value.map(hourOf);
  return windows.every((window) => window !== undefined) ? windows : undefined;
}

/** The fields of `values` that are there: an absent one is left out, not undefined. */
export const present = <T extends object>(values: { readonly [K in keyof T]: T[K] | undefined }): Partial<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
