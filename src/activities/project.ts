/** project: brings the tables forward, one commit per ledger entry, in order; late or twice changes nothing. */
import { type DeltaAction, type DeltaState, deltaSchema } from '../domain/delta.ts';
import { EVENT_DATE, type Table, tableColumns } from '../domain/contracts/contract.ts';
import { PermanentError } from '../domain/errors.ts';
import { type Source, tableRoot } from '../domain/layout.ts';
import { type LedgerEntry, type Manifest, type ManifestFile, isDecision } from '../domain/ledger.ts';
import { throwIfCancelled } from './heartbeat.ts';
import { type LedgerView, readLedger, readManifest } from './ledger-view.ts';
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
    const ledger = await readLedger(ports, source);
    let rows = 0;
    let applied = ledger.state.version;
    for (const table of contractOf(ports, source).tables) {
      const progress = await projectTable(ports, source, table, ledger);
      rows += progress.rows;
      applied = Math.min(applied, progress.applied);
    }
    return { applied, behind: ledger.state.version - applied, rows };
  };
}

/** Brings one table forward by as many entries as one call applies. */
async function projectTable(ports: Needs, source: Source, table: Table, ledger: LedgerView) {
  const log = ports.logs(tableRoot(table.name));
  let rows = 0;
  let state = await log.refresh();
  for (
    let budget = ports.limits.entriesPerCall;
    budget > 0 && appliedBy(state, source) < ledger.state.version;
    budget -= 1
  ) {
    throwIfCancelled();
    const n = appliedBy(state, source) + 1;
    const commit = ledger.commits[n];
    if (commit === undefined) break;
    const entry = { n, timestamp: commit.timestamp };
    const own = isDecision(commit)
      ? await planDecision(ports, table, entry, commit, state)
      : { rows: 0, actions: planPassing(source, entry) };
    if ((await log.append(state.version + 1, own.actions)) === 'mine') {
      rows += own.rows;
      ports.log.info('table.projected', { table: table.name, ledger: n, rows: own.rows });
    }
    state = await log.refresh();
  }
  return { applied: appliedBy(state, source), rows };
}

interface EntryAt {
  readonly n: number;
  readonly timestamp: number;
}

/** A merge of ledger files changes no row of a table: the table only notes that it has passed it. */
const planPassing = (source: Source, { n, timestamp }: EntryAt): readonly DeltaAction[] => [
  { commitInfo: { timestamp, operation: 'WRITE', chatlake: { ledger: n, seals: [] } } },
  { txn: { appId: ledgerAppId(source), version: n } },
];

/** The table's commit for an entry that decided something, and the rows it brings. */
async function planDecision(ports: Needs, table: Table, entry: EntryAt, commit: LedgerEntry, state: DeltaState) {
  const manifest = await readManifest(ports, commit);
  const own = manifest.tables.find((candidate) => candidate.table === table.name);
  return { rows: own?.rows ?? 0, actions: planCommit(table, manifest, entry, state, own?.files ?? []) };
}

/** The table's commit for ledger entry `n`, planned at the table's head. */
function planCommit(
  table: Table,
  manifest: Manifest,
  { n, timestamp }: EntryAt,
  state: DeltaState,
  files: readonly ManifestFile[],
): readonly DeltaAction[] {
  if (manifest.dropSeals.length > 0) {
    throw new PermanentError(
      `ledger entry ${n} replaces seals, which this version of chatlake cannot project; update chatlake and replay`,
    );
  }
  return [
    { commitInfo: { timestamp, operation: 'WRITE', chatlake: { ledger: n, seals: manifest.seals } } },
    ...(state.version < 0
      ? deltaSchema(tableId(tableRoot(table.name)), table.name, [...tableColumns(table), EVENT_DATE], [EVENT_DATE.name])
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
