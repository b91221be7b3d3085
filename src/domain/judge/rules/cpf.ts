/** CPF: the Brazilian taxpayer number, eleven digits of which the last two check the others (Receita Federal, IN RFB 1.548/2015). */

/** Digits and dots, one dash between them; a number is written with digits alone. */
const WRITTEN = /^[\d.]+(?:-[\d.]+)?$/;
const NUMBER = /^\d{1,11}$/;

/** The eleven digits of a text, or undefined. A number lost its leading zeros, so it is padded: `padded` says so. */
export function cpfDigits(
  text: string,
  wasNumber: boolean,
): { readonly digits: string; readonly padded: boolean } | undefined {
  if (wasNumber) return NUMBER.test(text) ? { digits: text.padStart(11, '0'), padded: text.length < 11 } : undefined;
  const written = text.trim();
  const digits = WRITTEN.test(written) ? written.replace(/[.-]/g, '') : '';
  return digits.length === 11 ? { digits, padded: false } : undefined;
}

/** True when both check digits hold and the digits are not all the same. */
export function isCpf(digits: string): boolean {
  if (!/^\d{11}$/.test(digits) || /^(\d)\1{10}$/.test(digits)) return false;
  return checkDigit(digits, 9) === Number(digits[9]) && checkDigit(digits, 10) === Number(digits[10]);
}

/** Weights fall from length + 1 to 2; the remainder by 11 gives 0 below 2, else 11 − remainder. */
function checkDigit(digits: string, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i += 1) sum += Number(digits[i]) * (length + 1 - i);
  const rest = sum % 11;
  return rest < 2 ? 0 : 11 - rest;
}
