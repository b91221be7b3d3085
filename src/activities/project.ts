/** project: brings the tables forward, one commit per ledger entry, in order; late or twice changes nothing. */
import { type DeltaAction, type DeltaState, deltaSchema } from '../domain/delta.ts';
import { tableColumns, EVENT_DATE } from '../domain/contracts/contract.ts';
import { PermanentError } from '../domain/errors.ts';
import { type Source, tableRoot } from '../domain/layout.ts';
import type { Manifest } from '../domain/ledger.ts';
import { throwIfCancelled } from './heartbeat.ts';
import { readLedger, readManifest } from './ledger-view.ts';
import { type Ports, contractOf } from './ports.ts';
import { tableId } from './publish.ts';
import type { Progress } from './types.ts';

type Needs = Pick<Ports, 'store' | 'logs' | 'contracts' | 'limits' | 'log'>;

/** `ledger/desk`: under this id a table remembers the ledger version it has applied. */
export const ledgerAppId = (source: Source): string => `ledger/${source}`;

/** The ledger version a table has applied; −1 before the first. */
export const appliedBy = (state: DeltaState, source: Source): number =>
  state.transactions.get(ledgerAppId(source)) ?? -1;

/** Builds the activity. */
export function createProject(ports: Needs) {
  return async function project({ source }: { readonly source: Source }): Promise<Progress> {
    const contract = contractOf(ports, source);
    const table = ports.logs(tableRoot(contract.table));
    const ledger = await readLedger(ports, source);
    let rows = 0;
    let state = await table.refresh();
    for (
      let budget = ports.limits.entriesPerCall;
      budget > 0 && appliedBy(state, source) < ledger.state.version;
      budget -= 1
    ) {
      throwIfCancelled();
      const n = appliedBy(state, source) + 1;
      const commit = ledger.commits[n];
      if (commit === undefined) break;
      const manifest = await readManifest(ports, commit);
      const outcome = await table.append(
        state.version + 1,
        planCommit(contract.table, manifest, { n, timestamp: commit.timestamp }, state),
      );
      if (outcome === 'mine') {
        rows += manifest.counts.enriched;
        ports.log.info('table.projected', { table: contract.table, ledger: n, rows: manifest.counts.enriched });
      }
      state = await table.refresh();
    }
    const applied = appliedBy(state, source);
    return { applied, behind: ledger.state.version - applied, rows };
  };

  /** The table's commit for ledger entry `n`, planned at the table's head. */
  function planCommit(
    table: string,
    manifest: Manifest,
    { n, timestamp }: { n: number; timestamp: number },
    state: DeltaState,
  ): readonly DeltaAction[] {
    if (manifest.dropSeals.length > 0) {
      throw new PermanentError(
        `ledger entry ${n} replaces seals, which this version of chatlake cannot project; update chatlake and replay`,
      );
    }
    const contract = contractOf(ports, manifest.source);
    const files = manifest.tables.find((candidate) => candidate.table === table)?.files ?? [];
    return [
      { commitInfo: { timestamp, operation: 'WRITE', chatlake: { ledger: n, seals: manifest.seals } } },
      ...(state.version < 0
        ? deltaSchema(tableId(tableRoot(table)), table, [...tableColumns(contract), EVENT_DATE], [EVENT_DATE.name])
        : []),
      { txn: { appId: ledgerAppId(manifest.source), version: n } },
      ...files.map((file) => ({
        add: {
          path: file.path,
          partitionValues: { [EVENT_DATE.name]: file.eventDate },
          size: file.bytes,
          modificationTime: timestamp,
          dataChange: true,
          stats: JSON.stringify({ numRecords: file.rows }),
        },
      })),
    ];
  }
}
