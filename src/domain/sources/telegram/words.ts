/** Measures of a text, so that no text is needed to count. */
import type { Cell } from '../contract.ts';

/** A word begins with a letter or digit: what varies an emoji is a mark too. */
const WORDS = /[\p{L}\p{N}][\p{L}\p{M}\p{N}]*/gu;

/** The length of a text in code points, as SQL counts it; Telegram's own offsets are UTF-16 units. */
export const codePoints = (text: string): number => Array.from(text).length;

/** The cells that measure a message's text and caption. */
export function textCells(text: string | null, caption: string | null): Readonly<Record<string, Cell>> {
  const words = text ?? caption;
  return {
    text_length: text === null ? null : codePoints(text),
    caption_length: caption === null ? null : codePoints(caption),
    word_count: words === null ? null : (words.match(WORDS)?.length ?? 0),
  };
}
