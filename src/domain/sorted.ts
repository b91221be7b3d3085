/** Looking up sorted texts. */

/** True where one of some texts, in order, lies between two, inclusive. */
export function anyBetween(sorted: readonly string[], first: string, last: string): boolean {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? '') < first) low = middle + 1;
    else high = middle;
  }
  const next = sorted[low];
  return next !== undefined && next <= last;
}
