/** STOMP 1.1 and 1.2 frames as bytes, as a broker reads and writes them. */

export interface Frame {
  readonly command: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A body of 8 MiB and its headers; a larger frame is refused. */
export const MAX_FRAME_BYTES = (8 << 20) + (64 << 10);

const MAX_HEADER_BYTES = 64 << 10;
const LINE_FEED = 10;
const ESCAPED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', ':': '\\c', '\\': '\\\\' };
const UNESCAPED = Object.fromEntries(Object.entries(ESCAPED).map(([sign, escaped]) => [escaped, sign]));
/** The two whose headers are never escaped. */
const PLAIN = new Set(['CONNECT', 'CONNECTED']);

/** Cuts a stream into frames; what is not whole yet waits for the next bytes. Throws for what is too large or no frame. */
export function frameReader(): (bytes: Buffer) => Frame[] {
  let parts: Buffer[] = [];
  let [held, wanted] = [0, 0];
  return (bytes) => {
    parts.push(bytes);
    held += bytes.length;
    if (held < wanted) return [];
    const all = Buffer.concat(parts);
    const frames: Frame[] = [];
    let at = skipBeats(all, 0);
    let found = cut(all, at);
    for (; typeof found !== 'number'; found = cut(all, at)) {
      frames.push(found.frame);
      at = skipBeats(all, found.end);
    }
    [parts, held, wanted] = [[all.subarray(at)], all.length - at, found];
    if (Math.max(held, wanted) > MAX_FRAME_BYTES) throw new Error('The maximum frame size was exceeded');
    return frames;
  };
}

/** Headers, one a line. */
export function headerLines(headers: Readonly<Record<string, string>>, plain = false): string {
  const escape = (text: string): string => (plain ? text : text.replace(/[\n\r:\\]/g, (sign) => ESCAPED[sign] ?? sign));
  return Object.entries(headers)
    .map(([name, value]) => `${escape(name)}:${escape(value)}\n`)
    .join('');
}

/** A frame on the wire; `rest` is what follows these headers: more of them, an empty line, the body. */
export function frameBytes(
  command: string,
  headers: Readonly<Record<string, string>>,
  rest: Uint8Array = Buffer.from('\n'),
): Buffer {
  const head = `${command}\n${headerLines(headers, PLAIN.has(command))}`;
  return Buffer.concat([Buffer.from(head), rest, Buffer.of(0)]);
}

function skipBeats(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === LINE_FEED || bytes[at] === 13) at += 1;
  return at;
}

/** One frame and where it ends, or how many bytes must be there before it is worth looking again. */
function cut(bytes: Buffer, start: number): { readonly frame: Frame; readonly end: number } | number {
  const more = bytes.length - start + 1;
  const lines: string[] = [];
  let at = start;
  for (let line: string | undefined; line !== '';) {
    const end = bytes.indexOf(LINE_FEED, at);
    if ((end < 0 ? bytes.length : end) - start > MAX_HEADER_BYTES) throw new Error('The headers are too long');
    if (end < 0) return more;
    line = bytes.toString('utf8', at, end).replace(/\r$/, '');
    lines.push(line);
    at = end + 1;
  }
  const [command = '', ...rest] = lines.slice(0, -1);
  const headers = readHeaders(rest, PLAIN.has(command));
  const length = headers['content-length'];
  if (length !== undefined && !/^\d{1,9}$/.test(length)) throw new Error('The content-length is no length');
  const end = length === undefined ? bytes.indexOf(0, at) : at + Number(length);
  if (end < 0 || end >= bytes.length) return Math.max(more, end - start + 1);
  if (bytes[end] !== 0) throw new Error('The body is longer than its content-length');
  return { frame: { command, headers, body: bytes.subarray(at, end) }, end: end + 1 };
}

/** Of a header that is given twice, the first counts. */
function readHeaders(lines: readonly string[], plain: boolean): Record<string, string> {
  const unescape = (text: string): string =>
    plain ? text : text.replace(/\\[nrc\\]/g, (found) => UNESCAPED[found] ?? found);
  const pairs = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    if (colon < 0) throw new Error('A header has no colon');
    return [unescape(line.slice(0, colon)), unescape(line.slice(colon + 1))];
  });
  return Object.fromEntries(pairs.reverse());
}
