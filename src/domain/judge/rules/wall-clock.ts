/** A written date in another form: only the digits move, no zone or calendar is asked. */

const PARTS = { yyyy: 4, MM: 2, dd: 2, HH: 2, mm: 2, ss: 2 } as const;
type Part = keyof typeof PARTS;
const TOKENS = /yyyy|MM|dd|HH|mm|ss/g;

/** True for a form that names each of its parts once. */
export function isDateForm(form: string): boolean {
  const parts = form.match(TOKENS) ?? [];
  return parts.length > 0 && new Set(parts).size === parts.length;
}

/** The text, written in the form `from`, in the form `to`; parts that `from` lacks are zeros. Undefined when it is not written so. */
export function wallClockAs(text: string, from: string, to: string): string | undefined {
  const parts = (from.match(TOKENS) ?? []) as Part[];
  const pattern = from
    .split(TOKENS)
    .map((between) => between.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&'))
    .reduce((built, between, i) => `${built}(\\d{${PARTS[parts[i - 1] ?? 'dd']}})${between}`);
  const match = new RegExp(`^${pattern}$`).exec(text.trim());
  if (match === null) return undefined;
  const values = new Map(parts.map((part, i) => [part, match[i + 1] ?? '']));
  return to.replace(TOKENS, (part) => values.get(part as Part) ?? '0'.repeat(PARTS[part as Part]));
}
