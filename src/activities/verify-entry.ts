/** The proof of one ledger entry, in the tables and in MongoDB. Throws InvariantViolation, naming the entry, where something is missing. */
import type { Contract, Table } from '../domain/contracts/contract.ts';
import { checkEquation } from '../domain/counts.ts';
import { type DeltaState, EMPTY_STATE } from '../domain/delta.ts';
import { NO_FLOOR, isAtOrPast } from '../domain/documents.ts';
import { invariant } from '../domain/errors.ts';
import { ledgerRoot } from '../domain/layout.ts';
import { type Manifest, judgedAgain, rowsPerTable } from '../domain/ledger.ts';
import { throwIfCancelled } from './heartbeat.ts';
import { type LedgerView, filesOf, readManifest, replacedManifests } from './ledger-view.ts';
import type { Ports } from './ports.ts';
import { appliedBy } from './project.ts';
import { affectedSql, fetchLedgerFiles } from './remainders.ts';
import { fetchFiles, inList, liveFilesOf } from './table-files.ts';

const ENTITIES_AT_ONCE = 1_000;

/** The three proofs of one entry: its ledger rows, its live rows in every table, its documents. */
export async function verifyEntry(
  ports: Ports,
  contract: Contract,
  ledger: LedgerView,
  n: number,
  states: ReadonlyMap<string, DeltaState>,
) {
  const commit = ledger.commits[n];
  invariant(commit !== undefined, `ledger entry ${n} of ${contract.source} was not read`);
  const manifest = await readManifest(ports, commit);
  const what = `ledger entry ${n} (${manifest.seals.join(', ')})`;
  checkEquation(manifest.counts, what);
  const replaced = await replacedManifests(ports, ledger, manifest, n);
  return ports.cache.withScratch(async (scratch) => {
    const promised = await verifyLedgerRows(ports, manifest, what, scratch);
    const rows: Record<string, number> = {};
    let documents = 0;
    let supersededBy: number | undefined;
    for (const table of contract.tables) {
      const state = states.get(table.name) ?? EMPTY_STATE;
      // Its rows have made way for those of a later entry, which is proved in its own turn.
      const again = judgedAgain(ledger.commits, n, appliedBy(state, contract.source), manifest.seals);
      supersededBy ??= again;
      if (again !== undefined) continue;
      const live = await verifyLiveRows(ports, { table, state, manifest, replaced, n, what }, scratch);
      const expected = promised.get(table.name) ?? 0;
      invariant(
        live === expected,
        `${what}: ${live} live rows in ${table.name}, its ledger rows send it ${expected} messages`,
      );
      if (table.documents && replaced.length > 0) await verifyFloors(ports, table, [...replaced, manifest], n, scratch);
      rows[table.name] = live;
      if (table.documents) documents += live;
    }
    return { rows, documents, ...(supersededBy === undefined ? {} : { supersededBy }) };
  });
}

interface Live {
  readonly table: Table;
  readonly state: DeltaState;
  readonly manifest: Manifest;
  readonly replaced: readonly Manifest[];
  readonly n: number;
  readonly what: string;
}

/** Counts the live rows of an entry's seals, wherever they lie now: in the entry's own files, or merged with others. */
async function verifyLiveRows(ports: Ports, { table, state, manifest, replaced, n, what }: Live, scratch: string) {
  const old = liveFilesOf(state, replaced, table.name).find(({ isOwn }) => isOwn);
  invariant(old === undefined, `${what}: ${table.name}/${old?.path ?? ''} is live, and its rows were replaced`);
  // Days of the replaced rows as well: none of them may be left there.
  const files = new Map(
    [...liveFilesOf(state, [manifest], table.name), ...liveFilesOf(state, replaced, table.name)].map((file) => [
      file.path,
      file,
    ]),
  );
  const promised = new Map(filesOf(manifest, table.name).map((file) => [file.path, file.rows]));
  let live = 0;
  for (const file of files.values()) {
    throwIfCancelled();
    const [path = ''] = await fetchFiles(ports, table.name, [file], scratch);
    const found = await verifyRows(ports, table, { path, seals: manifest.seals, n, what }, scratch);
    const rows = promised.get(file.path) ?? found;
    invariant(found === rows, `${what}: ${file.path} holds ${found} rows, its manifest says ${rows}`);
    live += found;
  }
  return live;
}

