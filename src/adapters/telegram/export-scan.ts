/** The inner loops of the splitter: passing over values, reading keys and facts. Bytes only, so that chunks may end anywhere. */
import { PermanentError } from '../../domain/errors.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MAX_NESTING = 1_000;
/** Keys, types and ids are short; more than this of a token is of no interest. */
const MAX_TOKEN_BYTES = 256;

/** What is wrong with the file, and where; never what stands there. */
export const fault = (at: number, what: string): PermanentError =>
  new PermanentError(
    `The export cannot be read at byte ${at}: ${what}. What was imported before is kept, and importing again adds nothing twice; export again with Telegram Desktop, as JSON, and import the new result.json.`,
  );

export const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** An object or array being passed over; it is over when no closer is left. */
export interface Nested {
  readonly closers: number[];
  inString: boolean;
  escaped: boolean;
}

/** In ASCII a bracket's closer is two signs after it. */
export const nestedValue = (bracket: number): Nested => ({
  closers: [bracket + 2],
  inString: false,
  escaped: false,
});

/** Goes on through a nested value; returns the index behind its end, or behind the chunk. Throws PermanentError. */
export function scanNested(nested: Nested, chunk: Buffer, from: number, offset: number): number {
  const { closers } = nested;
  let { inString, escaped } = nested;
  let i = from;
  for (; i < chunk.length && closers.length > 0; i += 1) {
    const byte = chunk[i];
    if (inString) {
      if (escaped) escaped = false;
      else if (byte === BACKSLASH) escaped = true;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === 0x7b || byte === 0x5b) {
      closers.push(byte + 2);
      if (closers.length > MAX_NESTING) throw fault(offset + i, `values are nested deeper than ${MAX_NESTING}`);
    } else if (byte === 0x7d || byte === 0x5d) {
      if (closers.pop() !== byte) throw fault(offset + i, 'a bracket closes what is not open');
    }
  }
  nested.inString = inString;
  nested.escaped = escaped;
  return i;
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
      if (isBlank(byte) || byte === 0x2c || byte === 0x7d || byte === 0x5d) {
        token.ended = true;
        return i;
      }
    } else if (token.escaped) token.escaped = false;
    else if (byte === BACKSLASH) token.escaped = true;
    else if (byte === QUOTE) {
      token.ended = true;
      return i + 1;
    }
    if (token.bytes.length < MAX_TOKEN_BYTES) token.bytes.push(byte);
  }
  return chunk.length;
}
