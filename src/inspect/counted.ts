/** A number with what it counts: `counted(1, 'ledger entries')` is `1 ledger entry`. */
export const counted = (n: number, plural: string): string =>
  `${n} ${n === 1 ? plural.replace(/ies$/, 'y').replace(/s$/, '') : plural}`;
