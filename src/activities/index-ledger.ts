/** indexLedger: keeps an index of the ledger as it is now, so that a process that starts need not read every entry. */
import { attempts } from '../adapters/object-store/put.ts';
import type { ReportDefinition } from '../domain/kpi/report.ts';
import { type Source, ledgerIndexVersion } from '../domain/layout.ts';
import { keepIndex, listIndexes } from './ledger-index.ts';
import { readLedger, verifiedVersions } from './ledger-view.ts';
import { type Ports, contractOf } from './ports.ts';
import { lastReported } from './report.ts';

export interface IndexedLedger {
  /** Where the newest index ends; −1 when there is none. */
  readonly version: number;
  readonly written: boolean;
}

/** A start reads at most about this many entries one by one: a second or two. */
const ENTRIES_PER_INDEX = 500;
/** A reader may be in the middle of the one before. */
const KEPT = 2;

/** Builds the activity. It does nothing while the newest index is recent enough. */
export function createIndexLedger(
  ports: Pick<Ports, 'store' | 'logs' | 'contracts' | 'log'>,
  reports: ReadonlyMap<Source, ReportDefinition>,
) {
  return async function indexLedger({ source }: { readonly source: Source }): Promise<IndexedLedger> {
    contractOf(ports, source);
    const { state, commits } = await readLedger(ports, source);
    const before = await listIndexes(ports, source);
    const newest = ledgerIndexVersion(before.at(-1) ?? '') ?? -1;
    if (state.version - newest < ENTRIES_PER_INDEX) return { version: newest, written: false };
    const { upTo } = await attempts(() => verifiedVersions(ports, source));
    const definition = reports.get(source);
    const reported =
      definition === undefined
        ? {}
        : { [definition.name]: await attempts(() => lastReported(ports, source, definition)) };
    // Verified meanwhile may be more than what is indexed.
    const verified = Math.min(upTo, state.version);
    const key = await keepIndex(ports, source, { state, commits, verified, reported });
    for (const old of before.slice(0, Math.max(0, before.length + 1 - KEPT)))
      if (old !== key) await attempts(() => ports.store.remove(old));
    ports.log.info('ledger.indexed', { source, version: state.version, verified });
    return { version: state.version, written: true };
  };
}
