/**
 * The port of the engines that turn raw objects into Parquet, on local files. Both judge lines by the contract's rules in TypeScript;
 * `duckdb` writes, dedupes and sorts in SQL, `node` in JavaScript with parquetjs-lite: the other's oracle.
 */
import type { Contract } from '../../domain/sources/contract.ts';
import type { Counts, Reason } from '../../domain/counts.ts';
import type { DayRows } from '../../domain/formats/ledger.ts';
import type { FileFacts } from '../../domain/formats/table-file.ts';
import type { CleanseJobFacts } from '../../domain/judge/cleanse.ts';

/** A raw object on the local disk, already checked against its SHA-256. */
export interface LocalRaw {
  readonly key: string;
  readonly path: string;
  readonly lines: number;
}

export interface CleanseJob extends CleanseJobFacts {
  readonly objects: readonly LocalRaw[];
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
  /** Those of the tables in which a row may share its entity with others: some message names one that is not itself. */
  readonly shared: readonly string[];
  /** Enriched messages per event date, by date. */
  readonly days: readonly DayRows[];
  readonly claimKeys: { readonly min: string; readonly max: string };
}

/** Event dates, inclusive. */
export interface DayRange {
  readonly from: string;
  readonly to: string;
}

export interface CompressJob {
  readonly contract: Contract;
  /** What is judged, for messages. */
  readonly run: string;
  readonly staged: readonly string[];
  /** The ledger file that dedupe wrote: the verdict and the seal of every line. */
  readonly ledger: string;
  readonly days: DayRange;
  /** A folder that receives one file per table that gets rows. */
  readonly outFolder: string;
}

/** A file that was written, and what it holds by reading it back. */
export interface CompressedFile extends FileFacts {
  readonly path: string;
  readonly table: string;
}

export interface Engine {
  readonly name: 'duckdb' | 'node';
  /** Name and version of what writes the bytes; part of the code version, so that a mix is refused. */
  readonly version: string;
  /** Judges every line. Throws InvariantViolation when the objects do not hold the lines their seal promises. */
  cleanse(job: CleanseJob): Promise<{ readonly lines: number }>;
  /** Gives every line its verdict; exact, without a time limit. */
  dedupe(job: DedupeJob): Promise<DedupeResult>;
  /** Writes the enriched rows of some event dates, one file per table, in the tables' order; the same input gives the same bytes. */
  compress(job: CompressJob): Promise<readonly CompressedFile[]>;
}
