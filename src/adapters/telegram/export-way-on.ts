/**
 * Where an export can be read on behind a broken place. Telegram Desktop lays its file out: every message on lines of its own, one blank
 * per level, and no string of JSON holds a line feed. So a line with a message's indentation that opens an object with an `id` begins a
 * message, and a line with a chat's that opens one with a name or a type begins a chat. Other programs write a message per line: there
 * one begins a line behind another that ends one. In a file of another layout nothing is certain, and nothing is guessed.
 */

const LINE_FEED = 0x0a;
/** Bytes of a line that decide what it is; indentations are far below that. */
const LOOK_BYTES = 256;

/** Levels of a message, in an export of one chat and in one of everything; and of a chat in the latter. */
const MESSAGE_LEVEL = { one: 2, listed: 5 } as const;
const CHAT_LEVEL = 3;

/** Reads a file from a byte on. */
export type ReadFrom = (start: number) => AsyncIterable<Buffer>;

/** A place from which the way on is looked for. */
export interface LostAt {
  readonly from: number;
  /** Whether chats stand in a list: then a hole may have swallowed where one ends and the next begins. */
  readonly isListed: boolean;
  /** Whether it lies among the messages of a chat. */
  readonly inMessages: boolean;
}

export interface WayOn {
  readonly at: number;
  /** `same`: among the messages of the chat, or at their end; `chat`: another chat begins. */
  readonly kind: 'same' | 'chat';
}

/**
 * The first byte behind `from` where what follows is certain. Where chats stand in a list, a message goes on the same chat only if
 * nothing in between can have been the end of one, and its id is higher than that of the message at `from`; else the next chat is.
 */
