/** snapshotLedger: keeps what the ledger adds up to, so that a process that starts need not read every entry; and few objects of reports. */
import type { ReportDefinition } from '../../domain/kpi/report.ts';
import { type Source, snapshotVersion } from '../../domain/formats/layout.ts';
import { contractOf } from '../../lake/lake.ts';
import { readLedger } from '../../lake/ledger.ts';
import { type DayReports, keepReports, lastReported, readReports, reportsSince } from '../../lake/reports.ts';
import { keepSnapshot, listSnapshots } from '../../lake/snapshot.ts';
import { verifiedVersions } from '../../lake/verified.ts';
import { throwIfCancelled } from '../heartbeat.ts';
import type { Ports } from '../ports.ts';

export interface SnapshotTaken {
  /** Where the newest snapshot ends; −1 when there is none. */
  readonly version: number;
  readonly written: boolean;
  /** Objects of reports that became one. */
  readonly reportsJoined: number;
}

/** A start reads at most about this many entries one by one: a second or two. */
const ENTRIES_PER_SNAPSHOT = 500;
/** A reader may be in the middle of the one before. */
const KEPT = 2;
/** Objects of reports beyond which they are joined, and the newest that are left as they are: a reader may be at them. */
const REPORTS_AT_MOST = 200;
const REPORTS_LEFT = 20;

/** Builds the activity. It does nothing while the newest snapshot is recent enough and reports are few. */
export function createSnapshotLedger(
  ports: Pick<Ports, 'store' | 'logs' | 'contracts' | 'log'>,
  definitions: ReadonlyMap<Source, ReportDefinition>,
) {
  return async function snapshotLedger({ source }: { readonly source: Source }): Promise<SnapshotTaken> {
    contractOf(ports, source);
    const definition = definitions.get(source);
    const reportsJoined = definition === undefined ? 0 : await joinReports(definition.name);
    const { state, entries } = await readLedger(ports, source);
    const before = await listSnapshots(ports, source);
    const newest = snapshotVersion(before.at(-1) ?? '') ?? -1;
    if (state.version - newest < ENTRIES_PER_SNAPSHOT) return { version: newest, written: false, reportsJoined };
    const { upTo } = await verifiedVersions(ports, source);
    const reported =
      definition === undefined ? {} : { [definition.name]: await lastReported(ports, source, definition) };
    // Verified meanwhile may be more than what is in the snapshot.
    const verified = Math.min(upTo, state.version);
    const key = await keepSnapshot(ports, source, { state, entries, verified, reported });
    for (const old of before.slice(0, Math.max(0, before.length + 1 - KEPT)))
      if (old !== key) await ports.store.remove(old);
    ports.log.info('ledger.snapshot', { source, version: state.version, verified });
    return { version: state.version, written: true, reportsJoined };
  };

  /** The older objects of a report become one at the newest of their versions; of each day the newest report stays. */
  async function joinReports(name: string): Promise<number> {
    const all = await reportsSince(ports, name, -1);
    if (all.length <= REPORTS_AT_MOST) return 0;
    const joined = all.slice(0, -REPORTS_LEFT);
    const days: Record<string, DayReports['days'][string]> = {};
    for (const { key } of joined) {
      throwIfCancelled();
      Object.assign(days, (await readReports(ports, key)).days);
    }
    const kept = await keepReports(ports, name, joined.at(-1)?.version ?? 0, days);
    for (const { key } of joined) if (key !== kept) await ports.store.remove(key);
    return joined.length;
  }
}
