/** What is left of the entities that a replaced decision touched. */
import type { Table } from '../domain/contracts/contract.ts';
import type { Replacement } from '../domain/documents.ts';
import { ledgerRoot, tableRoot } from '../domain/layout.ts';
import type { Manifest } from '../domain/ledger.ts';
import { documentRows } from './document-rows.ts';
import type { Ports } from './ports.ts';
import { fetchFiles, liveFilesOn, quoted } from './table-files.ts';

const ENTITIES_AT_ONCE = 2_000;

/** The entities that rows of one table stand for, by the ledger rows of the view `ledger`. */
export const affectedSql = (table: string): string =>
  `SELECT DISTINCT entity, event_date FROM ledger WHERE verdict = 'enriched' AND list_contains(string_split(tables, ','), ${quoted(table)})`;

/** Local copies of the ledger files of decisions. */
export async function fetchLedgerFiles(
  ports: Pick<Ports, 'cache'>,
  manifests: readonly Manifest[],
  scratch: string,
): Promise<readonly string[]> {
  return Promise.all(
    manifests.map(({ source, ledgerFile }) =>
      ports.cache.fetch(`${ledgerRoot(source)}${ledgerFile.path}`, scratch, 'a ledger file'),
    ),
  );
}

/**
 * For every entity that one of these decisions had or has rows of: its highest live row, or that there is none. Read at the table's
 * head: what later entries brought comes again with them, and changes nothing then.
 */
export async function* remainders(
  ports: Pick<Ports, 'cache' | 'reader' | 'logs'>,
  table: Table,
  manifests: readonly Manifest[],
  scratch: string,
): AsyncGenerator<Replacement> {
  const ledger = await fetchLedgerFiles(ports, manifests, scratch);
  const affected = affectedSql(table.name);
  const days = new Set<string>();
  for (const row of await ports.reader.query({ ledger }, `SELECT DISTINCT event_date FROM (${affected})`, scratch))
    days.add(String(row['event_date']));
  const files = liveFilesOn(await ports.logs(tableRoot(table.name)).refresh(), days);
  const rows = await fetchFiles(ports, table.name, files, scratch);
  let left = '';
  if (rows.length > 0) {
    const highest = `SELECT * FROM rows SEMI JOIN (${affected}) USING (entity) QUALIFY row_number() OVER (PARTITION BY entity ORDER BY version DESC) = 1`;
    for await (const some of documentRows(ports, table, { rows, ledger }, files, highest, scratch))
      yield { rows: some, gone: [] };
    left = 'ANTI JOIN rows USING (entity)';
  }
  let gone: string[] = [];
  const views = rows.length > 0 ? { rows, ledger } : { ledger };
  const none = `SELECT DISTINCT entity FROM (${affected}) touched ${left}`;
  for await (const row of ports.reader.stream(views, none, scratch)) {
    gone.push(String(row['entity']));
    if (gone.length < ENTITIES_AT_ONCE) continue;
    yield { rows: [], gone };
    gone = [];
  }
  if (gone.length > 0) yield { rows: [], gone };
}
