/** Lines of a stream of UTF-8. */
import { StringDecoder } from 'node:string_decoder';

/** Lines without their line feed, as many at a time as a chunk ends; only LF ends a line. (node:readline also splits at CR, U+2028 and U+2029, which JSON strings may hold.) */
export async function* lineBatches(chunks: AsyncIterable<Buffer | string>): AsyncGenerator<readonly string[]> {
  const decoder = new StringDecoder('utf8');
  // Parts of a line that is longer than a chunk: joined once, for adding to a text again and again takes quadratic time.
  let begun: string[] = [];
  for await (const chunk of chunks) {
    const parts = (typeof chunk === 'string' ? chunk : decoder.write(chunk)).split('\n');
    begun.push(parts[0] ?? '');
    if (parts.length === 1) continue;
    parts[0] = begun.join('');
    begun = [parts.pop() ?? ''];
    yield parts;
  }
  const rest = begun.join('') + decoder.end();
  if (rest !== '') yield [rest];
}

/** The same, line by line. */
export async function* textLines(chunks: AsyncIterable<Buffer | string>): AsyncGenerator<string> {
  for await (const lines of lineBatches(chunks)) yield* lines;
}
