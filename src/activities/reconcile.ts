/** reconcile: proves every unverified ledger entry in the tables and in MongoDB; a mismatch fails loudly. */
import { attempts, keep } from '../adapters/object-store/put.ts';
import type { Contract, Table } from '../domain/contracts/contract.ts';
import { type Counts, NO_COUNTS, addCounts, checkEquation } from '../domain/counts.ts';
import type { DeltaState } from '../domain/delta.ts';
import { isAtOrPast } from '../domain/documents.ts';
import { invariant } from '../domain/errors.ts';
import { FORMAT_VERSION, type Source, ledgerRoot, tableRoot, verifiedKey } from '../domain/layout.ts';
import { type Manifest, rowsPerTable } from '../domain/ledger.ts';
import { throwIfCancelled } from './heartbeat.ts';
import { readLedger, readManifest, verifiedVersions } from './ledger-view.ts';
import { type Ports, contractOf } from './ports.ts';
import { appliedBy } from './project.ts';

export interface Reconciled {
  /** Ledger versions verified by this call. */
  readonly verified: number;
  /** Entries left: the projections have not reached them, or this call had enough. */
  readonly left: number;
  readonly counts: Counts;
}

const ENTITIES_AT_ONCE = 1_000;

/** Builds the activity. */
export function createReconcile(ports: Ports) {
  return async function reconcile({ source }: { readonly source: Source }): Promise<Reconciled> {
    const contract = contractOf(ports, source);
    const ledger = await readLedger(ports, source);
    const states = new Map<string, DeltaState>();
    for (const { name } of contract.tables) states.set(name, await ports.logs(tableRoot(name)).refresh());
    const reached = Math.min(
      ...[...states.values()].map((state) => appliedBy(state, source)),
      await ports.documents.applied(source),
    );
    const done = await attempts(() => verifiedVersions(ports, source));
    const open = ledger.commits
      .slice(done.upTo + 1)
      .map((commit, i) => ({ commit, n: done.upTo + 1 + i }))
      .filter(({ n }) => !done.has(n));
    const due = open.filter(({ n }) => n <= reached).slice(0, ports.limits.entriesPerCall);
    let counts = NO_COUNTS;
    for (const { commit, n } of due) {
      throwIfCancelled();
      const manifest = await readManifest(ports, commit);
      const facts = await verifyEntry(ports, contract, manifest, n, states);
      const body = {
        formatVersion: FORMAT_VERSION,
        ledger: n,
        manifest: commit.manifest,
        counts: manifest.counts,
        ...facts,
      };
      await keep(ports.store, verifiedKey(source, n), new TextEncoder().encode(`${JSON.stringify(body)}\n`));
      ports.log.info('entry.verified', { source, ledger: n, ...manifest.counts });
      counts = addCounts(counts, manifest.counts);
    }
    return { verified: due.length, left: open.length - due.length, counts };
  };
}

/** The three proofs of one entry: its ledger rows, its live rows in every table, its documents. */
async function verifyEntry(
  ports: Ports,
  contract: Contract,
  manifest: Manifest,
  n: number,
  states: ReadonlyMap<string, DeltaState>,
) {
  const what = `ledger entry ${n} (${manifest.seals.join(', ')})`;
  checkEquation(manifest.counts, what);
  return ports.cache.withScratch(async (scratch) => {
    const promised = await verifyLedgerRows(ports, manifest, what, scratch);
    const rows: Record<string, number> = {};
    let documents = 0;
    for (const table of contract.tables) {
      const own = manifest.tables.find((candidate) => candidate.table === table.name);
      let live = 0;
      for (const file of own?.files ?? []) {
        throwIfCancelled();
        const isLive = states.get(table.name)?.files.has(file.path) ?? false;
        invariant(isLive, `${what}: ${table.name}/${file.path} is not a live file of the table`);
        const path = await ports.cache.fetch(`${tableRoot(table.name)}${file.path}`, scratch, 'a live file of a table');
        const found = await verifyRows(ports, table, path, n, what, scratch);
        invariant(found === file.rows, `${what}: ${file.path} holds ${found} rows, its manifest says ${file.rows}`);
        live += found;
      }
      const expected = promised.get(table.name) ?? 0;
      invariant(
        live === expected,
        `${what}: ${live} live rows in ${table.name}, its ledger rows send it ${expected} messages`,
      );
      rows[table.name] = live;
      if (table.documents) documents += live;
    }
    return { rows, documents };
  });
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

/** Counts the rows of a live file and, where the table has documents, checks that each has its own, at or past the row's state. */
async function verifyRows(
  ports: Ports,
  table: Table,
  path: string,
  n: number,
  what: string,
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
        state !== undefined && isAtOrPast(state, { version, commit: n }),
        `${what}: the document of entity ${entity} is ${state === undefined ? 'missing' : 'behind its row'}`,
      );
    }
    some = new Map();
  };
  for await (const row of ports.reader.stream(
    [path],
    'SELECT entity, max(version) AS version, count(*)::INTEGER AS n FROM rows GROUP BY entity',
    scratch,
  )) {
    rows += Number(row['n']);
    some.set(String(row['entity']), String(row['version']));
    if (some.size === ENTITIES_AT_ONCE) await check();
  }
  await check();
  return rows;
}
