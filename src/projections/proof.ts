/** The proof of decisions: their ledger rows, their live rows in every table, and each touched entity's document. Throws InvariantViolation, naming the entry. */
import type { DocumentStore } from '../adapters/documents/document-store.ts';
import type { Table } from '../domain/sources/contract.ts';
import { checkEquation } from '../domain/counts.ts';
import type { DeltaState } from '../domain/formats/delta.ts';
import type { DocumentState } from '../domain/formats/documents.ts';
import { invariant } from '../domain/errors.ts';
import { type Source, ledgerRoot } from '../domain/formats/layout.ts';
import { rowsPerTable } from '../domain/formats/ledger.ts';
import { list, literal } from '../domain/sql.ts';
import { filesOf, rowsOfSeals } from '../domain/formats/table-file.ts';
import { fetchAll } from '../lake/files.ts';
import type { Lake } from '../lake/lake.ts';
import type { LedgerView } from '../lake/ledger.ts';
import { appliedBy, fetchFiles } from '../lake/tables.ts';
import { type Decision, nextDecisions, touchedBy } from './decisions.ts';
import { rowsOf } from './document-rows.ts';

export type Needs = Lake & { readonly documents: DocumentStore };

/** What is proved, and against what: every table's state has applied all of the decisions, documents have come to `loaded`. */
export interface ProofJob {
  readonly source: Source;
  readonly ledger: LedgerView;
  readonly decisions: readonly Decision[];
  readonly tables: ReadonlyMap<string, { readonly table: Table; readonly state: DeltaState }>;
  readonly loaded: number;
}

/** What was found of one decision. */
export interface Proof {
  readonly n: number;
  /** Live rows per table. Where a later decision replaced them, `supersededBy` says which: it is proved in its own turn. */
  readonly rows: Readonly<Record<string, number>>;
  readonly supersededBy?: number;
}

const nameOf = ({ n, manifest }: Decision): string => `ledger entry ${n} (${manifest.seals.join(', ')})`;

/** Proves some decisions at once: one query per question, not per decision. */
export async function proveDecisions(lake: Needs, job: ProofJob): Promise<readonly Proof[]> {
  for (const decision of job.decisions) checkEquation(decision.manifest.counts, nameOf(decision));
  return lake.cache.withScratch(async (scratch) => {
    const promised = await proveLedgerRows(lake, job, scratch);
    const proofs = new Map(job.decisions.map(({ n }) => [n, { n, rows: {} }]));
    for (const { table, state } of job.tables.values()) {
      await proveLiveRows(lake, job, { table, state, promised, proofs }, scratch);
      if (table.documents) await proveDocuments(lake, job, { table, state }, scratch);
    }
    return [...proofs.values()];
  });
}

interface Writable extends Proof {
  readonly rows: Record<string, number>;
  supersededBy?: number;
}

/** Messages that the ledger rows of a decision send to each table, by decision and seal. */
type Promised = ReadonlyMap<number, ReadonlyMap<string, ReadonlyMap<string, number>>>;

/** Counts the verdicts in the decisions' ledger files. */
async function proveLedgerRows(lake: Needs, { source, decisions }: ProofJob, scratch: string): Promise<Promised> {
  const keys = decisions.map(({ manifest }) => `${ledgerRoot(source)}${manifest.ledgerFile.path}`);
  const paths = await fetchAll(lake, keys, scratch, 'a ledger file');
  const rows = await lake.reader.query(
    paths,
    'SELECT filename, seal, verdict, tables, count(*)::INTEGER AS n FROM rows GROUP BY ALL',
    scratch,
  );
  const promised = new Map<number, Map<string, ReadonlyMap<string, number>>>();
  for (const [i, decision] of decisions.entries()) {
    const own = rows.filter((row) => row['filename'] === paths[i]);
    const of = (verdict: string): number =>
      own.filter((row) => row['verdict'] === verdict).reduce((sum, row) => sum + Number(row['n']), 0);
    const { enriched, duplicates, quarantined } = decision.manifest.counts;
    const found = [of('enriched'), of('duplicate'), of('quarantined')];
    invariant(
      found[0] === enriched && found[1] === duplicates && found[2] === quarantined,
      `${nameOf(decision)}: its ledger rows (${found.join(', ')}) are not ${enriched} enriched, ${duplicates} duplicates, ${quarantined} quarantined`,
    );
    const bySeal = new Map<string, ReadonlyMap<string, number>>();
    for (const seal of decision.manifest.seals) {
      const taken = own.filter((row) => row['verdict'] === 'enriched' && row['seal'] === seal);
      bySeal.set(
        seal,
        rowsPerTable(taken.map((row) => ({ tables: String(row['tables']), messages: Number(row['n']) }))),
      );
    }
    promised.set(decision.n, bySeal);
  }
  return promised;
}

interface LiveRows {
  readonly table: Table;
  readonly state: DeltaState;
  readonly promised: Promised;
  readonly proofs: ReadonlyMap<number, Writable>;
}

