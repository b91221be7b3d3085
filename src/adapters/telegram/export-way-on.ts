/**
 * Where an export can be read on behind a broken message. Telegram Desktop puts every message on lines of its own, all indented alike
 * and their fields more, and no string of JSON holds a line feed: so a line with that indentation that opens an object with an `id`
 * begins a message, and a line with less closes their list. In a file of another layout nothing is certain, and nothing is guessed.
 */

const LINE_FEED = 0x0a;
/** Bytes of a line that decide what it is; indentations are far below that. */
const LOOK_BYTES = 256;
const MOST_INDENTED = 64;

/** Reads a file from a byte on. */
export type ReadFrom = (start: number) => AsyncIterable<Buffer>;

/** The byte behind `from` where a message of the same list begins or the list ends, as `sample`, one of its messages, is laid out. */
export async function wayOn(read: ReadFrom, from: number, sample: number): Promise<number | undefined> {
  const indent = await indentOf(read, sample);
  if (indent === undefined) return undefined;
  let held: Buffer = Buffer.alloc(0);
  let at = from;
  for await (const chunk of read(from)) {
    held = Buffer.concat([held, chunk]);
    const found = lookThrough(held, held.length - LOOK_BYTES, indent);
    if (found.kind !== 'nothing') return found.kind === 'here' ? at + found.index : undefined;
    at += found.keep;
    held = held.subarray(found.keep);
  }
  const found = lookThrough(held, held.length, indent);
  return found.kind === 'here' ? at + found.index : undefined;
}

/** The blanks in front of a message, where it begins its line and its fields stand on lines with more. */
async function indentOf(read: ReadFrom, at: number): Promise<string | undefined> {
  const start = Math.max(0, at - MOST_INDENTED - 1);
  let around: Buffer = Buffer.alloc(0);
  for await (const chunk of read(start)) {
    around = Buffer.concat([around, chunk]);
    if (around.length >= at - start + LOOK_BYTES) break;
  }
  const indent = /\n([ \t]+)$/.exec(around.subarray(0, at - start).toString('latin1'))?.[1];
  const message = around.subarray(at - start, at - start + LOOK_BYTES).toString('latin1');
  return indent !== undefined && beginsMessage(message, indent) ? indent : undefined;
}

function beginsMessage(text: string, indent: string): boolean {
  const [, blanks = ''] = /^\{\r?\n([ \t]+)"id"[ \t]*:/.exec(text) ?? [];
  return blanks.length > indent.length && blanks.startsWith(indent);
}

type Found =
  | { readonly kind: 'here'; readonly index: number }
  | { readonly kind: 'uncertain' }
  /** Bytes before `keep` need not be looked at again. */
  | { readonly kind: 'nothing'; readonly keep: number };

/** Looks at every line that begins before `end`. */
function lookThrough(bytes: Buffer, end: number, indent: string): Found {
  let feed = bytes.indexOf(LINE_FEED);
  while (feed >= 0 && feed < end) {
    const line = bytes.subarray(feed + 1, feed + 1 + LOOK_BYTES).toString('latin1');
    const kind = lineKind(line, indent);
    if (kind === 'uncertain') return { kind };
    if (kind !== 'other') return { kind: 'here', index: feed + 1 + line.search(/[^ \t]/) };
    feed = bytes.indexOf(LINE_FEED, feed + 1);
  }
  return { kind: 'nothing', keep: feed < 0 ? bytes.length : feed };
}

function lineKind(line: string, indent: string): 'message' | 'listEnd' | 'uncertain' | 'other' {
  const [, blanks = '', rest = ''] = /^([ \t]*)([^]*)$/.exec(line) ?? [];
  if (rest === '' || rest.startsWith('\n') || rest.startsWith('\r')) return 'other';
  if (blanks === indent) return beginsMessage(rest, indent) ? 'message' : 'other';
  if (blanks.length >= indent.length) return 'other';
  return rest.startsWith(']') ? 'listEnd' : 'uncertain';
}
