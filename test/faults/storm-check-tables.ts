/** Tables, documents and reports after a storm: I4, I5, I6, and what each must hold row by row. */
import { expect } from '@jest/globals';
import { type Table, tableColumns } from '../../src/domain/sources/contract.ts';
import type { Report } from '../../src/domain/kpi/report.ts';
import { filesOf } from '../../src/domain/formats/table-file.ts';
import { appliedBy, tableLog } from '../../src/lake/tables.ts';
import { keysBelow, soundBytes } from './storm-check-ledger.ts';
import { type Expected, type TableRow, currentOf } from './storm-oracle.ts';
import type { StormSource } from './storm-sources.ts';
import type { Storm, StormProcess } from './storm-world.ts';

export interface Found {
  readonly rows: number;
  readonly documents: number;
}

type Row = Readonly<Record<string, unknown>>;

/** Compares every table of a source, its documents and its reports. `head`: the last decision. */
export async function checkTables(
  storm: Storm,
  process: StormProcess,
  source: StormSource,
  { expected, head }: { readonly expected: Expected; readonly head: number },
): Promise<Found> {
  const found = { rows: 0, documents: 0 };
  if (head < 0) return found;
  const tables = new Map(
    source.contracts.flatMap((contract) => contract.tables.map((table) => [table.name, table] as const)),
  );
  for (const table of tables.values()) {
    const rows = expected.tables.get(table.name) ?? [];
    const actual = await checkFiles(storm, process, source, table, head);
    const entities = checkRows(rows, actual);
    const current = currentOf(rows);
    found.rows += rows.length;
    if (table.documents) found.documents += await checkDocuments(storm, source, table, { current, entities });
    if (table.name === source.report.table) await checkReports(storm, source, current);
  }
  const loaded = await storm.documents.store.applied(source.source);
  expect(loaded).toBeGreaterThanOrEqual(head);
  return found;
}

/** I4, and that what every `add` says of its file is true; the rows of all of them. */
async function checkFiles(
  { store }: Storm,
  { ports }: StormProcess,
  { source, told }: StormSource,
  table: Table,
  head: number,
): Promise<readonly Row[]> {
  const state = await tableLog(ports, table.name).refresh();
  // A table that no decision has named yet has no log.
  if (state.version < 0) return [];
  expect(appliedBy(state, source)).toBeGreaterThanOrEqual(head);
  const files = filesOf(state);
  if (files.length === 0) return [];
  return ports.cache.withScratch(async (scratch) => {
    const all: Row[] = [];
    for (const file of files) {
      const key = `tables/${table.name}/${file.path}`;
      expect([key, (await soundBytes(store, key)).byteLength]).toEqual([key, file.bytes]);
      const path = await ports.cache.fetch(key, scratch, 'a live file');
      const rows = await ports.reader.query([path], rowsSql(table, told[table.name] ?? "''"), scratch);
      checkStats(file, rows);
      all.push(...rows);
    }
    return all;
  });
}

const rowsSql = (table: Table, told: string): string => {
  const hasTime = tableColumns(table).some(({ name }) => name === 'occurred_at');
  return `SELECT entity, version, event_date::VARCHAR AS event_date, epoch_ms(received_at)::BIGINT AS received_at,
    ${hasTime ? 'epoch_ms(occurred_at)::BIGINT' : 'NULL'} AS occurred_at, _seal AS seal, _raw_key || '#' || _line AS place, ${told} AS told FROM rows`;
};

function checkStats(file: ReturnType<typeof filesOf>[number], rows: readonly Row[]): void {
  const seals: Record<string, number> = {};
  for (const row of rows) seals[String(row['seal'])] = (seals[String(row['seal'])] ?? 0) + 1;
  expect({ rows: file.rows, records: file.stats.numRecords, seals: file.seals }).toEqual({
    rows: rows.length,
    records: rows.length,
    seals,
  });
  for (const [column, nulls] of Object.entries(file.stats.nullCount)) {
    const values = rows.map((row) => row[column]).filter((value) => value !== null);
    const isTime = column.endsWith('_at');
    const sorted = isTime ? values.map(Number).sort((a, b) => a - b) : values.map(String).sort();
    const said = [file.stats.minValues[column], file.stats.maxValues[column]];
    const told = said.map((value) => (value === undefined ? undefined : isTime ? Date.parse(value) : value));
    expect([column, nulls, ...told]).toEqual([column, rows.length - values.length, sorted[0], sorted.at(-1)]);
  }
}

