/** What a process remembers of a ledger: its entries, packed but for the newest, and by seal the last entry that judged it. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { changedMap } from '../domain/layered-map.ts';
import { type Window } from '../domain/window.ts';
import { type Source, parseSealName, sealName } from '../domain/formats/layout.ts';
import { FIRST_REVISION, type LedgerEntry, isDecision } from '../domain/formats/ledger.ts';

/** Entries of one block. Of some 300 bytes as JSON, each takes about 60 in it. */
const PER_BLOCK = 1_024;

/** The block that was asked last, for whoever walks through it. */
let unpacked: { readonly block: Block; readonly entries: readonly LedgerEntry[] } | undefined;

class Block {
  readonly #packed: Uint8Array;

  constructor(entries: readonly LedgerEntry[]) {
    this.#packed = deflateRawSync(JSON.stringify(entries));
  }

  entries(): readonly LedgerEntry[] {
    if (unpacked?.block !== this)
      unpacked = { block: this, entries: JSON.parse(inflateRawSync(this.#packed).toString()) as LedgerEntry[] };
    return unpacked.entries;
  }
}

/** By generation of one window, the last entry that judged it; −1: none. */
type Judged = Int32Array;

interface Parts {
  readonly source: Source | undefined;
  readonly blocks: readonly Block[];
  readonly newest: readonly LedgerEntry[];
  readonly judged: ReadonlyMap<Window, Judged>;
}

/** The entries of a ledger up to one version. Never changes: what follows makes another, which shares what is packed. */
export class LedgerEntries implements Iterable<LedgerEntry> {
  static readonly NONE = new LedgerEntries({ source: undefined, blocks: [], newest: [], judged: new Map() });
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  get length(): number {
    return this.#parts.blocks.length * PER_BLOCK + this.#parts.newest.length;
  }

  /** Entry `n`; undefined where there is none. */
  at(n: number): LedgerEntry | undefined {
    const { blocks, newest } = this.#parts;
    const block = Math.floor(n / PER_BLOCK);
    return block < blocks.length ? blocks[block]?.entries()[n % PER_BLOCK] : newest[n - blocks.length * PER_BLOCK];
  }

  /** The entries from `n` on, each with its number. */
  *from(n: number): Generator<readonly [number, LedgerEntry]> {
    for (let at = Math.max(0, n); at < this.length; at += 1) {
      const entry = this.at(at);
      if (entry !== undefined) yield [at, entry];
    }
  }

  /** The decisions after an entry, up to another, each with its number. */
  *decisions(after: number, upTo = this.length - 1): Generator<readonly [number, LedgerEntry]> {
    for (const [n, entry] of this.from(after + 1)) {
      if (n > upTo) return;
      if (isDecision(entry)) yield [n, entry];
    }
  }

  /** The first decision after an entry, and its number; undefined: there is none. */
  nextDecision(after: number): readonly [number, LedgerEntry] | undefined {
    for (const numbered of this.decisions(after)) return numbered;
    return undefined;
  }

  /** The last decision up to an entry; undefined: there is none. */
  lastDecision(upTo: number): LedgerEntry | undefined {
    for (let n = upTo; n >= 0; n -= 1) {
      const entry = this.at(n);
      if (entry !== undefined && isDecision(entry)) return entry;
    }
    return undefined;
  }

  /** Number of entries after `applied` that decide something: those that nobody has to apply do not count. */
  decisionsAfter(applied: number): number {
    return [...this.decisions(applied)].length;
  }

  *[Symbol.iterator](): Generator<LedgerEntry> {
    for (const [, entry] of this.from(0)) yield entry;
  }

  /** These entries and those that follow them. */
  with(added: readonly LedgerEntry[]): LedgerEntries {
    const { blocks, newest, judged } = this.#parts;
    const all = [...newest, ...added];
    const whole = all.length - (all.length % PER_BLOCK);
    const packed: Block[] = [];
    for (let from = 0; from < whole; from += PER_BLOCK) packed.push(new Block(all.slice(from, from + PER_BLOCK)));
    const source = this.#parts.source ?? sourceOf(added);
    return new LedgerEntries({
      source,
      blocks: packed.length === 0 ? blocks : [...blocks, ...packed],
      newest: all.slice(whole),
      judged: changedMap(judged, judgedWith(judged, added, this.length)),
    });
  }

  /** The last entry that judged a seal; undefined: none did. */
  judgedBy(seal: string): number | undefined {
    const { source, window, generation } = parseSealName(seal);
    const n = source === this.#parts.source ? this.#parts.judged.get(window)?.[generation] : undefined;
    return n === undefined || n < 0 ? undefined : n;
  }

  /** Every entry that judged a seal, the last first. Only where it was judged again are the entries between looked at. */
  *judgements(seal: string): Generator<number> {
    const last = this.judgedBy(seal);
    for (let n = last ?? -1; n >= 0; n -= 1) {
      if (n !== last && this.at(n)?.seals.includes(seal) !== true) continue;
      yield n;
      if (this.at(n)?.revision === FIRST_REVISION) return;
    }
  }

  /** Per seal the last entry before `n` that judged it; seals that none judged are left out. */
  judgedBefore(n: number, seals: readonly string[]): ReadonlyMap<string, number> {
    const found = new Map<string, number>();
    for (const seal of seals)
      for (const at of this.judgements(seal)) {
        if (at >= n) continue;
        found.set(seal, at);
        break;
      }
    return found;
  }

  /** The first entry after `n`, up to `to`, that judged one of these seals again; undefined when there is none. */
  judgedAgain(n: number, to: number, seals: readonly string[]): number | undefined {
    let first: number | undefined;
    for (const seal of seals)
      for (const at of this.judgements(seal)) {
        if (at <= n) break;
        if (at <= to) first = Math.min(at, first ?? at);
      }
    return first;
  }

  /** The windows of which a seal was judged. */
  windows(): Iterable<Window> {
    return this.#parts.judged.keys();
  }

  /** The seals of a window that were judged, in order, each with the last entry that did. */
  *sealsOf(window: Window): Generator<readonly [string, number]> {
    const { source = '', judged } = this.#parts;
    for (const [generation, n] of (judged.get(window) ?? []).entries())
      if (n >= 0) yield [sealName({ source, window, generation }), n];
  }
}

function sourceOf(entries: readonly LedgerEntry[]): Source | undefined {
  const [seal] = entries.find(isDecision)?.seals ?? [];
  return seal === undefined ? undefined : parseSealName(seal).source;
}

/** What entries change in who judged what; the first of them has the number `first`. */
function judgedWith(
  before: ReadonlyMap<Window, Judged>,
  added: readonly LedgerEntry[],
  first: number,
): ReadonlyMap<Window, Judged> {
  const changes = new Map<Window, Map<number, number>>();
  for (const [i, { seals }] of added.entries())
    for (const seal of seals) {
      const { window, generation } = parseSealName(seal);
      const own = changes.get(window) ?? new Map<number, number>();
      changes.set(window, own.set(generation, first + i));
    }
  const judged = new Map<Window, Judged>();
  for (const [window, own] of changes) {
    const old = before.get(window) ?? new Int32Array();
    const next = new Int32Array(Math.max(old.length, ...own.keys()) + 1).fill(-1);
    next.set(old);
    for (const [generation, n] of own) next[generation] = n;
    judged.set(window, next);
  }
  return judged;
}
