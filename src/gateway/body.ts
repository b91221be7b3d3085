/** A request's body, byte for byte as received. */
import type { IncomingMessage } from 'node:http';
import type { Place } from './room.ts';

export type Body =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'no_room' }
  /** The sender closed the connection, or was cut off for being slow. */
  | { readonly kind: 'gone' };

/** Reads a body into its place, up to `maxBytes`, whatever length was announced. Never rejects; after any other kind than `whole` the rest is not read. */
export function readBody(request: IncomingMessage, maxBytes: number, place: Place): Promise<Body> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const end = (body: Body): void => {
      request.off('data', onData).off('end', onEnd).off('close', onGone);
      if (body.kind !== 'whole') request.pause();
      resolve(body);
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.byteLength;
      if (length > maxBytes) end({ kind: 'too_large' });
      else if (!place.take(chunk.byteLength)) end({ kind: 'no_room' });
      else chunks.push(chunk);
    };
    const onEnd = (): void => end({ kind: 'whole', bytes: Buffer.concat(chunks, length) });
    const onGone = (): void => end({ kind: 'gone' });
    // The error of an aborted request says no more than the close that follows it, and without a listener it would end the process.
    request.on('error', () => undefined);
    request.on('data', onData).on('end', onEnd).on('close', onGone);
  });
}
