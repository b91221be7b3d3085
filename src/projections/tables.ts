/** The tables: every decision's files in, the rows of what it replaces out; one commit for all decisions there are. */
import type { Table } from '../domain/sources/contract.ts';
import { tableColumns } from '../domain/sources/contract.ts';
import { type DeltaAction, type DeltaState, commitInfo, logName } from '../domain/formats/delta.ts';
import { deltaSchema } from '../domain/formats/delta-schema.ts';
import { invariant } from '../domain/errors.ts';
import { type Source, ledgerRoot, tableRoot } from '../domain/formats/layout.ts';
import { RANGED_COLUMNS, type TableFile, addOf, filesOf, rowsOfSeals } from '../domain/formats/table-file.ts';
import { NAMED_WITHIN_MS } from '../lake/files.ts';
import type { Lake } from '../lake/lake.ts';
import { type LedgerView, ledgerAtLeast, readLedger, tableOf } from '../lake/ledger.ts';
import { appliedBy, ledgerAppId, listedTables, tableId, tableLog } from '../lake/tables.ts';
import { type Decision, nextDecisions } from './decisions.ts';
import { withoutSeals } from './drop-rows.ts';
import { type Progress, progressAt } from './progress.ts';

export type Needs = Lake & { readonly chatlakeVersion: string };

/** Other commits (compaction, another projector) that may get in before this one does; then the next call goes on. */
const TRIES = 20;

/** Brings every table of a source forward, each from its own applied version, to the ledger version `known` at least; absent: to its head. Late or twice changes nothing. */
export async function projectTables(lake: Needs, source: Source, known?: number): Promise<Progress> {
  const ledger = known === undefined ? await readLedger(lake, source) : await ledgerAtLeast(lake, source, known);
  const applied: number[] = [];
  // Listed after the ledger was read: another process may have brought forward those tables alone that this one has heard of.
  for (const table of (await listedTables(lake, source)).values())
    applied.push(await projectTable(lake, source, table, ledger));
  return progressAt(ledger, Math.min(ledger.state.version, ...applied));
}

/** Brings one table forward by as many decisions as one commit takes; returns the version it has applied. */
async function projectTable(lake: Needs, source: Source, table: Table, ledger: LedgerView): Promise<number> {
  const log = tableLog(lake, table.name);
  let change: TableChange | undefined;
  const version = await log.commit(async (state) => {
    // Once more where it took so long that a vacuum may have removed what was put: it is put again.
    for (let since = -Infinity; lake.now() - since > NAMED_WITHIN_MS;) {
      since = lake.now();
      change = await planChange(lake, { source, table, state }, ledger);
    }
    return change === undefined ? undefined : actionsOf(lake, { source, table, state }, change);
  }, TRIES);
  if (version !== undefined && change !== undefined)
    lake.log.info('table.projected', {
      table: table.name,
      ledger: change.to,
      decisions: change.decisions.length,
      added: change.added.length,
      removed: change.removed.length,
    });
  return appliedBy(await log.atLeast(version ?? -1), source);
}

/** A table as a commit finds it. */
interface Found {
  readonly source: Source;
  readonly table: Table;
  readonly state: DeltaState;
}

interface TableChange {
  readonly decisions: readonly Decision[];
  readonly to: number;
  readonly removed: readonly { readonly path: string; readonly deletedAt: number }[];
  readonly added: readonly TableFile[];
}

/** What decisions that a table has not applied make of its files; undefined: there are none. */
async function planChange(
  lake: Needs,
  { source, table, state }: Found,
  ledger: LedgerView,
): Promise<TableChange | undefined> {
  const { decisions, to } = await nextDecisions(lake, ledger, appliedBy(state, source));
  if (decisions.length === 0) return undefined;
  const live = new Map(filesOf(state).map((file) => [file.path, file]));
  const before = new Set(live.keys());
  const removed: { path: string; deletedAt: number }[] = [];
  for (const { n, manifest } of decisions) {
    const dropped = new Set(manifest.dropSeals);
    const holding = dropped.size === 0 ? [] : [...live.values()].filter((file) => rowsOfSeals(file, dropped) > 0);
    const deletedAt = holding.length === 0 ? 0 : await decidedAt(lake, source, n);
    for (const file of holding) {
      const rest = await withoutSeals(lake, table, file, manifest);
      live.delete(file.path);
      if (before.has(file.path)) removed.push({ path: file.path, deletedAt });
      if (rest !== undefined) live.set(rest.path, rest);
    }
    for (const file of tableOf(manifest, table.name)?.files ?? []) live.set(file.path, file);
  }
  return { decisions, to, removed, added: [...live.values()].filter(({ path }) => !before.has(path)) };
}

/** When an entry came to be, by the store's clock: what counts the days until a vacuum, and the same for everyone who projects it. */
async function decidedAt(lake: Needs, source: Source, n: number): Promise<number> {
  const key = `${ledgerRoot(source)}${logName(n)}`;
  const found = await lake.store.head(key);
  invariant(found !== undefined, `ledger entry ${n} is gone from the store: ${key}`);
  return found.modifiedMs;
}

/** The table's commit, planned at its head. */
function actionsOf(
  { chatlakeVersion }: Needs,
  { source, table, state }: Found,
  { decisions, to, removed, added }: TableChange,
): readonly DeltaAction[] {
  const [first, last] = [decisions[0]?.n ?? to, decisions.at(-1)?.n ?? to];
  const timestamp = decisions.at(-1)?.timestamp ?? 0;
  const schema = {
    id: tableId(tableRoot(table.name)),
    name: table.name,
    columns: tableColumns(table),
    ranged: RANGED_COLUMNS,
  };
  return [
    commitInfo(chatlakeVersion, {
      timestamp,
      operation: 'WRITE',
      operationParameters: { ledger: first === last ? String(first) : `${first} to ${last}` },
      chatlake: { ledger: [first, last] },
    }),
    ...deltaSchema(state, schema),
    { txn: { appId: ledgerAppId(source), version: to } },
    ...removed.map(({ path, deletedAt }) => ({ remove: { path, deletionTimestamp: deletedAt, dataChange: true } })),
    ...added.map((file) => ({ add: addOf(file, timestamp, true) })),
  ];
}
