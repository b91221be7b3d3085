/** reconcile: proves every unverified decision that tables and documents have taken in; a mismatch fails loudly. */
import { keep } from '../../adapters/object-store/put.ts';
import { type Counts, NO_COUNTS, addCounts } from '../../domain/counts.ts';
import { FORMAT_VERSION, type Source, verifiedKey } from '../../domain/formats/layout.ts';
import { jsonBytes } from '../../lake/json.ts';
import { contractOf } from '../../lake/lake.ts';
import { ledgerAtLeast } from '../../lake/ledger.ts';
import { appliedBy, tableState } from '../../lake/tables.ts';
import { tellVerified, verifiedVersions } from '../../lake/verified.ts';
import { type Batch, type Decision, nextDecisions, nextOfTables } from '../../projections/decisions.ts';
import { type Progress, progressAt } from '../../projections/progress.ts';
import { type Proof, type ProofJob, proveDecisions } from '../../projections/proof.ts';
import { throwIfCancelled } from '../heartbeat.ts';
import type { Ports } from '../ports.ts';
import type { ForwardInput } from '../types.ts';

export interface Reconciled extends Progress {
  /** Decisions verified by this call, and what they hold. */
  readonly verified: number;
  readonly counts: Counts;
  /** True when another call finds something to verify. */
  readonly more: boolean;
}

/** Builds the activity. Decisions that a projection has not reached are left for later. */
export function createReconcile(ports: Ports) {
  return async function reconcile({ source, reached: tablesReached, applied }: ForwardInput): Promise<Reconciled> {
    contractOf(ports, source);
    const loaded = await ports.documents.applied(source);
    const done = await verifiedVersions(ports, source, applied);
    const plan = await planProof(ports, { source, loaded, tablesReached, after: done.upTo });
    const { tables, ledger, reached, decisions, to } = plan;
    const due = decisions.filter(({ n }) => !done.has(n));
    throwIfCancelled();
    const proofs =
      due.length === 0 ? [] : await proveDecisions(ports, { source, ledger, decisions: due, tables, loaded });
    let counts = NO_COUNTS;
    for (const [i, proof] of proofs.entries())
      counts = addCounts(counts, await keepProof(ports, source, due[i], proof));
    const proved = new Set(due.map(({ n }) => n));
    const isDone = (version: number): boolean => done.has(version) || proved.has(version);
    if (due.length > 0) await tellVerified(ports, source, ledger, { upTo: done.upTo, has: isDone });
    return { ...progressAt(ledger, to), verified: due.length, counts, more: to < reached };
  };
}

interface ProofPlan extends Batch, Pick<ProofJob, 'tables' | 'ledger'> {
  /** As far as documents and every table have come. */
  readonly reached: number;
}

interface ProofQuestion {
  readonly source: Source;
  readonly loaded: number;
  readonly tablesReached: number | undefined;
  readonly after: number;
}

/** The next decisions that documents and every table have taken in, and these tables. */
function planProof(ports: Ports, { source, loaded, tablesReached, after }: ProofQuestion): Promise<ProofPlan> {
  return nextOfTables(ports, source, async (specs, most) => {
    const tables = new Map(
      await Promise.all(
        [...specs.values()].map(
          async (table) =>
            [table.name, { table, state: await tableState(ports, source, table.name, tablesReached) }] as const,
        ),
      ),
    );
    const applied = [...tables.values()].map(({ state }) => appliedBy(state, source));
    const reached = Math.min(loaded, ...applied);
    // The states of the tables may be ahead of what this process knows of the ledger.
    const ledger = await ledgerAtLeast(ports, source, Math.max(reached, ...applied));
    return { tables, ledger, reached, ...(await nextDecisions(ports, ledger, after, Math.min(reached, most))) };
  });
}

async function keepProof(ports: Ports, source: Source, decision: Decision | undefined, proof: Proof): Promise<Counts> {
  if (decision === undefined) return NO_COUNTS;
  const { counts, seals } = decision.manifest;
  const { n, ...facts } = proof;
  const body = { formatVersion: FORMAT_VERSION, ledger: n, seals, counts, ...facts };
  await keep(ports.store, verifiedKey(source, n), jsonBytes(body));
  ports.log.info('entry.verified', { source, ledger: n, ...counts });
  return counts;
}
