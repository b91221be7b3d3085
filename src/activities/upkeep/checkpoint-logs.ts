/** checkpointLogs: writes Delta checkpoints of the ledger and its tables, and removes log entries of tables that nobody needs any more. */
import { TOMBSTONES_KEPT_MS, checkpointVersion } from '../../domain/formats/delta.ts';
import type { ReportDefinition } from '../../domain/kpi/report.ts';
import { type Source, ledgerRoot, tableRoot } from '../../domain/formats/layout.ts';
import { type LogObject, planCleanUp } from '../../domain/plans/log-clean-up.ts';
import { mapSome } from '../../domain/some.ts';
import { contractOf } from '../../lake/lake.ts';
import { readLedger } from '../../lake/ledger.ts';
import { appliedBy, knownTables } from '../../lake/tables.ts';
import { passedByAll } from '../../projections/progress.ts';
import { throwIfCancelled } from '../heartbeat.ts';
import type { Ports } from '../ports.ts';

export interface CheckpointedLogs {
  /** By root of a log, the version of the checkpoint that was written. */
  readonly checkpoints: Readonly<Record<string, number>>;
  /** Log objects of tables that were removed. */
  readonly removed: number;
}

/** Other engines read at most about this many entries after a checkpoint. */
const ENTRIES_PER_CHECKPOINT = 100;
/** Delta's own default: how long an older version can be read. */
const LOG_KEPT_MS = 7 * 86_400_000;
const REMOVALS_AT_ONCE = 16;

/** Only others read checkpoints of a ledger: the newest, and the one before for whoever reads it now. */
const LEDGER_CHECKPOINTS_KEPT = 2;

/** Builds the activity. It does nothing while the newest checkpoints are recent enough and no entry is old enough. */
export function createCheckpointLogs(
  ports: Pick<Ports, 'store' | 'logs' | 'checkpoints' | 'contracts' | 'documents' | 'log' | 'now'>,
  definitions: ReadonlyMap<Source, ReportDefinition>,
) {
  return async function checkpointLogs({ source }: { readonly source: Source }): Promise<CheckpointedLogs> {
    contractOf(ports, source);
    const roots = [...(await knownTables(ports, source)).keys()].map(tableRoot);
    const checkpoints: Record<string, number> = {};
    await readLedger(ports, source);
    for (const root of [ledgerRoot(source), ...roots]) {
      const state = await ports.logs(root).refresh();
      if (state.version - (await ports.checkpoints.last(root)) < ENTRIES_PER_CHECKPOINT) continue;
      throwIfCancelled();
      await ports.checkpoints.write(root, state, ports.now() - TOMBSTONES_KEPT_MS);
      checkpoints[root] = state.version;
      ports.log.info('log.checkpointed', { root, version: state.version, files: state.files.size });
    }
    let removed = await dropLedgerCheckpoints(source);
    const passed = await passedByAll(ports, source, definitions.get(source));
    for (const root of roots) removed += await cleanUp(source, root, passed);
    return { checkpoints, removed };
  };

  async function dropLedgerCheckpoints(source: Source): Promise<number> {
    const checkpoints = (await listLog(ledgerRoot(source))).filter(
      ({ key }) => checkpointVersion(`/${key}`) !== undefined,
    );
    const old = checkpoints.slice(0, -LEDGER_CHECKPOINTS_KEPT);
    for (const { key } of old) await ports.store.remove(key);
    return old.length;
  }

  async function cleanUp(source: Source, root: string, passed: number): Promise<number> {
    for (const { checkpoint, keys } of planCleanUp(await listLog(root), ports.now() - LOG_KEPT_MS)) {
      // Read in full before anything goes: from now on it alone says what the table was.
      const state = await ports.checkpoints.at(root, checkpoint);
      if (state === undefined || appliedBy(state, source) > passed) continue;
      await mapSome(keys, REMOVALS_AT_ONCE, (key) => {
        throwIfCancelled();
        return ports.store.remove(key);
      });
      ports.log.info('log.cleaned', { root, below: checkpoint, removed: keys.length });
      return keys.length;
    }
    return 0;
  }

  async function listLog(root: string): Promise<readonly LogObject[]> {
    const objects: LogObject[] = [];
    for await (const { key, modifiedMs } of ports.store.list(`${root}_delta_log/`)) objects.push({ key, modifiedMs });
    return objects;
  }
}
