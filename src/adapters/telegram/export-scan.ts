/** The inner loops of the splitter: passing over values, reading keys and facts. Bytes only, so that chunks may end anywhere. */

/** The signs of structure. */
export const BYTE = {
  quote: 0x22,
  comma: 0x2c,
  colon: 0x3a,
  openArray: 0x5b,
  backslash: 0x5c,
  closeArray: 0x5d,
  openObject: 0x7b,
  closeObject: 0x7d,
} as const;
const MAX_NESTING = 1_000;
/** Keys, types and ids are short; more than this of a token is of no interest. */
const MAX_TOKEN_BYTES = 256;

/** What is wrong with the file, and where; never what stands there. */
export class ExportFault extends Error {
  override readonly name = 'ExportFault';
  readonly at: number;
  /** Nothing is wrong with what is there, but the file is over too early. */
  readonly isCut: boolean;
  constructor(at: number, what: string, isCut = false) {
    super(what);
    this.at = at;
    this.isCut = isCut;
  }
}

export const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** What editors of Windows put in front of UTF-8. */
export const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Letters, digits and the minus of a number: what true, false, null and numbers begin with. */
export const isScalar = (byte: number): boolean =>
  byte === 0x2d || (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a);

/** An object or array being passed over; it is over when no closer is left. */
export interface Nested {
  readonly closers: number[];
  inString: boolean;
  escaped: boolean;
  /** Whether fields stand on lines of their own: then a string ends on the line where it began. Undefined: its first byte tells. */
  isLaidOut: boolean | undefined;
}

/** In ASCII a bracket's closer is two signs after it. */
export const nestedValue = (bracket: number, isLaidOut?: boolean): Nested => ({
  closers: [bracket + 2],
  inString: false,
  escaped: false,
  isLaidOut,
});

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BLANK = 0x20;

/** Goes on through a nested value; returns the index behind its end, or behind the chunk. Throws ExportFault. */
export function scanNested(nested: Nested, chunk: Buffer, from: number, offset: number): number {
  const { closers } = nested;
  let { inString, escaped } = nested;
  let i = from;
  nested.isLaidOut ??= chunk[i] === LINE_FEED || chunk[i] === CARRIAGE_RETURN;
  for (; i < chunk.length && closers.length > 0; i += 1) {
    const byte = chunk[i] ?? 0;
    if (byte < BLANK && nested.isLaidOut) checkControl(byte, inString, offset + i);
    if (inString) {
      if (escaped) escaped = false;
      else if (byte === BYTE.backslash) escaped = true;
      else if (byte === BYTE.quote) inString = false;
    } else if (byte === BYTE.quote) inString = true;
    else if (byte === BYTE.openObject || byte === BYTE.openArray) {
      closers.push(byte + 2);
      if (closers.length > MAX_NESTING)
        throw new ExportFault(offset + i, `values are nested deeper than ${MAX_NESTING}`);
    } else if (byte === BYTE.closeObject || byte === BYTE.closeArray) {
      if (closers.pop() !== byte) throw new ExportFault(offset + i, 'a bracket closes what is not open');
    }
  }
  nested.inString = inString;
  nested.escaped = escaped;
  return i;
}

/**
 * Telegram Desktop escapes control characters in texts. Where one is bare, a quote or more is lost: strings and what is between them are
 * turned inside out, and what follows would be swallowed until brackets happen to match.
 */
function checkControl(byte: number, inString: boolean, at: number): void {
  if (inString && byte === LINE_FEED) throw new ExportFault(at, 'a text has no end on its line');
  if (!isBlank(byte)) throw new ExportFault(at, 'an export has no such byte');
}

/** A key, a string or another scalar that is being read. */
export interface Token {
  readonly kind: 'key' | 'string' | 'scalar';
  readonly bytes: number[];
  escaped: boolean;
  ended: boolean;
  /** Its text so far, without quotes; escapes stay, for no name that matters has one. */
  text(): string;
}

export function tokenAt(kind: Token['kind']): Token {
  const bytes: number[] = [];
  return { kind, bytes, escaped: false, ended: false, text: () => Buffer.from(bytes).toString('utf8') };
}

/** Goes on through a token; returns the index behind it (a scalar ends before what follows it), or behind the chunk. */
export function scanToken(token: Token, chunk: Buffer, from: number): number {
  for (let i = from; i < chunk.length; i += 1) {
    const byte = chunk[i] ?? 0;
    if (token.kind === 'scalar') {
      if (isBlank(byte) || byte === BYTE.comma || byte === BYTE.closeObject || byte === BYTE.closeArray) {
        token.ended = true;
        return i;
      }
    } else if (token.escaped) token.escaped = false;
    else if (byte === BYTE.backslash) token.escaped = true;
    else if (byte === BYTE.quote) {
      token.ended = true;
      return i + 1;
    }
    if (token.bytes.length < MAX_TOKEN_BYTES) token.bytes.push(byte);
  }
  return chunk.length;
}
