/** vacuum: deletes what no state of a table needs any more; first a list, then, file by file, what is still as the list says. */
import { mustGet } from '../../adapters/object-store/put.ts';
import { decodeActions, logVersion } from '../../domain/formats/delta.ts';
import type { ReportDefinition } from '../../domain/kpi/report.ts';
import { FORMAT_VERSION, type Source, tableRoot } from '../../domain/formats/layout.ts';
import { upkeepKey } from '../../domain/formats/marks.ts';
import { mapSome } from '../../domain/some.ts';
import { type Fate, KEEP_MS, type StoredFile, type TableFacts, fateOf } from '../../domain/plans/vacuum.ts';
import { keepJson, readJson } from '../../lake/json.ts';
import { contractOf } from '../../lake/lake.ts';
import { readLedger, readManifest, tableOf } from '../../lake/ledger.ts';
import { appliedBy, knownTables, ledgerAppId, tableLog } from '../../lake/tables.ts';
import { passedByAll } from '../../projections/progress.ts';
import { throwIfCancelled } from '../heartbeat.ts';
import type { Ports } from '../ports.ts';

/** What a vacuum would delete, kept on the store under `ref`. */
export interface VacuumList {
  /** Absent: there is nothing to delete. */
  readonly ref?: string;
  readonly files: number;
  readonly bytes: number;
  readonly sample: readonly string[];
  /** Files that stay, by what keeps them. */
  readonly kept: Partial<Record<Fate, number>>;
  /** True when there are more than one list holds. */
  readonly more: boolean;
}

export interface Vacuumed {
  readonly files: number;
  readonly bytes: number;
  /** Files of the list that something needs by now. */
  readonly spared: number;
}

interface Listed extends StoredFile {
  readonly table: string;
}

const FILES_PER_LIST = 1_000;
const SAMPLES = 5;
const AT_ONCE = 16;

/** Builds the activities. */
export function createVacuum(ports: Ports, definitions: ReadonlyMap<Source, ReportDefinition>) {
  async function planVacuum({ source }: { readonly source: Source }): Promise<VacuumList> {
    const kept: Partial<Record<Fate, number>> = {};
    const dead: Listed[] = [];
    contractOf(ports, source);
    for (const table of (await knownTables(ports, source)).keys()) {
      const facts = await factsOf(ports, source, table, definitions.get(source));
      const root = tableRoot(table);
      for await (const { key, bytes, modifiedMs } of ports.store.list(root)) {
        const path = key.slice(root.length);
        if (path.startsWith('_delta_log/')) continue;
        const fate = fateOf({ path, bytes, modifiedMs }, facts);
        if (fate === 'dead') dead.push({ table, path, bytes, modifiedMs });
        else kept[fate] = (kept[fate] ?? 0) + 1;
      }
    }
    const files = dead.slice(0, FILES_PER_LIST);
    const list = {
      files: files.length,
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      sample: files.slice(0, SAMPLES).map(({ table, path }) => `${tableRoot(table)}${path}`),
      kept,
      more: dead.length > files.length,
    };
    if (files.length === 0) return list;
    const at = ports.now();
    const body = { formatVersion: FORMAT_VERSION, source, at, ...list, files };
    return { ref: await keepJson(ports.store, body, (sha256) => upkeepKey(source, 'vacuum', at, sha256)), ...list };
  }

  async function vacuum({ source, ref }: { readonly source: Source; readonly ref: string }): Promise<Vacuumed> {
    const { files } = await readJson<{ readonly files: readonly Listed[] }>(ports.store, ref, 'the list of a vacuum');
    const done = { files: 0, bytes: 0, spared: 0 };
    for (const table of new Set(files.map((file) => file.table))) {
      const facts = await factsOf(ports, source, table, definitions.get(source));
      await mapSome(
        files.filter((file) => file.table === table),
        AT_ONCE,
        async ({ path }) => {
          throwIfCancelled();
          const key = `${tableRoot(table)}${path}`;
          const found = await ports.store.head(key);
          if (found === undefined) return;
          if (fateOf({ ...found, path }, facts) !== 'dead') {
            done.spared += 1;
            return;
          }
          await ports.store.remove(key);
          done.files += 1;
          done.bytes += found.bytes;
        },
      );
    }
    ports.log.info('table.vacuumed', { source, list: ref, ...done });
    return done;
  }

  return { planVacuum, vacuum };
}

/** What decides about a table's files, read anew. */
async function factsOf(
  ports: Ports,
  source: Source,
  table: string,
  reports: ReportDefinition | undefined,
): Promise<TableFacts> {
  const now = ports.now();
  // In this order: what is awaited is in the state by then, or still awaited; what the state has dropped is among the fresh commits.
  const passed = await passedByAll(ports, source, reports);
  const ledger = await readLedger(ports, source);
  const state = await tableLog(ports, table).refresh();
  const awaited = new Set<string>();
  for (const [, entry] of ledger.entries.decisions(appliedBy(state, source)))
    for (const { path } of tableOf(await readManifest(ports, entry), table)?.files ?? []) awaited.add(path);
  const wanted = await droppedLately(ports, { source, table, sinceMs: now - KEEP_MS, passed });
  return {
    now,
    isLive: (path) => state.files.has(path),
    isWanted: (path) => wanted.has(path),
    isAwaited: (path) => awaited.has(path),
  };
}

interface Drops {
  readonly source: Source;
  readonly table: string;
  /** By the store's clock. */
  readonly sinceMs: number;
  readonly passed: number;
}

/** Files that commits have dropped which are young, or belong to a decision that some projection has not passed. */
async function droppedLately(
  ports: Pick<Ports, 'store'>,
  { source, table, sinceMs, passed }: Drops,
): Promise<ReadonlySet<string>> {
  const entries: { readonly key: string; readonly isYoung: boolean }[] = [];
  for await (const { key, modifiedMs } of ports.store.list(`${tableRoot(table)}_delta_log/`))
    if (logVersion(`/${key}`) !== undefined) entries.push({ key, isYoung: modifiedMs >= sinceMs });
  const dropped = new Set<string>();
  // Commits that take in no decision (compactions) are passed with the decision before them.
  let undecided: string[] = [];
  // Newest first, until a commit is neither.
  for (const { key, isYoung } of entries.toReversed()) {
    throwIfCancelled();
    const actions = decodeActions(await mustGet(ports.store, key, `a log entry of ${table}`));
    const applied = actions.flatMap((action) =>
      'txn' in action && action.txn.appId === ledgerAppId(source) ? [action.txn.version] : [],
    );
    if (!isYoung && applied.some((version) => version <= passed)) return dropped;
    const removed = actions.flatMap((action) => ('remove' in action ? [action.remove.path] : []));
    if (!isYoung && applied.length === 0) undecided.push(...removed);
    else {
      for (const path of [...undecided, ...removed]) dropped.add(path);
      undecided = [];
    }
  }
  for (const path of undecided) dropped.add(path);
  return dropped;
}
