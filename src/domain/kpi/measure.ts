/** Measures: every figure with its numerator, its denominator and one sentence that says what it is. */

/** A share (numerator / denominator), a mean (sum / count), an NPS-style difference of shares or a number of different values. Predicates are SQL over the table's columns. */
export interface Measure {
  readonly id: string;
  readonly title: string;
  readonly titlePt: string;
  readonly definition: string;
  readonly definitionPt: string;
  readonly kind: 'share' | 'mean' | 'net' | 'distinct';
  /** share: rows that count. mean: the number summed. net: +1 for promoters, −1 for detractors. distinct: what is told apart. */
  readonly numerator: string;
  /** Rows with a known value: the denominator leaves out what is unknown. */
  readonly denominator: string;
}

/** A count of rows, or of list items, by a column's values. */
export interface Breakdown {
  readonly id: string;
  readonly title: string;
  readonly titlePt: string;
  readonly definition: string;
  readonly definitionPt: string;
  readonly column: string;
  readonly list: boolean;
  /** Printed in the order of its values rather than of their counts. */
  readonly ordered?: boolean;
}

export interface MeasureResult {
  readonly id: string;
  readonly numerator: number;
  readonly denominator: number;
  /** Rounded to four decimals; null when nothing is known. */
  readonly value: number | null;
}

/** The value of a measure from its two integers. */
export const measureResult = (measure: Measure, numerator: number, denominator: number): MeasureResult => ({
  id: measure.id,
  numerator,
  denominator,
  value: valueOf(measure, numerator, denominator),
});

/** Nothing known is unknown for a ratio; no different values are none. */
function valueOf({ kind }: Measure, numerator: number, denominator: number): number | null {
  if (kind === 'distinct') return numerator;
  return denominator === 0 ? null : round(numerator / denominator);
}

const round = (n: number): number => Math.round(n * 10_000) / 10_000;
