/**
 * What SQL may read itself: the usual body, described so narrowly that DuckDB's JSON and JavaScript's cannot differ on it. Anything else
 * is a suspect and goes through the reference. test/adapters/engine proves both ways equal.
 */
import type { Contract, FieldRules } from '../../../domain/contracts/contract.ts';
import { FORBIDDEN_KEYS } from '../../../domain/decode.ts';

const BLANK = '[ \\t\\r\\n]*';
const HEX = '[0-9a-fA-F]';
/** No control character (they separate the keys of a shape) and no half of a UTF-16 pair. */
const UNICODE = `00[2-9a-fA-F]${HEX}|0[1-9a-fA-F]${HEX}{2}|[1-9a-cA-Ce-fE-F]${HEX}{3}|[dD][0-7]${HEX}{2}`;
const STRING = `"(?:[^"\\\\\\x00-\\x1f]|\\\\(?:["\\\\/bfnrt]|u(?:${UNICODE})))*"`;
/** No exponent and no more digits than every reader keeps. */
const NUMBER = '-?(?:0|[1-9][0-9]{0,14})(?:\\.[0-9]{1,15})?';
const SCALAR = `(?:${STRING}|${NUMBER}|true|false|null)`;

const several = (item: string): string => `(?:${item}${BLANK}(?:,${BLANK}${item}${BLANK})*)?`;
const between = (open: string, item: string, close: string): string => `\\${open}${BLANK}${several(item)}\\${close}`;
const member = (key: string, value: string): string => `${key}${BLANK}:${BLANK}${value}`;

/**
 * A pattern that the whole body must match: one object of scalars, in which only the contract's nested field may hold an array or an
 * object of scalars. So nesting is shallow, and no key hides where key shapes do not look.
 */
export function plainPattern(contract: Contract<FieldRules>): string {
  const nested = `(?:${between('{', member(STRING, SCALAR), '}')}|${between('[', SCALAR, ']')})`;
  const members = contract.rules.fields
    .filter((field) => field.nests)
    .map((field) => member(`"${field.path}"`, nested));
  return `${BLANK}${between('{', `(?:${[member(STRING, SCALAR), ...members].join('|')})`, '}')}${BLANK}`;
}

/** Separates the keys of one object in a key shape, and one object from the next. */
export const KEY_END = '\u001f';
export const OBJECT_END = '\u001e';

/** True when no object of a key shape names a key twice or one that JavaScript treats specially. */
export function isPlainShape(shape: string): boolean {
  return shape.split(OBJECT_END).every((joined) => {
    const keys = joined.split(KEY_END);
    return new Set(keys).size === keys.length && !keys.some((key) => FORBIDDEN_KEYS.has(key));
  });
}
