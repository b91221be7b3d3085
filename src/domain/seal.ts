/** Seals: the immutable list of raw objects that one run reads. */
import { invariant } from './errors.ts';
import { FORMAT_VERSION, type SealId, parseRawKey, sealName } from './layout.ts';

/** Seals that one round of a run takes: where there are as many, there may be more. */
export const SEALS_PER_ROUND = 20;

/** One raw object as a seal lists it. `lines` is the number of messages, `bytes` the size of the stored gzip. */
export interface SealedObject {
  readonly key: string;
  readonly lines: number;
  readonly bytes: number;
  readonly sha256: string;
}

export interface Seal {
  readonly formatVersion: number;
  readonly id: SealId;
  readonly lines: number;
  readonly objects: readonly SealedObject[];
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
  moves: readonly (readonly [string, string])[] = [],
): Seal | undefined {
  const sealed = new Set(earlier.flatMap((seal) => seal.objects.map((object) => object.key)));
  const objects = listed
    .filter((object) => !sealed.has(object.key))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map((object): SealedObject => {
      const parts = parseRawKey(object.key);
      invariant(parts !== undefined, `"${object.key}" lies among the raw objects but chatlake did not write it`);
      return { key: object.key, lines: parts.count, bytes: object.bytes, sha256: parts.sha256 };
    });
  if (objects.length === 0) return undefined;
  const generation = Math.max(0, ...earlier.map((seal) => seal.id.generation)) + 1;
  return {
    formatVersion: FORMAT_VERSION,
    id: { ...id, generation },
    lines: total(objects),
    objects,
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
  return seal;
}

/** Limits of one chunk of a seal: what one `cleanse` call reads. */
export interface ChunkLimits {
  readonly maxLines: number;
  readonly maxBytes: number;
}

/** What one run reads: the objects of a seal, or of several. */
export type SealedLines = Pick<Seal, 'lines' | 'objects'>;

/** Seals read as one, in their order. */
export const joinSeals = (seals: readonly Seal[]): SealedLines => ({
  lines: seals.reduce((sum, seal) => sum + seal.lines, 0),
  objects: seals.flatMap((seal) => seal.objects),
});

/** Splits a seal into chunks of consecutive objects within the limits; an object larger than a limit is a chunk of its own. */
export function planChunks(seal: Pick<SealedLines, 'objects'>, limits: ChunkLimits): (readonly SealedObject[])[] {
  const chunks: SealedObject[][] = [];
  let lines = Infinity;
  let bytes = Infinity;
  for (const object of seal.objects) {
    lines += object.lines;
    bytes += object.bytes;
    let chunk = chunks.at(-1);
    if (chunk === undefined || lines > limits.maxLines || bytes > limits.maxBytes) {
      chunk = [];
      chunks.push(chunk);
      lines = object.lines;
      bytes = object.bytes;
    }
    chunk.push(object);
  }
  return chunks;
}
