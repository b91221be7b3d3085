/** The sentences of the pages in both languages. `{0}`, `{1}` are filled in. */
import type { Language } from '../../api.ts';
import { FRAME_WORDS } from './words-frame.ts';
import { PAGE_WORDS } from './words-pages.ts';

const WORDS = { ...FRAME_WORDS, ...PAGE_WORDS } as const satisfies Readonly<
  Record<string, readonly [en: string, pt: string]>
>;

export type WordKey = keyof typeof WORDS;
export type Translate = (key: WordKey, ...args: readonly (string | number)[]) => string;

/** A sentence in a language. */
export const translate = (lang: Language, key: WordKey, ...args: readonly (string | number)[]): string =>
  WORDS[key][lang === 'pt' ? 1 : 0].replace(/\{(\d)\}/g, (_, n: string) => String(args[Number(n)] ?? ''));
