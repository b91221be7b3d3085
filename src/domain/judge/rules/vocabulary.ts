/** Vocabularies: closed lists of terms, read leniently (marks, case, blanks, aliases) and repaired only where the repair is certain. */

/** Text as vocabularies compare it: NFKD, marks removed, trimmed, lower case, blanks collapsed. */
export function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').trim().toLowerCase().replace(/\s+/gu, ' ');
}

/** Each term with its aliases, all written folded. */
export type Vocabulary = Readonly<Record<string, readonly string[]>>;

export type Match =
  | { readonly kind: 'exact'; readonly term: string }
  | { readonly kind: 'repaired'; readonly term: string }
  | { readonly kind: 'unknown' };

/** Shorter words are never guessed: "nao" and "sao" are one letter apart. */
const MIN_REPAIRABLE = 6;
const MAX_DISTANCE = 2;

/** Finds the term of a text: folded and by alias, else by a distance ≤ 2 to exactly one term of at least six letters. */
export function matchTerm(vocabulary: Vocabulary, text: string): Match {
  const folded = fold(text);
  for (const [term, aliases] of Object.entries(vocabulary)) {
    if (folded === term || aliases.includes(folded)) return { kind: 'exact', term };
  }
  if (folded.length < MIN_REPAIRABLE - MAX_DISTANCE || folded.length > 64) return { kind: 'unknown' };
  const near = Object.keys(vocabulary).filter(
    (term) => term.length >= MIN_REPAIRABLE && editDistance(folded, term) <= MAX_DISTANCE,
  );
  return near.length === 1 && near[0] !== undefined ? { kind: 'repaired', term: near[0] } : { kind: 'unknown' };
}

/** Levenshtein distance, by rows. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(substitution, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
