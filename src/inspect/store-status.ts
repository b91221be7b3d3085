/** What the store says of each source: what is not done, what needs a person, and how far the projections are. */
import type { RefusedDocument } from '../adapters/documents/document-store.ts';
import type { Contract } from '../domain/contracts/contract.ts';
import { logName } from '../domain/delta.ts';
import { messageOf } from '../domain/errors.ts';
import { type Text, text } from '../domain/kpi/figures/figure.ts';
import { REPORTS } from '../domain/kpi/index.ts';
import { type Source, ledgerRoot } from '../domain/layout.ts';
import { isDecision } from '../domain/ledger.ts';
import type { Parked } from '../domain/parked.ts';
import type { Window } from '../domain/window.ts';
import { readLedger } from '../lake/ledger.ts';
import { parkedWindows, readParked } from '../lake/parked.ts';
import { pendingWindows } from '../lake/pending.ts';
import { knownTables } from '../lake/tables.ts';
import { type ForwardProgress, readProgress } from '../projections/progress.ts';
import type { Readers } from '../wiring/ports.ts';

/** How far behind the ledger's head each projection is, in decisions; null: it did not answer. */
export interface Lag {
  readonly ledgerVersion: number;
  readonly tables: Readonly<Record<string, number>>;
  readonly documents: number | null;
  readonly unverified: number;
  readonly reports: number;
  /** The first decision that one of them has not taken in, and when it was made (ISO 8601); null: all have taken in all. */
  readonly oldest: { readonly ledgerVersion: number; readonly decidedAt: string } | null;
}

/** Documents of a collection that the database refuses for good; a stub stands for each. */
export interface RefusedCollection {
  readonly collection: string;
  readonly count: number;
  readonly first: readonly RefusedDocument[];
}

export interface SourceStatus {
  readonly pending: { readonly windows: number; readonly oldest: Window | null; readonly more: boolean };
  /** The first windows that need a person; `parkedWindows` counts all. */
  readonly parked: readonly Parked[];
  readonly parkedWindows: number;
  readonly lag: Lag;
  /** Collections with refused documents. */
  readonly refused: readonly RefusedCollection[];
}

/** Parked windows that are read and shown. */
const SHOWN = 50;

/** Reads one source. What does not answer is added to `missing`, in a sentence. */
export async function sourceStatus(ports: Readers, { source }: Contract, missing: Text[]): Promise<SourceStatus> {
  const log = { info: () => undefined, warn: () => undefined };
  const pending = await pendingWindows({ ...ports, log, now: Date.now }, { source });
  const keys = [...(await parkedWindows(ports, source)).values()];
  const read = await Promise.all(keys.slice(0, SHOWN).map((key) => readParked(ports, key)));
  const lag = await lagOf(ports, source, missing);
  return {
    pending: { windows: pending.windows.length, oldest: pending.windows[0] ?? null, more: pending.more },
    parked: read.filter((parked) => parked !== undefined),
    parkedWindows: keys.length,
    lag,
    refused: lag.documents === null ? [] : await refusedOf(ports, source),
  };
}

async function lagOf(ports: Readers, source: Source, missing: Text[]): Promise<Lag> {
  const progress = await readProgress(ports, source, REPORTS.get(source));
  const { head, tables, perTable, documents, proof, reports } = progress;
  if (documents instanceof Error) {
    const why = messageOf(documents);
    missing.push(
      text(`how far the documents of ${source} are: ${why}`, `até onde estão os documentos de ${source}: ${why}`),
    );
  }
  return {
    ledgerVersion: head,
    tables:
      Object.keys(perTable).length === 0 && tables.behind > 0
        ? { tables: tables.behind }
        : Object.fromEntries(Object.entries(perTable).map(([name, { behind }]) => [name, behind])),
    documents: documents instanceof Error ? null : documents.behind,
    unverified: proof.behind,
    reports: reports.behind,
    oldest: await oldestOf(ports, source, progress),
  };
}

/** A decision's time is its entry's on the store: it carries that of its messages. */
async function oldestOf(ports: Readers, source: Source, progress: ForwardProgress): Promise<Lag['oldest']> {
  const { tables, documents, proof, reports } = progress;
  const late = [tables, documents, proof, reports].filter((one) => !(one instanceof Error) && one.behind > 0);
  if (late.length === 0) return null;
  const applied = Math.min(...late.map((one) => (one instanceof Error ? Infinity : one.applied)));
  const { entries } = await readLedger(ports, source);
  const ledgerVersion = entries.findIndex((entry, n) => n > applied && isDecision(entry));
  if (ledgerVersion < 0) return null;
  const found = await ports.store.head(`${ledgerRoot(source)}${logName(ledgerVersion)}`);
  return found === undefined ? null : { ledgerVersion, decidedAt: new Date(found.modifiedMs).toISOString() };
}

async function refusedOf(ports: Readers, source: Source): Promise<readonly RefusedCollection[]> {
  const found: RefusedCollection[] = [];
  for (const table of (await knownTables(ports, source)).values()) {
    const { count, first } = table.documents ? await ports.documents.refused(table) : { count: 0, first: [] };
    if (count > 0) found.push({ collection: table.name, count, first });
  }
  return found;
}
