/** The tables of a source: what they are, what their logs say, and how they are changed. */
import { createHash } from 'node:crypto';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import type { Contract, Table } from '../domain/sources/contract.ts';
import type { DeltaState } from '../domain/formats/delta.ts';
import { FORMAT_VERSION, type Source, tableRoot, tableSpecKey, tableSpecPrefix } from '../domain/formats/layout.ts';
import type { TableFile } from '../domain/formats/table-file.ts';
import { fetchAll } from './files.ts';
import { keepJson, readJson } from './json.ts';
import type { Lake } from './lake.ts';
import { namedSpecs } from './ledger.ts';
import { recent } from './recent.ts';

/** `ledger/desk`: under this id a table remembers the ledger version it has applied. */
export const ledgerAppId = (source: Source): string => `ledger/${source}`;

/** The ledger version a table has applied; −1 before the first. */
export const appliedBy = (state: DeltaState, source: Source): number =>
  state.transactions.get(ledgerAppId(source)) ?? -1;

/** A Delta table's id, made of its place so that two first writers agree (RFC 9562, version 8: custom). */
export function tableId(root: string): string {
  const hex = createHash('sha256').update(root).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

interface Spec {
  readonly formatVersion: number;
  readonly table: Table;
}

const kept = new WeakMap<ObjectStore, Map<Contract, ReadonlyMap<string, string>>>();

/** Keeps what the contract says of its tables, once per process; the keys, by table. The same contract gives the same keys. */
export async function keepSpecs(lake: Pick<Lake, 'store'>, contract: Contract): Promise<ReadonlyMap<string, string>> {
  const known = kept.get(lake.store) ?? new Map<Contract, ReadonlyMap<string, string>>();
  kept.set(lake.store, known);
  const found = known.get(contract);
  if (found !== undefined) return found;
  const { source, version, tables } = contract;
  const keys = new Map<string, string>();
  for (const table of tables) {
    const spec: Spec = { formatVersion: FORMAT_VERSION, table };
    const key = await keepJson(lake.store, spec, (sha256) => tableSpecKey(source, table.name, version, sha256));
    keys.set(table.name, key);
  }
  known.set(contract, keys);
  return keys;
}

const specs = recent<Spec>(200);

/** What a decision's contract said of a table. */
export async function readSpec(lake: Pick<Lake, 'store'>, key: string): Promise<Table> {
  const spec = await specs(lake.store, key, () => readJson<Spec>(lake.store, key, 'the description of a table'));
  return spec.table;
}

interface Listed {
  readonly keys: ReadonlySet<string>;
  readonly tables: ReadonlyMap<string, Table>;
}

const listings = new WeakMap<ObjectStore, Map<Source, Listed>>();

/**
 * Every table that decisions of a source have named, with all the columns that any contract gave it, so that no process's own contract
 * decides what is read or loaded. A later contract's word on a column stands. Listed anew when a manifest names what is not known here.
 */
export async function knownTables(lake: Pick<Lake, 'store'>, source: Source): Promise<ReadonlyMap<string, Table>> {
  const named = [...namedSpecs(lake.store)].filter((key) => key.startsWith(tableSpecPrefix(source)));
  const before = listings.get(lake.store)?.get(source);
  if (before !== undefined && before.keys.size > 0 && named.every((key) => before.keys.has(key))) return before.tables;
  return listedTables(lake, source);
}

/**
 * The same, listed now: for who may have read no decision that names a table, since a description is kept before the first of them is
 * published. It may hold one more, of a decision that is still to come, or never came.
 */
export async function listedTables(lake: Pick<Lake, 'store'>, source: Source): Promise<ReadonlyMap<string, Table>> {
  const known = listings.get(lake.store) ?? new Map<Source, Listed>();
  listings.set(lake.store, known);
  const listed = await listTables(lake, source);
  known.set(source, listed);
  return listed.tables;
}

async function listTables(lake: Pick<Lake, 'store'>, source: Source): Promise<Listed> {
  const keys = new Set<string>();
  const tables = new Map<string, Table>();
  // In the order of their keys: by table, then by the contract's version.
  for await (const { key } of lake.store.list(tableSpecPrefix(source))) {
    keys.add(key);
    const table = await readSpec(lake, key);
    const before = tables.get(table.name);
    const columns = new Map([...(before?.columns ?? []), ...table.columns].map((column) => [column.name, column]));
    tables.set(table.name, { ...table, columns: [...columns.values()] });
  }
  return { keys, tables };
}

/** A table's log. */
export const tableLog = ({ logs }: Pick<Lake, 'logs'>, table: string) => logs(tableRoot(table));

/** A table's state that has applied a ledger version at least; the store is asked only where less is known. Undefined: as it is now. */
export function tableState(
  lake: Pick<Lake, 'logs'>,
  source: Source,
  table: string,
  reached?: number,
): Promise<DeltaState> {
  const log = tableLog(lake, table);
  const known = log.known();
  return reached !== undefined && appliedBy(known, source) >= reached ? Promise.resolve(known) : log.refresh();
}

/** Local copies of a table's files, in their order. */
export const fetchFiles = (
  lake: Pick<Lake, 'cache'>,
  table: string,
  files: readonly Pick<TableFile, 'path'>[],
  scratch: string,
): Promise<readonly string[]> =>
  fetchAll(
    lake,
    files.map(({ path }) => `${tableRoot(table)}${path}`),
    scratch,
    'a live file of a table',
  );