/** Every entity that a replacing entry touched was brought past it: what its earlier rows said can never come back. */
async function verifyFloors(
  ports: Ports,
  table: Table,
  manifests: readonly Manifest[],
  n: number,
  scratch: string,
): Promise<void> {
  const ledger = await fetchLedgerFiles(ports, manifests, scratch);
  const touched = ports.reader.stream({ ledger }, `SELECT DISTINCT entity FROM (${affectedSql(table.name)})`, scratch);
  for await (const entities of inBatches(touched)) {
    const states = await ports.documents.states(table, entities);
    for (const entity of entities)
      invariant(
        (states.get(entity)?.floor ?? NO_FLOOR) >= n,
        `ledger entry ${n}: the document of entity ${entity} was not brought past the rows it replaced`,
      );
  }
}

async function* inBatches(rows: AsyncIterable<Readonly<Record<string, unknown>>>): AsyncGenerator<readonly string[]> {
  let some: string[] = [];
  for await (const row of rows) {
    some.push(String(row['entity']));
    if (some.length < ENTITIES_AT_ONCE) continue;
    yield some;
    some = [];
  }
  if (some.length > 0) yield some;
}

/** Counts the verdicts of an entry's ledger rows; answers how many enriched messages they send to each table. */
async function verifyLedgerRows(
  ports: Ports,
  manifest: Manifest,
  what: string,
  scratch: string,
): Promise<ReadonlyMap<string, number>> {
  const path = await ports.cache.fetch(
    `${ledgerRoot(manifest.source)}${manifest.ledgerFile.path}`,
    scratch,
    'a ledger file',
  );
  const rows = await ports.reader.query(
    [path],
    'SELECT verdict, tables, count(*)::INTEGER AS n FROM rows GROUP BY ALL',
    scratch,
  );
  const of = (verdict: string): number =>
    rows.filter((row) => row['verdict'] === verdict).reduce((sum, row) => sum + Number(row['n']), 0);
  const { enriched, duplicates, quarantined } = manifest.counts;
  const same = of('enriched') === enriched && of('duplicate') === duplicates && of('quarantined') === quarantined;
  invariant(
    same,
    `${what}: its ledger rows ${JSON.stringify(rows)} do not add up to ${JSON.stringify(manifest.counts)}`,
  );
  const taken = rows.filter((row) => row['verdict'] === 'enriched');
  return rowsPerTable(taken.map((row) => ({ tables: String(row['tables']), messages: Number(row['n']) })));
}

/** Counts the rows that seals have in a live file and, where the table has documents, checks that each has its own, at or past the row's state. */
async function verifyRows(
  ports: Ports,
  table: Table,
  {
    path,
    seals,
    n,
    what,
  }: { readonly path: string; readonly seals: readonly string[]; readonly n: number; readonly what: string },
  scratch: string,
): Promise<number> {
  let rows = 0;
  let some = new Map<string, string>();
  const check = async (): Promise<void> => {
    if (!table.documents) return;
    const states = await ports.documents.states(table, [...some.keys()]);
    for (const [entity, version] of some) {
      const state = states.get(entity);
      invariant(
        state !== undefined && state.gone !== true && isAtOrPast(state, { version, commit: n }),
        `${what}: the document of entity ${entity} is ${state === undefined || state.gone ? 'missing' : 'behind its row'}`,
      );
    }
    some = new Map();
  };
  for await (const row of ports.reader.stream(
    [path],
    `SELECT entity, max(version) AS version, count(*)::INTEGER AS n FROM rows WHERE _seal IN ${inList(seals)} GROUP BY entity`,
    scratch,
  )) {
    rows += Number(row['n']);
    some.set(String(row['entity']), String(row['version']));
    if (some.size === ENTITIES_AT_ONCE) await check();
  }
  await check();
  return rows;
}
