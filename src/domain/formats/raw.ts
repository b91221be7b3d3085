/** The line format of raw objects: one message as received, plus the facts of its receipt. */
import { invariant } from '../errors.ts';

/** A message at receipt, before it is written. `id` is the transport's id, empty when the transport gave none. */
export interface ReceivedMessage {
  readonly id: string;
  readonly receivedAt: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** A line of a raw object. `n` is its place in the object, from 0. Exactly one of `body` (UTF-8) and `bodyBase64` is there. */
export interface RawLine {
  readonly v: 1;
  readonly n: number;
  readonly salt?: string;
  readonly id: string;
  readonly receivedAt: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly bodyBase64?: string;
}

/** A body above this is kept unread, as base64 (text could grow sixfold), in a raw object of its own. 8 MB. */
export const MAX_READ_BYTES = 8_388_608;

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of UTF-8 bytes exactly (a byte order mark stays), or undefined when they are not UTF-8. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** One line of NDJSON, without the line feed; the body's bytes come back from it exactly. `salt`: random, on the first line of an object. */
export function encodeRawLine(
  message: ReceivedMessage,
  n: number,
  toBase64: (bytes: Uint8Array) => string,
  salt?: string,
): string {
  const text = message.body.byteLength > MAX_READ_BYTES ? undefined : utf8Text(message.body);
  const { id, receivedAt, headers } = message;
  const body = text === undefined ? { bodyBase64: toBase64(message.body) } : { body: text };
  const line: RawLine = { v: 1, n, ...(salt === undefined ? {} : { salt }), id, receivedAt, headers, ...body };
  return JSON.stringify(line);
}

/** Reads a line that encodeRawLine wrote. Throws InvariantViolation when it is not one. */
export function decodeRawLine(text: string): RawLine {
  const line = JSON.parse(text) as RawLine;
  invariant((line.v as number) === 1, `raw line format ${String(line.v)} is not known to this version of chatlake`);
  invariant((line.body === undefined) !== (line.bodyBase64 === undefined), 'a raw line holds body or bodyBase64');
  return line;
}
