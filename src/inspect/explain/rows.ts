/** From a verdict to the rows, documents and reports that show it. */
import type { Table } from '../../domain/sources/contract.ts';
import type { DocumentState } from '../../domain/formats/documents.ts';
import { REPORTS } from '../../domain/kpi/index.ts';
import { tableRoot } from '../../domain/formats/layout.ts';
import { literal, list } from '../../domain/sql.ts';
import { filesWithDays, filesOf, rowsOfSeals } from '../../domain/formats/table-file.ts';
import { readReports, reportsSince } from '../../lake/reports.ts';
import { fetchFiles, knownTables, tableState } from '../../lake/tables.ts';
import type { Readers } from '../../wiring/ports.ts';
import type { DocumentFacts, Judgement, LineFacts, RowFacts } from './facts.ts';
import type { Place } from './find.ts';

type Followed = Pick<LineFacts, 'rows' | 'documents' | 'reports'>;

/** Follows an enriched line into every table its verdict names. */
export async function followRows(ports: Readers, place: Place, seal: string, judged: Judgement): Promise<Followed> {
  const tables = [...(await knownTables(ports, place.source)).values()];
  const rows: RowFacts[] = [];
  const documents: DocumentFacts[] = [];
  for (const table of tables.filter(({ name }) => judged.tables.includes(name))) {
    const row = await findRow(ports, table, place, { seal, eventDate: judged.eventDate ?? '' });
    const document = table.documents ? await findDocument(ports, table, judged, row.version) : undefined;
    if (document !== undefined) documents.push(document);
    rows.push({ ...row, current: document?.holds !== 'later' });
  }
  return { rows, documents, reports: await findReports(ports, place.source, judged, rows) };
}

/** The live file and row group of a row: in the file its run wrote, or in one that was made of it. The log says which hold its seal. */
async function findRow(
  ports: Readers,
  table: Table,
  place: Place,
  { seal, eventDate }: { readonly seal: string; readonly eventDate: string },
): Promise<Omit<RowFacts, 'current'>> {
  const files = filesWithDays(filesOf(await tableState(ports, place.source, table.name)), [eventDate]);
  const nowhere = { table: table.name, eventDate, file: null, rowGroup: null, version: null, issues: [] };
  for (const file of files.filter((candidate) => rowsOfSeals(candidate, new Set([seal])) > 0)) {
    const found = await ports.cache.withScratch(async (scratch) => {
      const [path = ''] = await fetchFiles(ports, table.name, [file], scratch);
      return inFile(ports, path, place, scratch);
    });
    if (found !== undefined) return { ...nowhere, ...found, file: `${tableRoot(table.name)}${file.path}` };
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
  return { collection: table.name, id, state, holds: holdsOf(state, version, judged.ledgerVersion) };
}

function holdsOf(state: DocumentState | null, version: string | null, ledgerVersion: number): DocumentFacts['holds'] {
  if (state === null || version === null || state.gone === true || state.at < ledgerVersion) return 'not yet';
  return state.version === version ? 'this' : 'later';
}

/** The first report of the row's day that was made since its ledger entry, if the row is current. */
async function findReports(
  ports: Readers,
  source: string,
  judged: Judgement,
  rows: readonly RowFacts[],
): Promise<LineFacts['reports']> {
  const definition = REPORTS.get(source);
  const row = rows.find(({ table }) => table === definition?.table);
  if (definition === undefined || row?.current !== true || row.file === null) return [];
  for (const { key, version } of await reportsSince(ports, definition.name, judged.ledgerVersion - 1)) {
    const { days } = await readReports(ports, key);
    if (row.eventDate in days) return [{ name: definition.name, day: row.eventDate, ledgerVersion: version }];
  }
  return [];
}
