/** What the broker must not forget, in one file: entries with a checksum, those that wait synced together. */
import { mkdirSync, readFileSync, readSync, renameSync, truncateSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

/** One thing that happened. `block` is a message as it is delivered: its headers, an empty line, its body. */
export type Operation =
  | { readonly kind: 'message'; readonly id: number; readonly queues: readonly string[]; readonly block: Buffer }
  | { readonly kind: 'acked'; readonly queue: string; readonly ids: readonly number[] }
  | { readonly kind: 'queue'; readonly name: string; readonly topic?: string | undefined }
  | { readonly kind: 'dropped'; readonly name: string };

/** Where a message's block lies in the file. */
export interface Place {
  readonly offset: number;
  readonly length: number;
}

interface Waiting {
  readonly operations: readonly Operation[];
  readonly resolve: (places: readonly Place[]) => void;
  readonly reject: (error: unknown) => void;
}

const BEGIN_ANEW_BYTES = 32 << 20;
/** A stand-in keeps no more than this for those who do not come. */
export const FULL_BYTES = 1 << 30;
/** Length and checksum of what follows; in that, first the length of the JSON. */
const HEAD_BYTES = 12;

/** One process at a time has a journal open. */
export class Journal {
  /** Copies of messages that are in the file and that nobody has acknowledged. */
  unsettled = 0;
  size = 0;
  readonly #file: string;
  #handle: FileHandle | undefined;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  readonly #queues: () => readonly Operation[];

  /** `queues` says what a file that begins anew has to know. */
  constructor(dir: string, queues: () => readonly Operation[]) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.#file = join(dir, 'journal');
    this.#queues = queues;
  }

  /** Hands over what is there, in order; half an entry, which a kill leaves at the very end, is cut off. */
  async open(replay: (operation: Operation, place: Place) => void): Promise<void> {
    this.#handle = await open(this.#file, 'a+', 0o600);
    const bytes = readFileSync(this.#file);
    for (let end = entryEnd(bytes, 0); end !== undefined; end = entryEnd(bytes, end)) {
      let offset = this.size + HEAD_BYTES + bytes.readUInt32LE(this.size + 8);
      const text = bytes.toString('utf8', this.size + HEAD_BYTES, offset);
      for (const read of JSON.parse(text) as (Operation & { readonly length?: number })[]) {
        const place = { offset, length: read.length ?? 0 };
        replay(read, place);
        offset += place.length;
      }
      this.size = end;
    }
    truncateSync(this.#file, this.size);
  }

  /** Writes all of it or nothing. Resolves, in the order of the calls, when it is on disk, with the place of each message. */
  append(operations: readonly Operation[]): Promise<readonly Place[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ operations, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  read({ offset, length }: Place): Buffer {
    const block = Buffer.alloc(length);
    if (this.#handle) readSync(this.#handle.fd, block, 0, length, offset);
    return block;
  }

  async close(): Promise<void> {
    await this.#flushing;
    await this.#handle?.close();
    this.#handle = undefined;
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        if (this.size > BEGIN_ANEW_BYTES && this.unsettled === 0) await this.#beginAnew();
        const places = await this.#write(batch.map(({ operations }) => operations));
        batch.forEach(({ resolve }, index) => resolve(places[index] ?? []));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#flushing = undefined;
  }

  async #write(entries: readonly (readonly Operation[])[]): Promise<Place[][]> {
    if (entries.every(({ length }) => length === 0)) return [];
    const encoded = entries.map(encode);
    await writeDurably(this.#handle, Buffer.concat(encoded.map(({ bytes }) => bytes)));
    for (const operation of entries.flat()) if (operation.kind === 'message') this.unsettled += operation.queues.length;
    return encoded.map(({ bytes, places }) => {
      const start = this.size;
      this.size += bytes.length;
      return places.map(({ offset, length }) => ({ offset: start + offset, length }));
    });
  }

  async #beginAnew(): Promise<void> {
    const { bytes } = encode(this.#queues());
    const next = await open(`${this.#file}.new`, 'w+', 0o600);
    await writeDurably(next, bytes);
    renameSync(`${this.#file}.new`, this.#file);
    await this.#handle?.close();
    this.#handle = next;
    this.size = bytes.length;
  }
}

async function writeDurably(handle: FileHandle | undefined, bytes: Buffer): Promise<void> {
  if (handle === undefined) throw new Error('the journal is closed');
  for (let done = 0; done < bytes.length;) done += (await handle.write(bytes, done)).bytesWritten;
  await handle.datasync();
}

function encode(operations: readonly Operation[]): { readonly bytes: Buffer; readonly places: readonly Place[] } {
  const blocks = operations.flatMap((operation) => (operation.kind === 'message' ? [operation.block] : []));
  const plain = operations.map((op) =>
    op.kind === 'message' ? { ...op, block: undefined, length: op.block.length } : op,
  );
  const json = Buffer.from(JSON.stringify(plain));
  const bytes = Buffer.concat([Buffer.alloc(HEAD_BYTES), json, ...blocks]);
  bytes.writeUInt32LE(json.length, 8);
  bytes.writeUInt32LE(bytes.length - 8, 0);
  bytes.writeUInt32LE(crc32(bytes.subarray(8)), 4);
  let offset = HEAD_BYTES + json.length;
  return { bytes, places: blocks.map(({ length }) => ({ offset: (offset += length) - length, length })) };
}

function entryEnd(bytes: Buffer, at: number): number | undefined {
  if (at + HEAD_BYTES > bytes.length) return undefined;
  const end = at + 8 + bytes.readUInt32LE(at);
  return end <= bytes.length && crc32(bytes.subarray(at + 8, end)) === bytes.readUInt32LE(at + 4) ? end : undefined;
}
