/** Tables and documents against the ledger: every live file, every row, every document (I3, I4, I5, I6). */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { appliedBy } from '../../activities/project.ts';
import type { Contract, Table } from '../../domain/contracts/contract.ts';
import { type Add, type DeltaState, logName, logVersion } from '../../domain/delta.ts';
import { isAtOrPast } from '../../domain/documents.ts';
import { messageOf } from '../../domain/errors.ts';
import { type Source, tableRoot } from '../../domain/layout.ts';
import { list } from '../../domain/sql.ts';
import { mapSome } from '../../domain/some.ts';
import type { Readers } from '../../wiring/ports.ts';
import { logKeys } from './chain.ts';
import { type Expected, MARK, type Tally } from './claims.ts';
import { ADVICE, type Report } from './findings.ts';
import { fetchSound } from './read.ts';

/** What the projections say before the ledger is read: in a sound lake they are never ahead of it. */
export interface Projections {
  /** By table; one that cannot be opened is missing. */
  readonly states: ReadonlyMap<string, DeltaState>;
  /** The ledger entry up to which documents are loaded. */
  readonly loaded: number;
}

export interface TablesInput extends Projections {
  readonly source: Source;
  /** The ledger's newest entry. */
  readonly head: number;
  readonly expected: Expected;
  /** The entry whose verdicts of a seal count today. */
  readonly entryOf: ReadonlyMap<string, number>;
  /** False: only seals of some windows are looked at. */
  readonly all: boolean;
}

const FILES_AT_ONCE = 4;
const STATES_AT_ONCE = 1_000;
const SHOWN = 3;

/** Opens the tables and asks MongoDB how far it is. */
export async function openProjections(
  ports: Readers,
  report: Report,
  { source, tables }: Contract,
): Promise<Projections> {
  const states = new Map<string, DeltaState>();
  for (const { name } of tables) {
    const root = tableRoot(name);
    await checkLog(ports, report, root);
    try {
      states.set(name, await ports.logs(root).refresh());
    } catch (error) {
      const what = `the table cannot be opened (${messageOf(error)})`;
      report.find({ what, where: `${root}_delta_log/`, ...ADVICE.table });
    }
  }
  return { states, loaded: await ports.documents.applied(source) };
}

/** Checks one table and its documents. */
export async function checkTable(ports: Readers, report: Report, table: Table, input: TablesInput): Promise<void> {
  const root = tableRoot(table.name);
  const state = input.states.get(table.name);
  if (state === undefined) return;
  report.uncovered.push({
    where: `${root}_delta_log/`,
    why: 'nothing names the hashes of a table’s log: its files and rows were compared with the ledger instead',
  });
  const applied = appliedBy(state, input.source);
  checkApplied(report, table.name, applied, input.head);
  const loaded = table.documents ? input.loaded : -1;
  if (table.documents) checkApplied(report, `collection ${table.name}`, loaded, input.head);
  const expected = input.expected.get(table.name) ?? new Map<string, ReadonlyMap<string, Tally>>();
  const live = filesByDay(state);
  const days = input.all ? new Set([...expected.keys(), ...live.keys()]) : new Set(expected.keys());
  let entities = 0;
  for (const day of [...days].sort()) {
    report.progress(`${table.name} ${day}`);
    entities += await ports.cache.withScratch(async (scratch) => {
      const paths = await fetchDay(ports, report, root, live.get(day) ?? [], scratch);
      if (paths === undefined) return NaN;
      await checkRows(ports, report, { table, day, applied, expected: expected.get(day), paths, scratch }, input);
      return table.documents ? checkDocuments(ports, report, { table, day, loaded, paths, scratch }, input) : 0;
    });
  }
  if (!table.documents || !input.all || loaded < input.head || Number.isNaN(entities)) return;
  const documents = await ports.documents.count(table);
  // A live run may have loaded more meanwhile.
  if (documents !== entities && (await ports.documents.applied(input.source)) === loaded)
    report.find({
      what: `there are ${documents} documents, the table has ${entities} entities`,
      where: `collection ${table.name}`,
      ...ADVICE.documents,
    });
}

function filesByDay({ files }: DeltaState): ReadonlyMap<string, readonly Add[]> {
  const days = new Map<string, Add[]>();
  for (const file of files.values()) {
    const day = file.partitionValues['event_date'] ?? '';
    days.set(day, [...(days.get(day) ?? []), file]);
  }
  return days;
}

/** Entries follow each other; the first may be missing where a checkpoint stands for those before it. */
async function checkLog({ store }: Readers, report: Report, root: string): Promise<void> {
  const versions = (await logKeys(store, root)).map((key) => logVersion(`/${key}`) ?? 0);
  const [first = 0] = versions;
  const checkpoint = `${root}${logName(first).replace('.json', '.checkpoint.parquet')}`;
  const start = first > 0 && (await store.head(checkpoint)) !== undefined ? first : 0;
  const there = new Set(versions);
  for (let n = start; n < (versions.at(-1) ?? 0); n += 1)
    if (!there.has(n))
      report.find({ what: 'this entry of the table’s log is gone', where: `${root}${logName(n)}`, ...ADVICE.table });
}

