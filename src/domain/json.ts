/** JSON values, and what a rule may take for text. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export type JsonObject = { readonly [key: string]: Json };

/** True for a JSON object (not null, not an array). */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A scalar as text: producers write 40, "40" and true alike. `absent` covers missing, null and blank. */
export type Scalar =
  | { readonly kind: 'absent' }
  | { readonly kind: 'text'; readonly text: string; readonly wasNumber: boolean }
  | { readonly kind: 'other' };

/** Reads a JSON value as a scalar; numbers count only when they are whole and exact (|n| ≤ 2^53 − 1). */
export function scalarOf(value: Json | undefined): Scalar {
  if (value === undefined || value === null) return { kind: 'absent' };
  if (typeof value === 'string')
    return value.trim() === '' ? { kind: 'absent' } : { kind: 'text', text: value, wasNumber: false };
  if (typeof value === 'boolean') return { kind: 'text', text: String(value), wasNumber: false };
  if (typeof value === 'number' && Number.isSafeInteger(value))
    return { kind: 'text', text: String(value), wasNumber: true };
  return { kind: 'other' };
}
