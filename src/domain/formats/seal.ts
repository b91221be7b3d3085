/** Seals: the immutable list of raw objects that one run reads. */
import { invariant } from '../errors.ts';
import { FORMAT_VERSION, type SealId, parseRawKey, sealName } from './layout.ts';

/** Seals that one round of a run takes: where there are as many, there may be more. */
export const SEALS_PER_ROUND = 20;

/** One raw object as a seal lists it. `lines` is the number of messages, `bytes` the size of the stored gzip, `size` that of its lines. */
export interface SealedObject {
  readonly key: string;
  readonly lines: number;
  readonly bytes: number;
  readonly size: number;
  readonly sha256: string;
}

export interface Seal {
  readonly formatVersion: number;
  readonly id: SealId;
  readonly lines: number;
  readonly objects: readonly SealedObject[];
  /** How many objects each chunk takes, in order: planned once, for every worker that reads one. */
  readonly chunks: readonly number[];
  /** Chats known to have become others when the seal was made, [old id, new id], for contracts that follow them. */
  readonly moves?: readonly (readonly [string, string])[];
}

/** A raw object as the store lists it. */
export interface RawObject {
  readonly key: string;
  readonly bytes: number;
}

/**
 * Plans the next seal of a window: every listed raw object that no earlier seal names, in key order.
 * Returns undefined when there is none. Pure; the caller puts the seal if its key is absent (I2).
 */
export function planSeal(
  id: Omit<SealId, 'generation'>,
  listed: readonly RawObject[],
  earlier: readonly Seal[],
  { limits, moves = [] }: { readonly limits: ChunkLimits; readonly moves?: Seal['moves'] },
): Seal | undefined {
  const sealed = new Set(earlier.flatMap((seal) => seal.objects.map((object) => object.key)));
  const objects = listed
    .filter((object) => !sealed.has(object.key))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .flatMap((object): SealedObject[] => {
      // What chatlake did not write is no message of it; the listing says so.
      const parts = parseRawKey(object.key);
      return parts === undefined
        ? []
        : [{ key: object.key, lines: parts.count, bytes: object.bytes, size: parts.size, sha256: parts.sha256 }];
    });
  if (objects.length === 0) return undefined;
  const generation = Math.max(0, ...earlier.map((seal) => seal.id.generation)) + 1;
  return {
    formatVersion: FORMAT_VERSION,
    id: { ...id, generation },
    lines: total(objects),
    objects,
    chunks: planChunks(objects, limits),
    ...(moves.length === 0 ? {} : { moves }),
  };
}

const total = (objects: readonly SealedObject[]): number => objects.reduce((sum, object) => sum + object.lines, 0);

/** The bytes of a seal: the same seal always gives the same bytes. */
export const encodeSeal = (seal: Seal): Uint8Array => new TextEncoder().encode(`${JSON.stringify(seal)}\n`);

/** Reads a seal back and checks what must hold. Throws InvariantViolation. */
export function decodeSeal(bytes: Uint8Array): Seal {
  const seal = JSON.parse(new TextDecoder().decode(bytes)) as Seal;
  invariant(
    seal.formatVersion === FORMAT_VERSION,
    `seal format ${seal.formatVersion} is not known to this version of chatlake`,
  );
  invariant(
    seal.lines === total(seal.objects),
    `${sealName(seal.id)}: the lines of its objects do not add up to ${seal.lines}`,
  );
  invariant(
    seal.chunks.reduce((sum, n) => sum + n, 0) === seal.objects.length,
    `${sealName(seal.id)}: its chunks do not take each of its ${seal.objects.length} objects once`,
  );
  return seal;
}

/** Limits of one chunk of a seal: what one `cleanse` call reads, in bytes as they are read. (A gzip may hold a thousand times its own.) */
export interface ChunkLimits {
  readonly maxLines: number;
  readonly maxBytes: number;
}

/** Chunks of one run: their references must fit a workflow's payloads. */
const CHUNKS_PER_RUN = 40;

/**
 * Splits objects into chunks of consecutive ones within the limits; an object larger than a limit is a chunk of its own, and much to
 * read gets larger chunks rather than more. Returns how many objects each takes.
 */
export function planChunks(objects: readonly SealedObject[], limits: ChunkLimits): readonly number[] {
  const maxLines = Math.max(limits.maxLines, Math.ceil((2 * total(objects)) / CHUNKS_PER_RUN));
  const allBytes = objects.reduce((sum, object) => sum + object.size, 0);
  const maxBytes = Math.max(limits.maxBytes, Math.ceil((2 * allBytes) / CHUNKS_PER_RUN));
  const chunks: number[] = [];
  let lines = Infinity;
  let bytes = Infinity;
  for (const object of objects) {
    lines += object.lines;
    bytes += object.size;
    if (lines > maxLines || bytes > maxBytes) {
      chunks.push(0);
      lines = object.lines;
      bytes = object.size;
    }
    chunks[chunks.length - 1] = (chunks.at(-1) ?? 0) + 1;
  }
  return chunks;
}

/** The objects of one chunk, from 0. Throws InvariantViolation where there is no such chunk. */
export function objectsOfChunk(
  { objects, chunks }: Pick<Seal, 'objects' | 'chunks'>,
  chunk: number,
): readonly SealedObject[] {
  const count = chunks[chunk];
  invariant(count !== undefined, `there is no chunk ${chunk} of ${chunks.length}`);
  const from = chunks.slice(0, chunk).reduce((sum, n) => sum + n, 0);
  return objects.slice(from, from + count);
}
