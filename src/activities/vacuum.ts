/** vacuum: deletes what no state of a table needs any more; first a list, then, file by file, what is still as the list says. */
import { attempts, mustGet } from '../adapters/object-store/put.ts';
import { decodeActions, logVersion } from '../domain/delta.ts';
import type { ReportDefinition } from '../domain/kpi/report.ts';
import { FORMAT_VERSION, type Source, tableRoot, upkeepKey } from '../domain/layout.ts';
import { type Fate, KEEP_MS, type StoredFile, type TableFacts, fateOf } from '../domain/upkeep/vacuum.ts';
import { mapSome } from '../domain/some.ts';
import { throwIfCancelled } from './heartbeat.ts';
import { keepJson, readJson } from './json-object.ts';
import { publishedAs, readLedger } from './ledger-view.ts';
import { passedByAll } from './passed.ts';
import { type Ports, contractOf } from './ports.ts';
import { appliedBy, ledgerAppId } from './project.ts';

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
export function createVacuum(ports: Ports, reports: ReadonlyMap<Source, ReportDefinition>) {
  async function planVacuum({ source }: { readonly source: Source }): Promise<VacuumList> {
    const kept: Partial<Record<Fate, number>> = {};
    const dead: Listed[] = [];
    for (const { name: table } of contractOf(ports, source).tables) {
      const facts = await factsOf(source, table);
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
      const facts = await factsOf(source, table);
      await mapSome(
        files.filter((file) => file.table === table),
        AT_ONCE,
        async ({ path }) => {
          throwIfCancelled();
          const key = `${tableRoot(table)}${path}`;
          const found = await attempts(() => ports.store.head(key));
          if (found === undefined) return;
          if (fateOf({ ...found, path }, facts) !== 'dead') {
            done.spared += 1;
            return;
          }
          await attempts(() => ports.store.remove(key));
          done.files += 1;
          done.bytes += found.bytes;
        },
      );
    }
    ports.log.info('table.vacuumed', { source, list: ref, ...done });
    return done;
  }

  /** What decides about a table's files, read anew. */
  async function factsOf(source: Source, table: string): Promise<TableFacts> {
    const now = ports.now();
    // In this order: what has passed is in the state, live or dropped, and what the state has dropped is among the fresh entries.
    const ledger = await readLedger(ports, source);
    const passed = await passedByAll(ports, source, ledger, reports.get(source));
    const state = await ports.logs(tableRoot(table)).refresh();
    const fresh = await freshEntries(ports, table, now - KEEP_MS);
    const dropped = new Set(fresh.flat().flatMap((action) => ('remove' in action ? [action.remove.path] : [])));
    const applied = fresh
      .flat()
      .flatMap((action) => ('txn' in action && action.txn.appId === ledgerAppId(source) ? [action.txn.version] : []));
    return {
      now,
      isLive: (path) => state.files.has(path),
      isFreshlyDropped: (path) => dropped.has(path),
      publishedAs: (seal, revision) => publishedAs(ledger, seal, revision),
      passed,
      appliedThen: applied.length === 0 ? appliedBy(state, source) : Math.min(...applied) - 1,
    };
  }

  return { planVacuum, vacuum };
}

/** The log entries of a table that are younger than `sinceMs`, by the store's clock. */
async function freshEntries(ports: Pick<Ports, 'store'>, table: string, sinceMs: number) {
  const keys = await attempts(async () => {
    const found: string[] = [];
    for await (const { key, modifiedMs } of ports.store.list(`${tableRoot(table)}_delta_log/`))
      if (modifiedMs >= sinceMs && logVersion(`/${key}`) !== undefined) found.push(key);
    return found;
  });
  const entries: ReturnType<typeof decodeActions>[] = [];
  await mapSome(keys, AT_ONCE, async (key) => {
    throwIfCancelled();
    entries.push(decodeActions(await mustGet(ports.store, key, `a log entry of ${table}`)));
  });
  return entries;
}
