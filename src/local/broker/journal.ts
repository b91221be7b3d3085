/** What the broker must not forget, in one file: a line for each step, in the order in which they were taken. */
import {
  appendFileSync,
  closeSync,
  existsSync,
  fdatasyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
} from 'node:fs';
import { join } from 'node:path';

/** One change of what the broker holds. `block` is a message as it is delivered (more headers, an empty line, the body) in Base64. */
export type Change =
  | { readonly kind: 'queue'; readonly name: string; readonly topic?: string | undefined }
  | { readonly kind: 'message'; readonly id: number; readonly queues: readonly string[]; readonly block: string }
  | { readonly kind: 'acked'; readonly name: string; readonly ids: readonly number[] };

/** A file that has grown by this and by as much again as it began with begins anew. */
const GROWTH_BYTES = 32 << 20;
/** A stand-in keeps no more for those who do not come. */
const FULL_BYTES = 256 << 20;

/** One process at a time has a journal open. */
export class Journal {
  readonly #file: string;
  readonly #state: () => readonly Change[];
  readonly #onFailure: (error: unknown) => void;
  #handle = -1;
  #size = 0;
  #beginsAnewAt = 0;
  #syncing: Promise<void> | undefined;

  /** `state` is the shortest way to what all changes so far have led to; `onFailure` hears of a disk that takes nothing more. */
  constructor(dir: string, state: () => readonly Change[], onFailure: (error: unknown) => void) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.#file = join(dir, 'journal');
    [this.#state, this.#onFailure] = [state, onFailure];
  }

  get isFull(): boolean {
    return this.#size > FULL_BYTES;
  }

  /** Hands over what is there, in order; half a line, which a kill leaves at the very end, counts for nothing. */
  open(replay: (change: Change) => void): void {
    const lines = existsSync(this.#file) ? readFileSync(this.#file, 'utf8').split('\n').slice(0, -1) : [];
    for (const line of lines) for (const change of JSON.parse(line) as Change[]) replay(change);
    this.#beginAnew();
  }

  /** Keeps all of these, which the state holds already, or none. */
  append(changes: readonly Change[]): void {
    this.#onDisk(() => {
      this.#write(changes);
      if (this.#size > this.#beginsAnewAt) this.#beginAnew();
    });
  }

  /** Resolves when all that was appended until now is on disk; whoever asks meanwhile waits for the same sync. */
  synced(): Promise<void> {
    this.#syncing ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#syncing = undefined;
        this.#onDisk(() => {
          // Closed, it is on disk.
          if (this.#handle >= 0) fdatasyncSync(this.#handle);
          resolve();
        });
      });
    });
    return this.#syncing;
  }

  async close(): Promise<void> {
    await this.synced();
    if (this.#handle >= 0) closeSync(this.#handle);
    this.#handle = -1;
  }

  #beginAnew(): void {
    if (this.#handle >= 0) closeSync(this.#handle);
    this.#handle = openSync(`${this.#file}.new`, 'w', 0o600);
    this.#size = 0;
    for (const change of this.#state()) this.#write([change]);
    fdatasyncSync(this.#handle);
    renameSync(`${this.#file}.new`, this.#file);
    this.#beginsAnewAt = Math.min(2 * this.#size + GROWTH_BYTES, FULL_BYTES);
  }

  #write(changes: readonly Change[]): void {
    const line = `${JSON.stringify(changes)}\n`;
    appendFileSync(this.#handle, line);
    this.#size += line.length;
  }

  #onDisk(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#onFailure(error);
    }
  }
}
