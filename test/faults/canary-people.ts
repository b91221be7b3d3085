/** People who do not exist, in every spelling in which they could be found again. */

/** One of them: what would tell who it is, by kind. */
export type Canary = Readonly<Record<'cpf' | 'name' | 'phone' | 'username' | 'user' | 'path' | 'token', string>>;

/** The two digits that check the nine before them (Receita Federal, IN RFB 1.548/2015). */
function cpfOf(nine: string): string {
  let digits = nine;
  for (const length of [9, 10]) {
    let sum = 0;
    for (let i = 0; i < length; i += 1) sum += Number(digits[i]) * (length + 1 - i);
    digits += sum % 11 < 2 ? '0' : String(11 - (sum % 11));
  }
  return digits.replace(/^(\d{3})(\d{3})(\d{3})(\d{2})$/, '$1.$2.$3-$4');
}

const LETTERS = 'bcdfghjklm';
const word = (n: number): string =>
  Array.from(String(n).padStart(3, '0'), (digit) => `${LETTERS[Number(digit)] ?? ''}a`).join('');

/** The n-th. */
export function canary(n: number): Canary {
  const own = String(7_310_000 + 37 * n);
  return {
    cpf: cpfOf(`39${own}`),
    name: `Canária ${word(n)} Souza`,
    phone: `+55 11 98${own}`,
    username: `canaria_${word(n)}`,
    user: `611${own}`,
    path: `/home/canaria-${word(n)}/result.json`,
    token: `611${own}:AAH-canary_${word(n)}_token-of-a-bot`,
  };
}

const digitsOf = (text: string): string => text.replace(/\D/g, '');
const plain = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '');
const escaped = (text: string): string =>
  Array.from(text, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

/** A datum as it may be spelled, at least six ways; what is compared without regard to case is written small. */
export function spellings(kind: keyof Canary, text: string): { readonly exact: string[]; readonly small: string[] } {
  const digits = ['cpf', 'phone', 'user'].includes(kind)
    ? [digitsOf(text), Array.from(digitsOf(text)).reverse().join('')]
    : [];
  const ways = [
    text,
    plain(text),
    text.replaceAll(' ', '_'),
    text.replaceAll(' ', '+'),
    encodeURIComponent(text),
    ...digits,
  ];
  const small = [...ways, escaped(text), Buffer.from(text).toString('hex')].map((way) => way.toLowerCase());
  // Three ways to be aligned; the ends depend on what stands beside.
  const base64 = [0, 1, 2].map((shift) => {
    const whole = Buffer.from(`${' '.repeat(shift)}${text}`)
      .toString('base64')
      .replaceAll('=', '');
    return whole.slice(shift === 0 ? 0 : shift + 1, -2);
  });
  return { small: [...new Set(small)], exact: base64.filter((way) => way.length >= 8) };
}

/** Finds people in texts; says which datum of whom was there. */
export function finder(people: readonly Canary[]): { readonly ways: number; find(text: string): readonly string[] } {
  const all = people.flatMap((person, n) =>
    (Object.entries(person) as [keyof Canary, string][]).map(([kind, text]) => ({
      who: `${kind} of ${n}`,
      ...spellings(kind, text),
    })),
  );
  return {
    ways: all.reduce((sum, { exact, small }) => sum + exact.length + small.length, 0),
    find(text) {
      const lower = text.toLowerCase();
      return all.flatMap(({ who, exact, small }) =>
        small.some((way) => lower.includes(way)) || exact.some((way) => text.includes(way)) ? [who] : [],
      );
    },
  };
}