export async function wayOn(read: ReadFrom, lost: LostAt): Promise<WayOn | undefined> {
  const unit = /^(?:\u00ef\u00bb\u00bf)?\{\r?\n([ \t]+)"/.exec(await textAt(read, 0))?.[1];
  const search =
    unit === undefined ? new LineSearch(lost) : new Search(unit, lost, idIn(await textAt(read, lost.from)));
  let held: Buffer = Buffer.alloc(0);
  let at = lost.from;
  for await (const chunk of read(lost.from)) {
    held = Buffer.concat([held, chunk]);
    const found = search.through(held, held.length - LOOK_BYTES);
    if (found.kind !== 'nothing') return { kind: found.kind, at: at + found.index };
    at += found.keep;
    held = held.subarray(found.keep);
  }
  const found = search.through(held, held.length);
  return found.kind === 'nothing' ? undefined : { kind: found.kind, at: at + found.index };
}

/** The first bytes from `start` on, each a sign. */
export async function textAt(read: ReadFrom, start: number): Promise<string> {
  let found: Buffer = Buffer.alloc(0);
  for await (const chunk of read(start)) {
    found = Buffer.concat([found, chunk]);
    if (found.length >= LOOK_BYTES) break;
  }
  return found.subarray(0, LOOK_BYTES).toString('latin1');
}

const BEGINS_MESSAGE = /^\{[ \t]*(?:\r?\n[ \t]+)?"id"[ \t]*:[ \t]*(-?\d{1,20})/;
/** A chat's name or type comes first; lists of other things begin otherwise. */
const BEGINS_CHAT = /^\{\r?\n[ \t]+"(?:name|type)"[ \t]*:/;

const idIn = (text: string): number => Number(BEGINS_MESSAGE.exec(text)?.[1] ?? -Infinity);

type Found =
  | { readonly kind: 'same' | 'chat'; readonly index: number }
  /** Bytes before `keep` need not be looked at again. */
  | { readonly kind: 'nothing'; readonly keep: number };

/** What stands between the messages of two chats is longer than this. */
const SHORTEST_BORDER = 64;
/** Lines that end a chat or begin one. */
const OF_A_BORDER = /^(?:\{|[\]}],?|"(?:name|type|id|messages|about|list|chats|left_chats)":.*)\r?$/;

/** Goes through the lines of a file, from the broken place on. */
class Search {
  private readonly message: string;
  private readonly listEnd: string;
  private readonly chat: string;
  private readonly isListed: boolean;
  private readonly lastId: number;
  /** Bytes that nobody knows what stood in their place. */
  private strange = 0;
  /** Whether what follows may belong to another chat than what came before. */
  private isLost: boolean;

  constructor(unit: string, { isListed, inMessages }: LostAt, lastId: number) {
    const level = isListed ? MESSAGE_LEVEL.listed : MESSAGE_LEVEL.one;
    this.message = unit.repeat(level);
    this.listEnd = unit.repeat(level - 1);
    this.chat = unit.repeat(CHAT_LEVEL);
    this.isListed = isListed;
    this.isLost = !inMessages;
    this.lastId = lastId;
  }

  /** Looks at every line that begins before `end`. */
  through(bytes: Buffer, end: number): Found {
    let from = 0;
    let feed = bytes.indexOf(LINE_FEED);
    while (feed >= 0 && feed < end) {
      this.strange += controls(bytes.subarray(from, feed));
      const line = bytes.subarray(feed + 1, feed + 1 + LOOK_BYTES).toString('latin1');
      const kind = this.kindOf(line);
      if (kind !== 'other') return { kind, index: feed + 1 + line.search(/[^ \t]/) };
      from = feed + 1;
      feed = bytes.indexOf(LINE_FEED, from);
    }
    return { kind: 'nothing', keep: feed < 0 ? bytes.length : feed };
  }

  private kindOf(text: string): 'same' | 'chat' | 'other' {
    const [, blanks = '', rest = ''] = /^([ \t]*)([^]*)$/.exec(text) ?? [];
    const [line = ''] = rest.split('\n', 1);
    if (this.isListed && this.strange >= SHORTEST_BORDER) this.isLost = true;
    if (this.isLost) return this.isListed && blanks === this.chat && BEGINS_CHAT.test(rest) ? 'chat' : 'other';
    if (line === '' || line === '\r') return 'other';
    if (blanks === this.message) return this.follows(idIn(rest)) ? 'same' : 'other';
    if (blanks.length >= this.message.length) return 'other';
    if (blanks === this.listEnd && /^\],?\r?$/.test(line)) return 'same';
    if (OF_A_BORDER.test(line)) this.isLost = this.isListed;
    else this.strange += line.length;
    return 'other';
  }

  /** Whether a message of this id, where it is one, comes behind the broken one in the same chat. */
  private follows(id: number): boolean {
    if (!Number.isFinite(id)) return false;
    if (this.isListed && id <= this.lastId) this.isLost = true;
    return !this.isLost;
  }
}

/** A message per line, and no blanks in front. */
const BEGINS_LINE = /^\{"id"[ \t]*:[ \t]*-?\d/;

/** Goes through the lines of a file that has a message on each. Where it holds several chats, the end of one may be on the broken line. */
class LineSearch {
  private readonly isLost: boolean;

  constructor({ isListed, inMessages }: LostAt) {
    this.isLost = isListed || !inMessages;
  }

  /** Looks at every line that begins before `end`. */
  through(bytes: Buffer, end: number): Found {
    let feed = this.isLost ? -1 : bytes.indexOf(LINE_FEED);
    while (feed >= 0 && feed < end) {
      const line = bytes.subarray(feed + 1, feed + 1 + LOOK_BYTES).toString('latin1');
      if (BEGINS_LINE.test(line)) return { kind: 'same', index: feed + 1 };
      feed = bytes.indexOf(LINE_FEED, feed + 1);
    }
    return { kind: 'nothing', keep: feed < 0 ? bytes.length : feed };
  }
}

/** How many bytes JSON cannot hold: of a hole, as a disk leaves it, nobody knows what stood in it. */
function controls(bytes: Buffer): number {
  let found = 0;
  for (const byte of bytes) if (byte < 0x20 && byte !== 0x09 && byte !== 0x0d) found += 1;
  return found;
}
