/** Whole numbers written as text: "40", "10,0" (a decimal comma), " 7 ". */

export type IntegerReading =
  | { readonly kind: 'value'; readonly value: number }
  | { readonly kind: 'not_an_integer' }
  | { readonly kind: 'out_of_range' };

/** Reads a whole number within [min, max]. A fraction of zeros is allowed, any other is not. */
export function readInteger(text: string, min: number, max: number): IntegerReading {
  const match = /^([+-]?\d{1,15})(?:[.,]0+)?$/.exec(text.trim());
  if (match === null) return { kind: 'not_an_integer' };
  const value = Number(match[1]) + 0;
  return value >= min && value <= max ? { kind: 'value', value: value === 0 ? 0 : value } : { kind: 'out_of_range' };
}

/** Ten-year bands, `30-39`; the last is open. */
export function ageBand(age: number): string {
  if (age >= 80) return '80+';
  const from = Math.floor(age / 10) * 10;
  return `${from}-${from + 9}`;
}
