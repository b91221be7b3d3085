/** Lines of a stream of UTF-8. */
import { StringDecoder } from 'node:string_decoder';

/** Lines without their line feed; only LF ends a line. (node:readline also splits at CR, U+2028 and U+2029, which JSON strings may hold.) */
export async function* textLines(chunks: AsyncIterable<Buffer | string>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of chunks) {
    const parts = (typeof chunk === 'string' ? chunk : decoder.write(chunk)).split('\n');
    parts[0] = `${rest}${parts[0] ?? ''}`;
    rest = parts.pop() ?? '';
    yield* parts;
  }
  rest += decoder.end();
  if (rest !== '') yield rest;
}
