/** What follows from linear equations. */

/** Whether a vector is a sum of multiples of the rows: Gaussian elimination over fractions small enough for doubles. */
export function isDetermined(rows: readonly (readonly number[])[], wanted: readonly number[]): boolean {
  const rank = (matrix: readonly (readonly number[])[]): number => {
    const m = matrix.map((row) => [...row]);
    let r = 0;
    for (let c = 0; c < wanted.length && r < m.length; c += 1) {
      const pivot = m.findIndex((row, i) => i >= r && Math.abs(row[c]!) > 1e-9);
      if (pivot < 0) continue;
      [m[r], m[pivot]] = [m[pivot]!, m[r]!];
      for (let i = 0; i < m.length; i += 1) {
        if (i === r) continue;
        const factor = m[i]![c]! / m[r]![c]!;
        m[i] = m[i]!.map((value, k) => value - factor * m[r]![k]!);
      }
      r += 1;
    }
    return r;
  };
  return rank([...rows, wanted]) === rank(rows);
}
