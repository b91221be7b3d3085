/** reconcile: proves every unverified ledger entry in the tables and in MongoDB; a mismatch fails loudly. */
import { attempts, keep } from '../adapters/object-store/put.ts';
import type { Contract } from '../domain/contracts/contract.ts';
import { type Counts, NO_COUNTS, addCounts, checkEquation } from '../domain/counts.ts';
import type { DeltaState } from '../domain/delta.ts';
import { isAtOrPast } from '../domain/documents.ts';
import { invariant } from '../domain/errors.ts';
import { FORMAT_VERSION, type Source, ledgerRoot, tableRoot, verifiedKey } from '../domain/layout.ts';
import type { Manifest } from '../domain/ledger.ts';
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
    const table = await ports.logs(tableRoot(contract.table)).refresh();
    const reached = Math.min(appliedBy(table, source), await ports.documents.applied(source));
    const done = await attempts(() => verifiedVersions(ports, source));
    const open = ledger.commits.map((commit, n) => ({ commit, n })).filter(({ n }) => !done.has(n));
    const due = open.filter(({ n }) => n <= reached).slice(0, ports.limits.entriesPerCall);
    let counts = NO_COUNTS;
    for (const { commit, n } of due) {
      throwIfCancelled();
      const manifest = await readManifest(ports, commit);
      const facts = await verifyEntry(ports, contract, manifest, n, table);
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

/** The three proofs of one entry: its ledger rows, its live rows, its documents. */
async function verifyEntry(ports: Ports, contract: Contract, manifest: Manifest, n: number, table: DeltaState) {
  const what = `ledger entry ${n} (${manifest.seals.join(', ')})`;
  checkEquation(manifest.counts, what);
  return ports.cache.withScratch(async (scratch) => {
    await verifyLedgerRows(ports, manifest, what, scratch);
    const files = manifest.tables.find((candidate) => candidate.table === contract.table)?.files ?? [];
    let rows = 0;
    let documents = 0;
    for (const file of files) {
      throwIfCancelled();
      invariant(table.files.has(file.path), `${what}: ${contract.table}/${file.path} is not a live file of the table`);
      const path = await ports.cache.fetch(
        `${tableRoot(contract.table)}${file.path}`,
        scratch,
        'a live file of a table',
      );
      const found = await verifyRows(ports, contract, path, n, what, scratch);
      invariant(found === file.rows, `${what}: ${file.path} holds ${found} rows, its manifest says ${file.rows}`);
      rows += found;
      documents += found;
    }
    invariant(
      rows === manifest.counts.enriched,
      `${what}: ${rows} live rows, ${manifest.counts.enriched} enriched messages`,
    );
    return { rows, documents };
  });
}

async function verifyLedgerRows(ports: Ports, manifest: Manifest, what: string, scratch: string): Promise<void> {
  const path = await ports.cache.fetch(
    `${ledgerRoot(manifest.source)}${manifest.ledgerFile.path}`,
    scratch,
    'a ledger file',
  );
  const rows = await ports.reader.query(
    [path],
    'SELECT verdict, count(*)::INTEGER AS n FROM rows GROUP BY verdict',
    scratch,
  );
  const of = (verdict: string): number => Number(rows.find((row) => row['verdict'] === verdict)?.['n'] ?? 0);
  const { enriched, duplicates, quarantined } = manifest.counts;
  const same = of('enriched') === enriched && of('duplicate') === duplicates && of('quarantined') === quarantined;
  invariant(
    same,
    `${what}: its ledger rows ${JSON.stringify(rows)} do not add up to ${JSON.stringify(manifest.counts)}`,
  );
}

/** Counts the rows of a live file and checks that each has its document, at or past the row's own state. */
async function verifyRows(
  ports: Ports,
  contract: Contract,
  path: string,
  n: number,
  what: string,
  scratch: string,
): Promise<number> {
  let rows = 0;
  let some = new Map<string, string>();
  const check = async (): Promise<void> => {
    const states = await ports.documents.states(contract, [...some.keys()]);
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
