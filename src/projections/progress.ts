/** How far everything that follows a source's ledger has come. */
import type { DocumentStore } from '../adapters/documents/document-store.ts';
import type { ReportDefinition } from '../domain/kpi/report.ts';
import type { Source } from '../domain/formats/layout.ts';
import type { Lake } from '../lake/lake.ts';
import { type LedgerView, readLedger } from '../lake/ledger.ts';
import { lastReported } from '../lake/reports.ts';
import { appliedBy, knownTables, tableLog } from '../lake/tables.ts';
import { verifiedVersions } from '../lake/verified.ts';

/** How far one projection came. `behind` is the number of decisions still to apply: a merge of ledger files is none. */
export interface Progress {
  readonly applied: number;
  readonly behind: number;
}

export type Reached = 'tables' | 'documents' | 'proof' | 'reports';

/** The ledger's head, and how far each has come; an error in place of one that could not be asked. */
export interface ForwardProgress {
  readonly head: number;
  readonly tables: Progress;
  readonly perTable: Readonly<Record<string, Progress>>;
  readonly documents: Progress | Error;
  readonly proof: Progress;
  readonly reports: Progress;
}

/** The progress of something that has applied every entry up to a version. */
export const progressAt = ({ entries }: Pick<LedgerView, 'entries'>, applied: number): Progress => ({
  applied,
  behind: entries.decisionsAfter(applied),
});

/** Asks tables, documents, proofs and reports how far they are. Documents that cannot be asked do not keep the rest from being told. */
export async function readProgress(
  lake: Pick<Lake, 'store' | 'logs'> & { readonly documents: Pick<DocumentStore, 'applied'> },
  source: Source,
  definition: ReportDefinition | undefined,
): Promise<ForwardProgress> {
  const ledger = await readLedger(lake, source);
  const head = ledger.state.version;
  const perTable: Record<string, Progress> = {};
  const tables = await knownTables(lake, source);
  for (const name of tables.keys())
    perTable[name] = progressAt(ledger, appliedBy(await tableLog(lake, name).refresh(), source));
  const applied = Object.values(perTable).map((progress) => progress.applied);
  const documents = await lake.documents.applied(source).then(
    (version) => progressAt(ledger, version),
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );
  // A table that no decision has named has nothing to report.
  const isReported = definition !== undefined && tables.has(definition.table);
  const reported = isReported ? await lastReported(lake, source, definition) : head;
  const verified = await verifiedVersions(lake, source);
  return {
    head,
    // Before the first decision there is nothing that a table could lack.
    tables: progressAt(ledger, applied.length === 0 ? -1 : Math.min(...applied)),
    perTable,
    documents,
    proof: {
      applied: verified.upTo,
      behind: [...ledger.entries.decisions(verified.upTo)].filter(([n]) => !verified.has(n)).length,
    },
    reports: progressAt(ledger, reported),
  };
}

/** The last ledger version that all of them have passed, with the merges behind it: what it replaced nobody needs any more. Throws where documents cannot be asked. */
export async function passedByAll(
  lake: Parameters<typeof readProgress>[0],
  source: Source,
  definition: ReportDefinition | undefined,
): Promise<number> {
  const { tables, documents, proof, reports } = await readProgress(lake, source, definition);
  if (documents instanceof Error) throw documents;
  const { entries, state } = await readLedger(lake, source);
  const passed = Math.min(...[tables, documents, proof, reports].map(({ applied }) => applied));
  const [next] = entries.nextDecision(passed) ?? [];
  return next === undefined ? state.version : next - 1;
}
