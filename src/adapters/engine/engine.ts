/**
 * The port of the engines that turn raw objects into Parquet, on local files. Two implementations give the same verdicts and rows:
 * `duckdb` (SQL for the bulk) and `node` (TypeScript rules and parquetjs-lite, the other's oracle).
 */
import type { Contract } from '../../domain/contracts/contract.ts';
import type { Counts, Reason } from '../../domain/counts.ts';

/** A raw object on the local disk, already checked against its SHA-256. */
export interface LocalRaw {
  readonly key: string;
  readonly path: string;
  readonly lines: number;
}

export interface CleanseJob {
  readonly contract: Contract;
  /** The code version as one word (codeWord); staged files carry it. */
  readonly code: string;
  readonly objects: readonly LocalRaw[];
  /** Chats that became others, new id → old id; empty for contracts that follow none. */
  readonly moves: ReadonlyMap<string, string>;
  /** Where the staged Parquet goes: one row per line, good or bad, in an order of the engine's own. */
  readonly out: string;
  /** A folder for files of this job only. */
  readonly scratch: string;
}

/** A seal that a job judges, and the raw objects that are its own. */
export interface JudgedSeal {
  readonly name: string;
  readonly objects: readonly string[];
}

export interface DedupeJob {
  /** What is judged, for messages. */
  readonly run: string;
  /** In the order of their generations: the first line of an identity, by (generation, raw key, line), is its claim. */
  readonly seals: readonly JudgedSeal[];
  readonly revision: number;
  /** As in CleanseJob; staged files of other code are refused. */
  readonly code: string;
  readonly staged: readonly string[];
  /** Ledger files that may hold a claim of one of these identities. */
  readonly claims: readonly string[];
  /** Where the ledger file of this run goes, sorted by (claim key, identity hash). */
  readonly out: string;
  readonly scratch: string;
}

export interface DedupeResult {
  readonly counts: Counts;
  readonly reasons: Partial<Record<Reason, number>>;
  /** Rows that enriched messages give to each table. */
  readonly tables: Readonly<Record<string, number>>;
  /** Enriched messages per event date, by date. */
  readonly dates: readonly { readonly date: string; readonly rows: number }[];
  readonly claimKeys: { readonly min: string; readonly max: string };
}

export interface CompressJob {
  readonly contract: Contract;
  /** What is judged, for messages. */
  readonly run: string;
  /** As in CleanseJob; staged files of other code are refused. */
  readonly code: string;
  readonly staged: readonly string[];
  /** The ledger file that dedupe wrote: the verdict and the seal of every line. */
  readonly ledger: string;
  readonly dates: readonly string[];
  /** A folder that receives one file per table and date. */
  readonly outFolder: string;
}

export interface CompressedFile {
  readonly path: string;
  readonly table: string;
  readonly eventDate: string;
  /** Rows as counted by reading the file back. */
  readonly rows: number;
}

export interface RewriteJob {
  /** A file of a table. */
  readonly path: string;
  /** Seals whose rows are left out. */
  readonly without: readonly string[];
  readonly out: string;
  readonly scratch: string;
}

export interface Engine {
  readonly name: 'duckdb' | 'node';
  /** Name and version of what writes the bytes; part of the code version, so that a mix is refused. */
  readonly version: string;
  /** Judges every line. Throws InvariantViolation when the objects do not hold the lines their seal promises. */
  cleanse(job: CleanseJob): Promise<{ readonly lines: number }>;
  /** Gives every line its verdict; exact, without a time limit. Throws InvariantViolation on staged files of other code. */
  dedupe(job: DedupeJob): Promise<DedupeResult>;
  /** Writes the enriched rows of some event dates, sorted by (entity, version); the same input gives the same bytes. Refuses as dedupe does. */
  compress(job: CompressJob): Promise<readonly CompressedFile[]>;
  /** Writes a table's file anew without the rows of some seals, in the same order; answers how many are left, read back. */
  rewrite(job: RewriteJob): Promise<{ readonly rows: number }>;
}
