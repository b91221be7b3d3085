/** project: brings the tables forward, one commit per ledger entry, in order; late or twice changes nothing. */
import { attempts } from '../adapters/object-store/put.ts';
import { type DeltaAction, type DeltaState, deltaSchema, logName } from '../domain/delta.ts';
import { EVENT_DATE, type Table, tableColumns } from '../domain/contracts/contract.ts';
import { invariant } from '../domain/errors.ts';
import { type Source, ledgerRoot, tableRoot } from '../domain/layout.ts';
import { type Manifest, type ManifestFile, isDecision } from '../domain/ledger.ts';
import { withoutSeals } from './drop-rows.ts';
import { throwIfCancelled } from './heartbeat.ts';
import { type LedgerView, filesOf, readLedger, readManifest, replacedManifests } from './ledger-view.ts';
import { type Ports, contractOf } from './ports.ts';
import { tableId } from './publish.ts';
import { liveFilesOf } from './table-files.ts';
import type { Progress } from './types.ts';

type Needs = Pick<Ports, 'store' | 'cache' | 'logs' | 'reader' | 'engine' | 'contracts' | 'limits' | 'log' | 'now'>;

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

/** What a ledger entry does to a table. */
interface Change {
  readonly removed: readonly { readonly path: string; readonly deletedAt: number }[];
  readonly added: readonly ManifestFile[];
  readonly rows: number;
}

/** An entry that judged nothing: the table only remembers that it is past it. */
const NO_CHANGE: Change = { removed: [], added: [], rows: 0 };

/** An entry's files; where it replaces seals, also what has to go, and what is left of files that other seals share. */
async function planChange(
  ports: Needs,
  table: Table,
  ledger: LedgerView,
  manifest: Manifest,
  n: number,
  state: DeltaState,
): Promise<Change> {
  const own = filesOf(manifest, table.name);
  const rows = own.reduce((sum, file) => sum + file.rows, 0);
  if (manifest.dropSeals.length === 0) return { removed: [], added: own, rows };
  const replaced = await replacedManifests(ports, ledger, manifest, n);
  const { gone, left } = await withoutSeals(ports, table.name, manifest, liveFilesOf(state, replaced, table.name));
  const deletedAt = gone.length === 0 ? 0 : await decidedAt(ports, manifest.source, n);
  return { removed: gone.map((path) => ({ path, deletedAt })), added: [...own, ...left], rows };
}

/** When the entry came to be, by the store's clock: what counts the days until a vacuum, and the same for everyone who projects it. */
async function decidedAt(ports: Needs, source: Source, n: number): Promise<number> {
  const key = `${ledgerRoot(source)}${logName(n)}`;
  const found = await attempts(() => ports.store.head(key));
  invariant(found !== undefined, `ledger entry ${n} is gone from the store: ${key}`);
  return found.modifiedMs;
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
    const manifest = isDecision(commit) ? await readManifest(ports, commit) : undefined;
    const change = manifest === undefined ? NO_CHANGE : await planChange(ports, table, ledger, manifest, n, state);
    const actions = planCommit(table, source, { n, ...commit }, state, change);
    if ((await log.append(state.version + 1, actions)) === 'mine') {
      rows += change.rows;
      ports.log.info('table.projected', {
        table: table.name,
        ledger: n,
        rows: change.rows,
        removed: change.removed.length,
      });
    }
    state = await log.refresh();
  }
  return { applied: appliedBy(state, source), rows };
}

/** The table's commit for ledger entry `n`, planned at the table's head. */
function planCommit(
  table: Table,
  source: Source,
  { n, timestamp, seals }: { readonly n: number; readonly timestamp: number; readonly seals: readonly string[] },
  state: DeltaState,
  { removed, added }: Change,
): readonly DeltaAction[] {
  return [
    { commitInfo: { timestamp, operation: 'WRITE', chatlake: { ledger: n, seals } } },
    ...(state.version < 0
      ? deltaSchema(tableId(tableRoot(table.name)), table.name, [...tableColumns(table), EVENT_DATE], [EVENT_DATE.name])
      : []),
    { txn: { appId: ledgerAppId(source), version: n } },
    ...removed.map(({ path, deletedAt }) => ({ remove: { path, deletionTimestamp: deletedAt, dataChange: true } })),
    ...added.map((file) => ({
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
