/** What senders wrote, on a terminal: nothing of it may move the cursor, change the window or turn the order of what is read. */

/** C0 without tab and line feed, DEL, C1 (ECMA-48), and what changes the order of writing (Unicode UAX 9). */
const COMMANDS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** The text with such characters as `\uXXXX`, which JSON reads as the same character. */
export const printable = (text: string): string =>
  text.replace(COMMANDS, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
