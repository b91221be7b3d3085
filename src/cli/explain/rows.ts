/** From a verdict to the rows, documents and reports that show it. */
import { attempts } from '../../adapters/object-store/put.ts';
import type { Table } from '../../domain/contracts/contract.ts';
import { supersedes } from '../../domain/documents.ts';
import { REPORTS } from '../../domain/kpi/index.ts';
import { reportDayPrefix, runName, tableRoot } from '../../domain/layout.ts';
import { literal, list } from '../../domain/sql.ts';
import type { Readers } from '../../wiring/ports.ts';
import type { DocumentFacts, Judgement, LineFacts, RowFacts } from './facts.ts';
import type { Place } from './find.ts';

type Followed = Pick<LineFacts, 'rows' | 'documents' | 'reports'>;

/** Follows an enriched line into every table its verdict names. */
export async function followRows(ports: Readers, place: Place, seal: string, judged: Judgement): Promise<Followed> {
  const tables = ports.contracts.get(place.source)?.tables ?? [];
  const rows: RowFacts[] = [];
  const documents: DocumentFacts[] = [];
  for (const table of tables.filter(({ name }) => judged.tables.includes(name))) {
    const row = await findRow(ports, table, place, runName(seal, judged.revision), judged);
    const document = table.documents ? await findDocument(ports, table, judged, row.version) : undefined;
    if (document !== undefined) documents.push(document);
    rows.push({ ...row, current: document?.holds !== 'later' });
  }
  return { rows, documents, reports: await findReports(ports, place.source, judged, rows) };
}

/** The live file and row group of a row: in the file its run wrote, or in one that was made of it. */
async function findRow(
  ports: Readers,
  table: Table,
  place: Place,
  run: string,
  judged: Judgement,
): Promise<Omit<RowFacts, 'current'>> {
  const eventDate = judged.eventDate ?? '';
  const root = tableRoot(table.name);
  const { files } = await ports.logs(root).refresh();
  const ofDay = [...files.keys()].filter((path) => files.get(path)?.partitionValues['event_date'] === eventDate);
  const own = ofDay.filter((path) => path.includes(`/${run}-`));
  // A run's file is named after it; what is not named after any run was made of several.
  const candidates =
    own.length > 0 ? own : ofDay.filter((path) => !/\/[a-z][a-z0-9_]*-\d{4}-\d\d-\d\dT\d\d-g/.test(path));
  const nowhere = { table: table.name, eventDate, file: null, rowGroup: null, version: null, issues: [] };
  for (const file of candidates) {
    const found = await ports.cache.withScratch(async (scratch) => {
      const path = await ports.cache.fetch(`${root}${file}`, scratch, 'a live file of a table');
      return inFile(ports, path, place, scratch);
    });
    if (found !== undefined) return { ...nowhere, ...found, file: `${root}${file}` };
  }
  return nowhere;
}

async function inFile(ports: Readers, path: string, { key, line }: Place, scratch: string) {
  const [row] = await ports.reader.query(
    [path],
    `SELECT file_row_number::INTEGER AS n, version, to_json(issues)::VARCHAR AS issues
     FROM read_parquet(${list([path])}, file_row_number = true) WHERE _raw_key = ${literal(key)} AND _line = ${line}`,
    scratch,
  );
  if (row === undefined) return undefined;
  const groups = await ports.reader.query(
    [path],
    `SELECT row_group_id::INTEGER AS id, any_value(row_group_num_rows)::INTEGER AS n FROM parquet_metadata(${literal(path)}) GROUP BY ALL ORDER BY id`,
    scratch,
  );
  let before = 0;
  const group = groups.find(({ n }) => (before += Number(n)) > Number(row['n']));
  const issues = JSON.parse(String(row['issues'])) as readonly { field: string; code: string }[] | null;
  return {
    rowGroup: Number(group?.['id'] ?? 0),
    version: String(row['version']),
    issues: (issues ?? []).map(({ field, code }) => ({ field, code })),
  };
}

async function findDocument(
  ports: Readers,
  table: Table,
  judged: Judgement,
  version: string | null,
): Promise<DocumentFacts> {
  const id = judged.entity ?? judged.identity;
  const state = (await ports.documents.states(table, [id])).get(id) ?? null;
  if (state === null || version === null) return { collection: table.name, id, state, holds: 'not yet' };
  const row = { version, commit: judged.ledgerVersion };
  const holds = supersedes(row, state) ? 'not yet' : state.version === version ? 'this' : 'later';
  return { collection: table.name, id, state, holds };
}

/** The reports of the row's day that were made since its ledger entry, if the row is current. */
async function findReports(
  ports: Readers,
  source: string,
  judged: Judgement,
  rows: readonly RowFacts[],
): Promise<LineFacts['reports']> {
  const definition = REPORTS.get(source);
  const row = rows.find(({ table }) => table === definition?.table);
  if (definition === undefined || row?.current !== true || row.file === null) return [];
  let version = -1;
  await attempts(async () => {
    for await (const { key } of ports.store.list(reportDayPrefix(definition.name, row.eventDate)))
      version = Math.max(version, Number(/\/(\d{20})-[0-9a-f]{64}\.json$/.exec(key)?.[1] ?? -1));
  });
  return version < judged.ledgerVersion ? [] : [{ name: definition.name, day: row.eventDate, ledgerVersion: version }];
}
