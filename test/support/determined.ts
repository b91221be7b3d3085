/** What follows from linear equations. */

/** Tells whether a vector is a sum of multiples of the rows: Gaussian elimination over fractions small enough for doubles. */
export function determinedBy(rows: readonly (readonly number[])[]): (wanted: readonly number[]) => boolean {
  const pivots: { readonly at: number; readonly row: readonly number[] }[] = [];
  const rest = (vector: readonly number[]): number[] => {
    const left = [...vector];
    for (const { at, row } of pivots) {
      const factor = left[at]!;
      if (Math.abs(factor) > 1e-9) for (const [i, value] of row.entries()) left[i]! -= factor * value;
    }
    return left;
  };
  const leading = (vector: readonly number[]): number => vector.findIndex((value) => Math.abs(value) > 1e-9);
  for (const row of rows) {
    const left = rest(row);
    const at = leading(left);
    if (at >= 0) pivots.push({ at, row: left.map((value) => value / left[at]!) });
  }
  return (wanted) => leading(rest(wanted)) < 0;
}
