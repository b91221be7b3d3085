/** What is said in two languages, for readers of one. */
import type { Text } from '../domain/text.ts';

const isText = (value: unknown): value is Text =>
  typeof value === 'object' && value !== null && Object.keys(value).join() === 'en,pt';

/** JSON in which every text is its English sentence, as `--json` prints it. */
export const englishJson = (value: unknown): string =>
  JSON.stringify(value, (_key, one: unknown) => (isText(one) ? one.en : one));
