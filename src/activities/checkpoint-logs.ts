/** checkpointLogs: writes Delta checkpoints of the ledger and its tables, and removes log entries of tables that nobody needs any more. */
import { attempts } from '../adapters/object-store/put.ts';
import type { DeltaState } from '../domain/delta.ts';
import type { ReportDefinition } from '../domain/kpi/report.ts';
import { type Source, ledgerRoot, tableRoot } from '../domain/layout.ts';
import { type LogObject, planCleanUp } from '../domain/log-clean-up.ts';
import { mapSome } from '../domain/some.ts';
import { throwIfCancelled } from './heartbeat.ts';
import { readLedger } from './ledger-view.ts';
import { passedByAll } from './passed.ts';
import { type Ports, contractOf } from './ports.ts';
import { appliedBy } from './project.ts';

type Needs = Pick<Ports, 'store' | 'logs' | 'checkpoints' | 'contracts' | 'documents' | 'log' | 'now'>;

export interface CheckpointedLogs {
  /** By root of a log, the version of the checkpoint that was written. */
  readonly checkpoints: Readonly<Record<string, number>>;
  /** Log objects of tables that were removed. */
  readonly removed: number;
}

/** Other engines read at most about this many entries after a checkpoint. */
const ENTRIES_PER_CHECKPOINT = 100;
/** Delta's own defaults: how long an older version can be read, and how long it is known which files were taken out. */
const LOG_KEPT_MS = 7 * 86_400_000;
const TOMBSTONES_KEPT_MS = 7 * 86_400_000;
const REMOVALS_AT_ONCE = 16;

/** Builds the activity. It does nothing while the newest checkpoints are recent enough and no entry is old enough. */
export function createCheckpointLogs(ports: Needs, reports: ReadonlyMap<Source, ReportDefinition>) {
  return async function checkpointLogs({ source }: { readonly source: Source }): Promise<CheckpointedLogs> {
    const roots = contractOf(ports, source).tables.map(({ name }) => tableRoot(name));
    const tables = new Map<string, DeltaState>();
    for (const root of roots) tables.set(root, await ports.logs(root).refresh());
    const ledger = await readLedger(ports, source);
    const checkpoints: Record<string, number> = {};
    for (const [root, state] of [[ledgerRoot(source), ledger.state] as const, ...tables]) {
      if (state.version - (await ports.checkpoints.last(root)) < ENTRIES_PER_CHECKPOINT) continue;
      throwIfCancelled();
      await ports.checkpoints.write(root, state, ports.now() - TOMBSTONES_KEPT_MS);
      checkpoints[root] = state.version;
      ports.log.info('log.checkpointed', { root, version: state.version, files: state.files.size });
    }
    const passed = await passedByAll(ports, source, ledger, reports.get(source));
    let removed = 0;
    for (const root of roots) removed += await cleanUp(source, root, passed);
    return { checkpoints, removed };
  };

  async function cleanUp(source: Source, root: string, passed: number): Promise<number> {
    const objects = await attempts(() => listLog(ports, root));
    for (const { checkpoint, keys } of planCleanUp(objects, ports.now() - LOG_KEPT_MS)) {
      // Read in full before anything goes: from now on it alone says what the table was.
      const state = await ports.checkpoints.at(root, checkpoint);
      if (state === undefined || appliedBy(state, source) > passed) continue;
      await mapSome(keys, REMOVALS_AT_ONCE, (key) => {
        throwIfCancelled();
        return attempts(() => ports.store.remove(key));
      });
      ports.log.info('log.cleaned', { root, below: checkpoint, removed: keys.length });
      return keys.length;
    }
    return 0;
  }
}

async function listLog(ports: Pick<Ports, 'store'>, root: string): Promise<readonly LogObject[]> {
  const objects: LogObject[] = [];
  for await (const { key, modifiedMs } of ports.store.list(`${root}_delta_log/`)) objects.push({ key, modifiedMs });
  return objects;
}