/** Counts the live rows of every seal, wherever they lie now: in the decision's own files, or merged with others. */
async function proveLiveRows(
  lake: Needs,
  { source, ledger, decisions }: ProofJob,
  { table, state, promised, proofs }: LiveRows,
  scratch: string,
): Promise<void> {
  const seals = new Set(decisions.flatMap(({ manifest }) => manifest.seals));
  const files = filesOf(state).filter((file) => rowsOfSeals(file, seals) > 0);
  const paths = await fetchFiles(lake, table.name, files, scratch);
  const sql = `SELECT _seal, count(*)::INTEGER AS n FROM rows WHERE list_contains(${list([...seals])}, _seal) GROUP BY ALL`;
  const counted = paths.length === 0 ? [] : await lake.reader.query(paths, sql, scratch);
  const live = new Map(counted.map((row) => [String(row['_seal']), Number(row['n'])]));
  for (const decision of decisions) {
    const proof = proofs.get(decision.n);
    invariant(proof !== undefined, `${nameOf(decision)} is not among those to be proved`);
    const again = ledger.entries.judgedAgain(decision.n, appliedBy(state, source), decision.manifest.seals);
    if (again !== undefined) {
      proof.supersededBy = again;
      continue;
    }
    let rows = 0;
    for (const [seal, tables] of promised.get(decision.n) ?? []) {
      const [found, expected] = [live.get(seal) ?? 0, tables.get(table.name) ?? 0];
      invariant(
        found === expected,
        `${nameOf(decision)}: ${table.name} has ${found} live rows of ${seal}, its ledger rows send it ${expected}`,
      );
      rows += found;
    }
    proof.rows[table.name] = rows;
  }
}

/**
 * Every entity that these decisions touched: its document is the row current at the ledger version `at` that it names. A document that
 * was loaded beyond the state we look at is proved in the turn of the decision that touched it later.
 */
async function proveDocuments(
  lake: Needs,
  { source, ledger, decisions, loaded }: ProofJob,
  { table, state }: Pick<LiveRows, 'table' | 'state'>,
  scratch: string,
): Promise<void> {
  const head = appliedBy(state, source);
  const last = decisions.at(-1)?.n ?? -1;
  // Decisions behind these touch some of the same entities; documents may have taken them in already.
  const later = await everyDecision(lake, ledger, last, head);
  const touched = await touchedBy(lake, table.name, [...decisions, ...later], scratch);
  const due = later.length === 0 ? touched : await touchedBy(lake, table.name, decisions, scratch);
  const files = touched.candidates(filesOf(state));
  const rows = await fetchFiles(lake, table.name, files, scratch);
  const views = { ledger: touched.paths, due: due.paths, ...(rows.length === 0 ? {} : { rows }) };
  const current =
    rows.length === 0
      ? 'SELECT NULL::VARCHAR AS entity, NULL::VARCHAR AS version LIMIT 0'
      : 'SELECT entity, max(version) AS version FROM rows GROUP BY entity';
  const ofDue = later.length === 0 ? '' : `SEMI JOIN (${due.sql('due')}) d USING (entity)`;
  const sql = `SELECT t.entity, t.n, c.version FROM (${touched.sql('ledger')}) t ${ofDue} LEFT JOIN (${current}) c USING (entity)`;
  for await (const some of rowsOf(lake, { views, sql, most: due.entities }, scratch))
    await checkDocuments(lake, table, some.map(expectedOf), { head, loaded });
}

const expectedOf = (row: Readonly<Record<string, unknown>>): Expected => {
  const version = row['version'];
  return { entity: String(row['entity']), n: Number(row['n']), version: typeof version === 'string' ? version : '' };
};

async function everyDecision(
  lake: Needs,
  ledger: LedgerView,
  after: number,
  upTo: number,
): Promise<readonly Decision[]> {
  const decisions: Decision[] = [];
  for (let applied = after; applied < upTo;) {
    const next = await nextDecisions(lake, ledger, applied, upTo);
    decisions.push(...next.decisions);
    if (next.to <= applied) break;
    applied = next.to;
  }
  return decisions;
}

/** An entity, the last decision up to the table's state that touched it, and its current row's version there; empty: no row is left. */
interface Expected {
  readonly entity: string;
  readonly n: number;
  readonly version: string;
}

async function checkDocuments(
  lake: Needs,
  table: Table,
  expected: readonly Expected[],
  { head, loaded }: { readonly head: number; readonly loaded: number },
): Promise<void> {
  if (expected.length === 0) return;
  const states = await lake.documents.states(
    table,
    expected.map(({ entity }) => entity),
  );
  for (const { entity, n, version } of expected) {
    const fault = faultOf(states.get(entity), { n, version, head, loaded });
    invariant(
      fault === undefined,
      `ledger entry ${n}: the document ${literal(entity)} of ${table.name} ${fault ?? ''}; chatlake verify lists all such documents`,
    );
  }
}

/** What is wrong with a document; undefined: nothing, or nothing that can be told yet. */
function faultOf(
  state: DocumentState | undefined,
  {
    n,
    version,
    head,
    loaded,
  }: { readonly n: number; readonly version: string; readonly head: number; readonly loaded: number },
): string | undefined {
  if (state === undefined) return n > loaded || version === '' ? undefined : 'is missing';
  if (state.at > head) return undefined;
  if (state.at < n) return n > loaded ? undefined : `stands at entry ${state.at}, before the row it should show`;
  if (state.refused !== undefined) return undefined;
  const isGone = state.gone === true;
  if (version === '') return isGone ? undefined : 'is there, and no row of it is left';
  if (isGone) return 'is a tombstone, and the table has a row of it';
  return state.version === version ? undefined : 'is not its current row';
}
