/**
 * The documents: a document is a function of its table at one ledger version. For every entity that decisions touched, the current row
 * at the table's head is written where the document stands below it; where no row is left, a tombstone. Late, twice, out of order,
 * after a rebuild, into an empty or a restored database: the same rule.
 */
import type { DocumentStore, WriteCounts } from '../adapters/documents/document-store.ts';
import type { Table } from '../domain/sources/contract.ts';
import type { DeltaState } from '../domain/formats/delta.ts';
import type { Current } from '../domain/formats/documents.ts';
import type { Source } from '../domain/formats/layout.ts';
import { currentRows } from '../domain/sql.ts';
import { filesOf } from '../domain/formats/table-file.ts';
import type { Lake } from '../lake/lake.ts';
import { type LedgerView, ledgerAtLeast } from '../lake/ledger.ts';
import { appliedBy, fetchFiles, tableState } from '../lake/tables.ts';
import { type Batch, type Decision, nextDecisions, nextOfTables, touchedBy } from './decisions.ts';
import { documentRows, textsOf } from './document-rows.ts';
import { type Progress, progressAt } from './progress.ts';

export type Needs = Lake & { readonly documents: DocumentStore };

/** What is to be loaded: decisions that every table with documents has taken in, and these tables, each with its newest state. */
interface LoadPlan extends Batch {
  readonly tables: readonly { readonly table: Table; readonly state: DeltaState }[];
  readonly ledger: LedgerView;
}

function planLoad(lake: Needs, source: Source, applied: number, known?: number): Promise<LoadPlan> {
  return nextOfTables(lake, source, async (specs, most) => {
    const documented = [...specs.values()].filter(({ documents }) => documents);
    const tables = await Promise.all(
      documented.map(async (table) => ({ table, state: await tableState(lake, source, table.name, known) })),
    );
    const reached = Math.min(...tables.map(({ state }) => appliedBy(state, source)));
    const ledger = await ledgerAtLeast(lake, source, Number.isFinite(reached) ? reached : -1);
    // No table has documents: there is nothing to load, and the whole ledger is loaded.
    const upTo = tables.length === 0 ? ledger.state.version : reached;
    return { tables, ledger, ...(await nextDecisions(lake, ledger, applied, Math.min(upTo, most))) };
  });
}

/** Brings the documents of a source forward by as many decisions as one call takes, as far as its tables have come. */
export async function loadDocuments(lake: Needs, source: Source, pulse: () => void, known?: number): Promise<Progress> {
  const applied = await lake.documents.applied(source);
  const { tables, ledger, decisions, to } = await planLoad(lake, source, applied, known);
  if (to <= applied) return progressAt(ledger, applied);
  if (decisions.length > 0)
    for (const { table, state } of tables) await loadTable(lake, source, { table, state, decisions }, pulse);
  await lake.documents.advance(source, applied, to);
  return progressAt(ledger, to);
}

interface Load {
  readonly table: Table;
  readonly state: DeltaState;
  readonly decisions: readonly Decision[];
}

async function loadTable(
  lake: Needs,
  source: Source,
  { table, state, decisions }: Load,
  pulse: () => void,
): Promise<void> {
  const at = appliedBy(state, source);
  const total = { inserted: 0, updated: 0, unchanged: 0, refused: 0 };
  await lake.documents.ensure(table);
  await lake.cache.withScratch(async (scratch) => {
    for await (const some of currentOf(lake, { table, state, decisions }, scratch)) {
      pulse();
      add(total, await lake.documents.write(table, at, { ...some, now: lake.now() }));
    }
  });
  lake.log.info('documents.loaded', { collection: table.name, ledger: at, decisions: decisions.length, ...total });
}

function add(total: { -readonly [K in keyof WriteCounts]: number }, counts: WriteCounts): void {
  for (const name of ['inserted', 'updated', 'unchanged', 'refused'] as const) total[name] += counts[name];
}

/** What the entities that decisions touched are in a table's state, some at a time. */
async function* currentOf(lake: Needs, { table, state, decisions }: Load, scratch: string): AsyncGenerator<Current> {
  const touched = await touchedBy(lake, table.name, decisions, scratch);
  const files = touched.candidates(filesOf(state));
  const rows = await fetchFiles(lake, table.name, files, scratch);
  const ledger = touched.paths;
  let found = 0;
  if (rows.length > 0) {
    const own = `(SELECT * FROM rows SEMI JOIN (${touched.sql('ledger')}) USING (entity))`;
    const question = { views: { rows, ledger }, sql: currentRows(own), most: touched.entities };
    for await (const some of documentRows(lake, table, question, scratch)) {
      found += some.length;
      yield { rows: some, gone: [] };
    }
  }
  // Nearly always every entity has a row.
  if (found === touched.entities) return;
  const views = rows.length > 0 ? { rows, ledger } : { ledger };
  const left = rows.length > 0 ? 'ANTI JOIN rows USING (entity)' : '';
  for await (const gone of textsOf(lake, views, `SELECT entity FROM (${touched.sql('ledger')}) ${left}`, scratch))
    yield { rows: [], gone };
}
