/** STOMP 1.2 frames as bytes, as a broker reads and writes them. */

export type Headers = Readonly<Record<string, string>>;

export interface Frame {
  readonly command: string;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** As ActiveMQ is configured; a larger frame is refused. */
export const MAX_FRAME_BYTES = 8 << 20;
const MAX_HEADER_BYTES = 64 << 10;
const ESCAPED: Headers = { '\n': '\\n', '\r': '\\r', ':': '\\c', '\\': '\\\\' };
const UNESCAPED: Headers = Object.fromEntries(Object.entries(ESCAPED).map(([sign, escaped]) => [escaped, sign]));
/** The two whose headers are never escaped. */
const PLAIN = new Set(['CONNECT', 'CONNECTED']);

/** Cuts a stream into frames; what is not whole yet waits for the next bytes. Throws for what is too large or no frame. */
export function frameReader(): (bytes: Buffer) => Frame[] {
  let held: Buffer = Buffer.alloc(0);
  return (bytes) => {
    const frames: Frame[] = [];
    held = withoutBeats(Buffer.concat([held, bytes]));
    for (let found = cut(held); found !== undefined; found = cut(held)) {
      frames.push(found.frame);
      held = withoutBeats(held.subarray(found.end));
    }
    if (held.length > MAX_FRAME_BYTES) throw new Error('The maximum frame size was exceeded');
    return frames;
  };
}

/** Headers, one a line. */
export function headerLines(headers: Headers, plain = false): string {
  const escape = (text: string): string => (plain ? text : text.replace(/[\n\r:\\]/g, (sign) => ESCAPED[sign] ?? sign));
  const lines = Object.entries(headers).map(([name, value]) => `${escape(name)}:${escape(value)}\n`);
  return lines.join('');
}

/** A frame on the wire; `rest` is what follows these headers: more of them, an empty line, the body. */
export function frameBytes(command: string, headers: Headers, rest: Uint8Array = Buffer.from('\n')): Buffer {
  const head = `${command}\n${headerLines(headers, PLAIN.has(command))}`;
  return Buffer.concat([Buffer.from(head), rest, Buffer.of(0)]);
}

function withoutBeats(bytes: Buffer): Buffer {
  const start = bytes.findIndex((byte) => byte !== 10 && byte !== 13);
  return bytes.subarray(start < 0 ? bytes.length : start);
}

/** The first frame and where it ends; undefined while it is not whole. */
function cut(bytes: Buffer): { readonly frame: Frame; readonly end: number } | undefined {
  const head = bytes.subarray(0, MAX_HEADER_BYTES);
  const blanks = ['\n\n', '\n\r\n'].map((blank) => ({ at: head.indexOf(blank), length: blank.length }));
  const [blank] = blanks.filter(({ at }) => at >= 0).sort((a, b) => a.at - b.at);
  if (blank === undefined && bytes.length > MAX_HEADER_BYTES) throw new Error('The headers are too long');
  if (blank === undefined) return undefined;
  const lines = head.toString('utf8', 0, blank.at).split('\n');
  const [command = '', ...rest] = lines.map((line) => line.replace(/\r$/, ''));
  const headers = readHeaders(rest, PLAIN.has(command));
  const { 'content-length': length } = headers;
  if (length !== undefined && !/^\d{1,9}$/.test(length)) throw new Error('The content-length is no length');
  const start = blank.at + blank.length;
  const end = length === undefined ? bytes.indexOf(0, start) : start + Number(length);
  if (end > MAX_FRAME_BYTES) throw new Error('The maximum frame size was exceeded');
  if (end < 0 || end >= bytes.length) return undefined;
  if (bytes[end] !== 0) throw new Error('The body is longer than its content-length');
  return { frame: { command, headers, body: bytes.subarray(start, end) }, end: end + 1 };
}

/** Of a header that is given twice, the first counts. */
function readHeaders(lines: readonly string[], plain: boolean): Headers {
  const unescape = (text: string): string =>
    plain ? text : text.replace(/\\[nrc\\]/g, (found) => UNESCAPED[found] ?? found);
  const pairs = lines.map((line) => {
    const colon = line.indexOf(':');
    if (colon < 0) throw new Error('A header has no colon');
    return [unescape(line.slice(0, colon)), unescape(line.slice(colon + 1))] as const;
  });
  return Object.fromEntries(pairs.reverse());
}
