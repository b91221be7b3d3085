/** What the broker must not forget, in one file: a line for each step, those that wait synced together. */
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';

/** One change of what the broker holds. `block` is a message as it is delivered (more headers, an empty line, the body) in Base64. */
export type Change =
  | { readonly kind: 'queue'; readonly name: string; readonly topic?: string | undefined }
  | { readonly kind: 'dropped'; readonly name: string }
  | { readonly kind: 'message'; readonly id: number; readonly queues: readonly string[]; readonly block: string }
  | { readonly kind: 'acked'; readonly name: string; readonly ids: readonly number[] };

/** A file that has grown by this and by as much again as it began with begins anew. */
const GROWTH_BYTES = 32 << 20;
/** A stand-in keeps no more for those who do not come. */
export const FULL_BYTES = 256 << 20;

/** One process at a time has a journal open. */
export class Journal {
  readonly #file: string;
  readonly #state: () => readonly Change[];
  readonly #onFailure: (error: unknown) => void;
  #handle: FileHandle | undefined;
  size = 0;
  #beginsAnewAt = 0;
  #waiting: string[] = [];
  #done: Promise<void> = Promise.resolve();

  /** `state` is the shortest way to what all changes so far have led to; `onFailure` hears of a disk that takes nothing more. */
  constructor(dir: string, state: () => readonly Change[], onFailure: (error: unknown) => void) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.#file = join(dir, 'journal');
    [this.#state, this.#onFailure] = [state, onFailure];
  }

  /** Hands over what is there, in order; half a line, which a kill leaves at the very end, counts for nothing. */
  async open(replay: (change: Change) => void): Promise<void> {
    const lines = existsSync(this.#file) ? readFileSync(this.#file, 'utf8').split('\n').slice(0, -1) : [];
    for (const line of lines) for (const change of JSON.parse(line) as Change[]) replay(change);
    await this.#beginAnew();
  }

  /** Keeps all of it or nothing, in the order of the calls. */
  append(changes: readonly Change[]): void {
    this.#waiting.push(`${JSON.stringify(changes)}\n`);
    this.#done = this.#done.then(() => this.#flush());
    this.#done.catch(this.#onFailure);
  }

  /** Resolves when all that was appended until now is on disk. */
  synced(): Promise<void> {
    return this.#done;
  }

  async close(): Promise<void> {
    await this.#done;
    await this.#handle?.close();
  }

  async #flush(): Promise<void> {
    const text = this.#waiting.splice(0).join('');
    if (text === '') return;
    // What it would append is part of the state already.
    if (this.size > this.#beginsAnewAt) await this.#beginAnew();
    else await this.#write(text);
  }

  async #beginAnew(): Promise<void> {
    await this.#handle?.close();
    this.#handle = await open(`${this.#file}.new`, 'w', 0o600);
    this.size = 0;
    await this.#write(
      this.#state()
        .map((change) => `${JSON.stringify([change])}\n`)
        .join(''),
    );
    renameSync(`${this.#file}.new`, this.#file);
    this.#beginsAnewAt = Math.min(2 * this.size + GROWTH_BYTES, FULL_BYTES);
  }

  async #write(text: string): Promise<void> {
    await this.#handle?.appendFile(text);
    await this.#handle?.datasync();
    this.size += text.length;
  }
}
