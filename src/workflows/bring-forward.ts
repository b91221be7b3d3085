/** What follows a decision: tables, documents, proof, reports; each goes from its own applied version to the ledger's head. */
import { proxyActivities } from '@temporalio/workflow';
import type { EtlActivities } from '../activities/index.ts';
import type { Source } from '../domain/layout.ts';
import { HEAVY } from './policies.ts';

const { project, load, reconcile, report } = proxyActivities<EtlActivities>({ ...HEAVY });

/** Brings every projection of a source to the head, by as many calls as it takes. */
export async function bringForward({ source }: { readonly source: Source }): Promise<void> {
  const of = (what: string) => ({ summary: `${what} of ${source}` });
  // Documents may have to wait for tables, so the tables go first in every round.
  do await projectAll({ source });
  while ((await load.executeWithOptions(of('documents'), [{ source }])).behind > 0);
  // Entries that a projection has not reached belong to the run that published them.
  while ((await reconcile.executeWithOptions(of('entries not yet verified'), [{ source }])).more);
  await report.executeWithOptions(of('touched days'), [{ source }]);
}

/** Brings the tables to the head. */
export async function projectAll({ source }: { readonly source: Source }): Promise<void> {
  const summary = `tables of ${source}`;
  while ((await project.executeWithOptions({ summary }, [{ source }])).behind > 0);
}