/** A projection may be behind the ledger, which is no fault, but never ahead of it. */
function checkApplied(report: Report, name: string, applied: number, head: number): void {
  if (applied > head)
    report.find({
      what: `it has applied ledger entry ${applied}, but the ledger ends at ${head}: newer entries are gone`,
      where: name,
      ...ADVICE.ledger,
    });
  if (applied < head)
    report.uncovered.push({
      where: name,
      waits: true,
      why: `it has applied ledger entry ${applied} of ${head}; later ones wait for etl`,
    });
}

/** The day's live files, read in full; undefined when one of them cannot be used. */
async function fetchDay(
  { store, reader }: Readers,
  report: Report,
  root: string,
  files: readonly Add[],
  scratch: string,
): Promise<readonly string[] | undefined> {
  const folder = join(scratch, 'day');
  await mkdir(folder);
  const found = new Map<string, Add>();
  await mapSome(files, FILES_AT_ONCE, async (file) => {
    const key = `${root}${file.path}`;
    const local = await fetchSound(store, report, key, 'a live file of a table', ADVICE.table, folder);
    report.count('table files');
    if (local !== undefined) found.set(local.path, file);
    if (local !== undefined && local.bytes !== file.size)
      report.find({ what: 'the table’s log says it is of another size', where: key, ...ADVICE.table });
  });
  if (found.size < files.length) return undefined;
  const paths = [...found.keys()];
  if (paths.length === 0) return paths;
  const counted = `SELECT file_name, num_rows::INTEGER AS n FROM parquet_file_metadata(${list(paths)})`;
  for (const row of await reader.query(paths, counted, scratch)) {
    const file = found.get(String(row['file_name']));
    const { numRecords } = JSON.parse(file?.stats ?? '{}') as { readonly numRecords?: unknown };
    if (row['n'] !== numRecords)
      report.find({
        what: 'the table’s log says another number of rows',
        where: `${root}${file?.path ?? ''}`,
        ...ADVICE.table,
      });
  }
  return paths;
}

interface Day {
  readonly table: Table;
  readonly day: string;
  readonly paths: readonly string[];
  readonly scratch: string;
}

/** The day's live rows are those the ledger sends there, seal by seal. */
async function checkRows(
  ports: Readers,
  report: Report,
  {
    table,
    day,
    paths,
    scratch,
    applied,
    expected,
  }: Day & { readonly applied: number; readonly expected: ReadonlyMap<string, Tally> | undefined },
  { entryOf, all }: TablesInput,
): Promise<void> {
  const live = new Map<string, Tally>();
  const sql = `SELECT _seal, count(*)::INTEGER AS n, ${MARK('_raw_key', '_line')}::VARCHAR AS mark FROM rows GROUP BY _seal`;
  if (paths.length > 0)
    for await (const row of ports.reader.stream(paths, sql, scratch))
      live.set(String(row['_seal']), { rows: Number(row['n']), mark: BigInt(String(row['mark'])) });
  const seals = new Set([...(expected?.keys() ?? []), ...live.keys()]);
  for (const seal of seals) {
    const entry = entryOf.get(seal);
    // A seal of other windows, or one that the table has yet to take up or replace.
    if (entry === undefined ? !all : entry > applied) continue;
    const [is, must] = [live.get(seal), expected?.get(seal)];
    if (is?.rows === must?.rows && is?.mark === must?.mark) continue;
    const what =
      is?.rows === must?.rows
        ? `the ${is?.rows ?? 0} live rows of ${seal} are not the messages the ledger sends there`
        : `${is?.rows ?? 0} live rows of ${seal}, the ledger sends it ${must?.rows ?? 0} messages`;
    report.find({ what, where: `${table.name}, event day ${day}`, ...ADVICE.table });
  }
}

/** Each entity of the day has its document, at or past its highest live row. Returns how many entities there are. */
async function checkDocuments(
  ports: Readers,
  report: Report,
  { table, day, paths, scratch, loaded }: Day & { readonly loaded: number },
  { entryOf }: TablesInput,
): Promise<number> {
  if (paths.length === 0) return 0;
  const wrong: string[] = [];
  let entities = 0;
  let some: { readonly entity: string; readonly version: string; readonly commit: number }[] = [];
  const check = async (): Promise<void> => {
    const states = await ports.documents.states(
      table,
      some.map(({ entity }) => entity),
    );
    for (const row of some) {
      const state = states.get(row.entity);
      if (row.commit <= loaded && (state === undefined || !isAtOrPast(state, row))) wrong.push(row.entity);
    }
    report.count('documents', some.length);
    some = [];
  };
  const sql = 'SELECT entity, max(version) AS version, arg_max(_seal, version) AS seal FROM rows GROUP BY entity';
  for await (const row of ports.reader.stream(paths, sql, scratch)) {
    entities += 1;
    const commit = entryOf.get(String(row['seal'])) ?? -1;
    some.push({ entity: String(row['entity']), version: String(row['version']), commit });
    if (some.length === STATES_AT_ONCE) await check();
  }
  await check();
  await rm(join(scratch, 'day'), { recursive: true });
  if (wrong.length > 0)
    report.find({
      what: `${wrong.length} documents are missing or behind their rows (such as ${wrong.slice(0, SHOWN).join(', ')})`,
      where: `collection ${table.name}, event day ${day}`,
      ...ADVICE.documents,
    });
  return entities;
}
