/** reconcile: proves every unverified ledger entry in the tables and in MongoDB; a mismatch fails loudly. */
import { attempts, keep } from '../adapters/object-store/put.ts';
import type { Contract } from '../domain/contracts/contract.ts';
import { type Counts, NO_COUNTS, addCounts } from '../domain/counts.ts';
import type { DeltaState } from '../domain/delta.ts';
import { InvariantViolation } from '../domain/errors.ts';
import { FORMAT_VERSION, type Source, tableRoot, verifiedKey } from '../domain/layout.ts';
import { isDecision } from '../domain/ledger.ts';
import { throwIfCancelled } from './heartbeat.ts';
import { readLedger, tellVerified, verifiedVersions } from './ledger-view.ts';
import { type Ports, contractOf } from './ports.ts';
import { appliedBy } from './project.ts';
import { verifyEntry } from './verify-entry.ts';

export interface Reconciled {
  /** Ledger versions verified by this call. */
  readonly verified: number;
  /** Entries left: the projections have not reached them, or this call had enough. */
  readonly left: number;
  /** True when this call had enough: the next one finds something to verify. */
  readonly more: boolean;
  readonly counts: Counts;
}

/** Builds the activity. */
export function createReconcile(ports: Ports) {
  return async function reconcile({ source }: { readonly source: Source }): Promise<Reconciled> {
    const contract = contractOf(ports, source);
    const ledger = await readLedger(ports, source);
    const reached = Math.min(
      ...[...(await tableStates(ports, contract)).values()].map((state) => appliedBy(state, source)),
      await ports.documents.applied(source),
    );
    const done = await attempts(() => verifiedVersions(ports, source));
    const open = ledger.commits
      .slice(done.upTo + 1)
      .map((commit, i) => ({ commit, n: done.upTo + 1 + i }))
      .filter(({ commit, n }) => isDecision(commit) && !done.has(n));
    const all = open.filter(({ n }) => n <= reached);
    const due = all.slice(0, ports.limits.entriesPerCall);
    let counts = NO_COUNTS;
    for (const { commit, n } of due) {
      throwIfCancelled();
      const facts = await settledFacts(ports, contract, n);
      const body = {
        formatVersion: FORMAT_VERSION,
        ledger: n,
        manifest: commit.manifest,
        counts: commit.counts,
        ...facts,
      };
      await keep(ports.store, verifiedKey(source, n), new TextEncoder().encode(`${JSON.stringify(body)}\n`));
      ports.log.info('entry.verified', { source, ledger: n, ...commit.counts });
      counts = addCounts(counts, commit.counts);
    }
    if (due.length > 0) await tellVerified(ports, source);
    return { verified: due.length, left: open.length - due.length, more: all.length > due.length, counts };
  };
}

async function tableStates(ports: Ports, { tables }: Contract): Promise<ReadonlyMap<string, DeltaState>> {
  const states = new Map<string, DeltaState>();
  for (const { name } of tables) states.set(name, await ports.logs(tableRoot(name)).refresh());
  return states;
}

/** Proves an entry. Rows that are replaced while we look are no fault: a proof that fails counts only if no table moved meanwhile. */
async function settledFacts(ports: Ports, contract: Contract, n: number) {
  for (;;) {
    const before = await tableStates(ports, contract);
    try {
      return await verifyEntry(ports, contract, await readLedger(ports, contract.source), n, before);
    } catch (error) {
      if (!(error instanceof InvariantViolation)) throw error;
      const after = await tableStates(ports, contract);
      if ([...after].every(([table, { version }]) => before.get(table)?.version === version)) throw error;
    }
  }
}
