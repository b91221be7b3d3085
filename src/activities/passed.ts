/** How far everything that reads the ledger has come: what all have passed, nobody needs any more. */
import { attempts } from '../adapters/object-store/put.ts';
import type { ReportDefinition } from '../domain/kpi/report.ts';
import { type Source, tableRoot } from '../domain/layout.ts';
import { isDecision } from '../domain/ledger.ts';
import { type LedgerView, verifiedVersions } from './ledger-view.ts';
import { type Ports, contractOf } from './ports.ts';
import { appliedBy } from './project.ts';
import { lastReported } from './report.ts';

/** The last ledger version up to which every table, MongoDB, the report and verification have come; merges are passed with what is before them. */
export async function passedByAll(
  ports: Pick<Ports, 'store' | 'logs' | 'contracts' | 'documents'>,
  source: Source,
  ledger: LedgerView,
  definition: ReportDefinition | undefined,
): Promise<number> {
  const applied = [await ports.documents.applied(source)];
  for (const { name } of contractOf(ports, source).tables)
    applied.push(appliedBy(await ports.logs(tableRoot(name)).refresh(), source));
  if (definition !== undefined) applied.push(await attempts(() => lastReported(ports, source, definition)));
  applied.push((await attempts(() => verifiedVersions(ports, source))).upTo);
  return throughMerges(ledger, Math.min(...applied));
}

/** The last entry before the first decision after `version`. */
export function throughMerges({ commits, state }: LedgerView, version: number): number {
  const next = commits.findIndex((commit, n) => n > version && isDecision(commit));
  return next < 0 ? state.version : next - 1;
}
