/** Lenient reading of a JSON object: a value of another type is left out and noticed, never an error. */
import type { Issue, IssueCode } from '../contract.ts';
import { type Json, type JsonObject, isJsonObject } from '../../json.ts';

const MAX_INT32 = 2_147_483_647;

/** The fields of one object. Missing and null are the same: nothing, without an issue. */
export interface Fields {
  readonly path: string;
  readonly object: JsonObject;
  has(name: string): boolean;
  /** A whole number that JavaScript holds exactly: identifiers have up to 52 bits and are never rounded. */
  id(name: string): number | null;
  /** A whole number from 0 that fits 32 bits. */
  count(name: string): number | null;
  text(name: string): string | null;
  /** A text of a form that can hold no person's datum. */
  word(name: string, form: RegExp | readonly string[]): string | null;
  flag(name: string): boolean | null;
  fields(name: string): Fields | undefined;
  list(name: string): readonly Json[] | undefined;
  notice(name: string, code: IssueCode): null;
}

/** Reads `object`, which stands at `path`, and adds what it notices to `issues`. */
export function readFields(object: JsonObject, path: string, issues: Issue[]): Fields {
  const below = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const notice = (name: string, code: IssueCode): null => {
    const field = below(name);
    if (!issues.some((issue) => issue.field === field && issue.code === code)) issues.push({ field, code });
    return null;
  };
  const typed = <T extends Json>(name: string, is: (value: Json) => value is T): T | null => {
    const value = Object.hasOwn(object, name) ? object[name] : undefined;
    if (value === undefined || value === null) return null;
    return is(value) ? value : notice(name, 'wrong_type');
  };
  const text = (name: string): string | null => typed(name, isText);
  return {
    path,
    object,
    has: (name) => Object.hasOwn(object, name) && object[name] !== null,
    id: (name) => typed(name, isId),
    count: (name) => {
      const value = typed(name, isId);
      return value === null || (value >= 0 && value <= MAX_INT32) ? value : notice(name, 'out_of_range');
    },
    text,
    word: (name, form) => {
      const value = text(name);
      if (value === null) return null;
      const fits = form instanceof RegExp ? form.test(value) : form.includes(value);
      return fits ? value : notice(name, 'unknown_value');
    },
    flag: (name) => typed(name, isFlag),
    fields: (name) => {
      const value = typed(name, isObject);
      return value === null ? undefined : readFields(value, below(name), issues);
    },
    list: (name) => typed(name, isList) ?? undefined,
    notice,
  };
}

const isText = (value: Json): value is string => typeof value === 'string';
const isFlag = (value: Json): value is boolean => typeof value === 'boolean';
const isId = (value: Json): value is number => typeof value === 'number' && Number.isSafeInteger(value);
const isObject = (value: Json): value is JsonObject => isJsonObject(value);
const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