const textOf = ({ seal, place, day, told }: Omit<TableRow, 'entity' | 'order'>): string =>
  [seal, place, day, told].join(' | ');

/** The rows are those that were to be, and their entities and versions are told apart as they should. Entities in the table, by ours. */
function checkRows(expected: readonly TableRow[], actual: readonly Row[]): ReadonlyMap<string, string> {
  const found = actual.map((row) => ({
    seal: String(row['seal']),
    place: String(row['place']),
    day: String(row['event_date']),
    told: String(row['told']),
    entity: String(row['entity']),
    version: String(row['version']),
  }));
  expect(found.map(textOf).sort()).toEqual(expected.map(textOf).sort());
  const byPlace = new Map(found.map((row) => [row.place, row]));
  const entities = new Map<string, string>();
  for (const { place, entity } of expected) {
    const own = byPlace.get(place)!.entity;
    expect(entities.get(entity) ?? own).toBe(own);
    entities.set(entity, own);
  }
  expect(new Set(entities.values()).size).toBe(entities.size);
  for (const [entity, row] of currentOf(expected)) {
    const own = found.filter((one) => one.entity === entities.get(entity));
    const newest = own.reduce((a, b) => (b.version > a.version ? b : a));
    expect([entity, newest.place]).toEqual([entity, row.place]);
  }
  return entities;
}

/** I6, seen from the end: a document for every entity, and it is the current row. */
async function checkDocuments(
  { documents: { store } }: Storm,
  { faultOf }: StormSource,
  table: Table,
  {
    current,
    entities,
  }: { readonly current: ReadonlyMap<string, TableRow>; readonly entities: ReadonlyMap<string, string> },
): Promise<number> {
  const wrong: unknown[] = [];
  for (const [entity, { place }] of current) {
    const document = await store.find(table, entities.get(entity)!);
    const is = document === undefined ? 'nothing' : `${String(document['rawKey'])}#${String(document['rawLine'])}`;
    if (is !== place) wrong.push({ table: table.name, entity, is, should: place });
    const fault = document && faultOf?.(document);
    if (fault !== undefined) wrong.push({ table: table.name, entity, fault });
  }
  expect(wrong).toEqual([]);
  expect([table.name, await store.count(table)]).toEqual([table.name, current.size]);
  return current.size;
}

/** The newest report of every day counts its current rows, on the store and in MongoDB. */
async function checkReports(
  { store, documents }: Storm,
  { report }: StormSource,
  current: ReadonlyMap<string, TableRow>,
): Promise<void> {
  const expected = new Map<string, number>();
  for (const { day } of current.values()) expected.set(day, (expected.get(day) ?? 0) + 1);
  const newest = new Map<string, Report>();
  for (const key of await keysBelow(store, `reports/${report.name}/`)) {
    const { days } = JSON.parse(Buffer.from(await soundBytes(store, key)).toString('utf8')) as {
      days: Record<string, Report>;
    };
    for (const [day, one] of Object.entries(days)) newest.set(day, one);
  }
  const counted = (reports: Iterable<readonly [string, object]>): readonly (readonly [string, number])[] =>
    [...reports]
      .map(([day, one]) => [day, (one as Report).interactions] as const)
      .filter(([, n]) => n > 0)
      .sort();
  const days = [...expected].sort();
  expect(counted(newest)).toEqual(days);
  const loaded = [...documents.reports].filter(([key]) => key.startsWith(`${report.name}/`));
  expect(counted(loaded.map(([key, one]) => [key.slice(report.name.length + 1), one.report] as const))).toEqual(days);
}
