/** load: brings MongoDB forward from its own applied version, in ledger order; it may be late or repeated, never early. */
import type { Table } from '../domain/contracts/contract.ts';
import type { LoadCounts } from '../adapters/documents/document-store.ts';
import { attempts } from '../adapters/object-store/put.ts';
import type { DeltaState } from '../domain/delta.ts';
import { invariant } from '../domain/errors.ts';
import { type Source, tableRoot } from '../domain/layout.ts';
import { type Manifest, type ManifestFile, isDecision, judgedAgain } from '../domain/ledger.ts';
import { documentRows } from './document-rows.ts';
import { throwIfCancelled } from './heartbeat.ts';
import { type LedgerView, filesOf, readLedger, readManifest, replacedManifests } from './ledger-view.ts';
import { type Ports, contractOf } from './ports.ts';
import { appliedBy } from './project.ts';
import { remainders } from './remainders.ts';
import { fetchFiles, inList, liveFilesOf } from './table-files.ts';
import type { Progress } from './types.ts';

/** Builds the activity. It reports `behind` while an entry that replaces rows waits for the tables, from which it reads what is left. */
export function createLoad(ports: Ports) {
  return async function load({ source }: { readonly source: Source }): Promise<Progress> {
    const tables = contractOf(ports, source).tables.filter((table) => table.documents);
    for (const table of tables) await ports.documents.ensure(table);
    const ledger = await readLedger(ports, source);
    let applied = await ports.documents.applied(source);
    let rows = 0;
    for (let budget = ports.limits.entriesPerCall; budget > 0 && applied < ledger.state.version; budget -= 1) {
      const n = applied + 1;
      const commit = ledger.commits[n];
      if (commit === undefined) break;
      if (isDecision(commit)) {
        const manifest = await readManifest(ports, commit);
        if (manifest.dropSeals.length > 0 && !(await haveApplied(source, tables, n))) break;
        for (const table of tables) rows += await loadEntry(table, ledger, manifest, n);
      }
      await ports.documents.advance(source, n);
      applied = n;
    }
    return { applied, behind: ledger.state.version - applied, rows };
  };

  async function haveApplied(source: Source, tables: readonly Table[], n: number): Promise<boolean> {
    for (const { name } of tables) if (appliedBy(await ports.logs(tableRoot(name)).refresh(), source) < n) return false;
    return true;
  }

  async function loadEntry(table: Table, ledger: LedgerView, manifest: Manifest, n: number): Promise<number> {
    const total = { inserted: 0, updated: 0, unchanged: 0 };
    const add = (counts: LoadCounts): void => {
      throwIfCancelled();
      total.inserted += counts.inserted;
      total.updated += counts.updated;
      total.unchanged += counts.unchanged;
    };
    await ports.cache.withScratch(async (scratch) => {
      if (manifest.dropSeals.length > 0) {
        // The new rows are among what is left: nothing else is to be loaded.
        const replaced = await replacedManifests(ports, ledger, manifest, n);
        for await (const some of remainders(ports, table, [...replaced, manifest], scratch))
          add(await ports.documents.replace(table, n, { ...some, at: ports.now() }));
        return;
      }
      const state = await ports.logs(tableRoot(table.name)).refresh();
      for (const file of filesOf(manifest, table.name)) {
        const { files, sql } = await placeOf(table, state, manifest, n, file);
        if (files === undefined) continue;
        const paths = await fetchFiles(ports, table.name, files, scratch);
        let found = 0;
        for await (const rows of documentRows(ports, table, { rows: paths }, files, sql, scratch)) {
          found += rows.length;
          add(await ports.documents.load(table, n, rows));
        }
        invariant(
          found === file.rows,
          `ledger entry ${n}: ${found} of the ${file.rows} rows of ${table.name}/${file.path} were found`,
        );
      }
    });
    ports.log.info('documents.loaded', { collection: table.name, ledger: n, ...total });
    return total.inserted + total.updated;
  }

  /**
   * Where the rows of an entry's file lie: in the file, or, where MongoDB was lost after a vacuum, in what was made of it. Nowhere once
   * they were judged again: the entry that did so brings what is left of them.
   */
  async function placeOf(table: Table, state: DeltaState, manifest: Manifest, n: number, file: ManifestFile) {
    const own = { files: [file], sql: 'SELECT * FROM rows' };
    const applied = appliedBy(state, manifest.source);
    if (state.files.has(file.path) || applied < n) return own;
    if ((await attempts(() => ports.store.head(`${tableRoot(table.name)}${file.path}`))) !== undefined) return own;
    const { commits } = await readLedger(ports, manifest.source);
    if (judgedAgain(commits, n, applied, manifest.seals) !== undefined) return { ...own, files: undefined };
    const files = liveFilesOf(state, [manifest], table.name).filter(({ eventDate }) => eventDate === file.eventDate);
    invariant(files.length > 0, `ledger entry ${n}: ${table.name}/${file.path} is gone, and nothing was made of it`);
    return { files, sql: `SELECT * FROM rows WHERE _seal IN ${inList(manifest.seals)}` };
  }
}
