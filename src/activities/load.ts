/** load: brings MongoDB forward from its own applied version, in ledger order; it may be late or repeated, never early. */
import { EVENT_DATE, type Table } from '../domain/contracts/contract.ts';
import { type DocumentRow, documentColumns } from '../domain/documents.ts';
import { PermanentError } from '../domain/errors.ts';
import { type Source, tableRoot } from '../domain/layout.ts';
import { type Manifest, type ManifestFile, isDecision } from '../domain/ledger.ts';
import { throwIfCancelled } from './heartbeat.ts';
import { readLedger, readManifest } from './ledger-view.ts';
import { type Ports, contractOf } from './ports.ts';
import type { Progress } from './types.ts';

const ROWS_AT_ONCE = 2_000;

/** Builds the activity. */
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
        for (const table of tables) rows += await loadEntry(table, manifest, n);
      }
      await ports.documents.advance(source, n);
      applied = n;
    }
    return { applied, behind: ledger.state.version - applied, rows };
  };

  async function loadEntry(table: Table, manifest: Manifest, n: number): Promise<number> {
    if (manifest.dropSeals.length > 0) {
      throw new PermanentError(
        `ledger entry ${n} replaces seals, which this version of chatlake cannot load; update chatlake and replay`,
      );
    }
    const files = manifest.tables.find((candidate) => candidate.table === table.name)?.files ?? [];
    const total = { inserted: 0, updated: 0, unchanged: 0 };
    for (const file of files) {
      await ports.cache.withScratch(async (scratch) => {
        for await (const rows of documentRows(ports, table, file, scratch)) {
          throwIfCancelled();
          const counts = await ports.documents.load(table, n, rows);
          total.inserted += counts.inserted;
          total.updated += counts.updated;
          total.unchanged += counts.unchanged;
        }
      });
    }
    ports.log.info('documents.loaded', { collection: table.name, ledger: n, ...total });
    return total.inserted + total.updated;
  }
}

/** The rows of a table's file as documents need them, some at a time; timestamps in milliseconds. */
async function* documentRows(
  ports: Ports,
  table: Table,
  file: ManifestFile,
  scratch: string,
): AsyncGenerator<readonly DocumentRow[]> {
  const path = await ports.cache.fetch(`${tableRoot(table.name)}${file.path}`, scratch, 'a file of a table');
  const columns = documentColumns(table).filter((column) => column.name !== EVENT_DATE.name);
  const cells = columns.map(({ name, type }) =>
    type === 'timestamp' ? `epoch_ms("${name}") AS "${name}"` : `"${name}"`,
  );
  let some: DocumentRow[] = [];
  for await (const row of ports.reader.stream(
    [path],
    `SELECT entity, version, ${cells.join(', ')} FROM rows`,
    scratch,
  )) {
    const { entity, version, ...rest } = row;
    some.push({
      entity: String(entity),
      version: String(version),
      columns: { ...rest, [EVENT_DATE.name]: file.eventDate },
    });
    if (some.length === ROWS_AT_ONCE) {
      yield some;
      some = [];
    }
  }
  if (some.length > 0) yield some;
}
