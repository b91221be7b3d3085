/** Tables against the ledger: every live file, what its log says of it, every row (I3, I4, I5). */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Table } from '../../domain/sources/contract.ts';
import { type DeltaState, logName, logVersion } from '../../domain/formats/delta.ts';
import { messageOf } from '../../domain/errors.ts';
import { tableRoot } from '../../domain/formats/layout.ts';
import { mapSome } from '../../domain/some.ts';
import { type TableFile, filesOf, filesWithDays, rowsOfSeals } from '../../domain/formats/table-file.ts';
import { appliedBy, tableLog } from '../../lake/tables.ts';
import { logKeys } from './chain.ts';
import { MARK, type Tally } from './claims.ts';
import { checkDocuments } from './documents.ts';
import { ADVICE, type Report } from './findings.ts';
import { fetchSound } from './read.ts';
import type { LiveRows, Projections, TablesInput } from './table-input.ts';
import type { Verifier } from './verifier.ts';

const FILES_AT_ONCE = 4;

/** Opens the tables and asks MongoDB how far it is. */
export async function openProjections(verifier: Verifier, tables: readonly Table[]): Promise<Projections> {
  const { documents, source, report } = verifier;
  const states = new Map<string, DeltaState>();
  for (const { name } of tables) {
    const root = tableRoot(name);
    await checkLog(verifier, root);
    try {
      states.set(name, await tableLog(verifier, name).refresh());
    } catch (error) {
      const what = `the table cannot be opened (${messageOf(error)})`;
      report.find({ what, where: `${root}_delta_log/`, ...ADVICE.table });
    }
  }
  return { states, loaded: await documents.applied(source) };
}

/** Checks one table and its documents. */
export async function checkTable(verifier: Verifier, table: Table, input: TablesInput): Promise<void> {
  const { cache, source, report } = verifier;
  const root = tableRoot(table.name);
  const state = input.states.get(table.name);
  if (state === undefined) return;
  report.uncovered.push({
    where: `${root}_delta_log/`,
    why: 'nothing names the hashes of a table’s log: its files and rows were compared with the ledger instead',
  });
  const applied = appliedBy(state, source);
  checkApplied(report, table.name, applied, input);
  if (table.documents) checkApplied(report, `collection ${table.name}`, input.loaded, input);
  const files = verifier.all ? filesOf(state) : wantedFiles(state, table, input);
  await cache.withScratch(async (scratch) => {
    const live = await readFiles(verifier, table, files, scratch);
    if (live === undefined) return;
    await checkRows(verifier, { table, live, applied, scratch }, input);
    if (table.documents) await checkDocuments(verifier, { table, live, applied, scratch }, input);
  });
}

/** Live files that may hold rows of the seals, or other versions of their entities, which have the same day. */
function wantedFiles(state: DeltaState, table: Table, { expected, entryOf }: TablesInput): readonly TableFile[] {
  const files = filesOf(state);
  const ofDays = new Set(filesWithDays(files, expected.get(table.name)?.days ?? []));
  const seals = new Set(entryOf.keys());
  return files.filter((file) => ofDays.has(file) || rowsOfSeals(file, seals) > 0);
}

/** Entries follow each other; the first may be missing where a checkpoint stands for those before it. */
async function checkLog({ store, report }: Verifier, root: string): Promise<void> {
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
function checkApplied(
  report: Report,
  name: string,
  applied: number,
  { head, lastDecision }: Pick<TablesInput, 'head' | 'lastDecision'>,
): void {
  if (applied > head)
    report.find({
      what: `it has applied ledger entry ${applied}, but the ledger ends at ${head}: newer entries are gone`,
      where: name,
      ...ADVICE.ledger,
    });
  if (applied < lastDecision)
    report.uncovered.push({
      where: name,
      waits: true,
      why: `it has applied ledger entry ${applied} of ${head}; later ones wait to be brought forward`,
    });
}

/** Live files, each read in full; slim rows of them on the local disk. Undefined when one of them cannot be used. */
async function readFiles(
  verifier: Verifier,
  table: Table,
  files: readonly TableFile[],
  scratch: string,
): Promise<readonly string[] | undefined> {
  const live: string[] = [];
  await mapSome([...files.entries()], FILES_AT_ONCE, async ([n, file]) => {
    const part = join(scratch, `live-${n}.parquet`);
    if (await readFile(verifier, table, file, part)) live.push(part);
    verifier.report.progress(`${table.name}: ${n + 1} of ${files.length} files`);
  });
  return live.length === files.length ? live : undefined;
}

async function readFile(verifier: Verifier, { name }: Table, file: TableFile, part: string): Promise<boolean> {
  const { reader, cache, report } = verifier;
  const key = `${tableRoot(name)}${file.path}`;
  return cache.withScratch(async (scratch) => {
    const folder = join(scratch, 'file');
    await mkdir(folder);
    const local = await fetchSound(verifier, key, 'a live file of a table', folder);
    if (local === undefined) return false;
    if (local.bytes !== file.bytes)
      report.find({ what: 'the table’s log says it is of another size', where: key, ...ADVICE.table });
    const facts = await reader.facts(local.path, scratch);
    const { rows, seals, stats } = file;
    if (facts.rows !== rows || !isDeepStrictEqual(facts.seals, seals))
      report.find({ what: 'the table’s log says other rows, or other seals, of it', where: key, ...ADVICE.table });
    if (!isDeepStrictEqual(facts.stats, stats))
      report.find({
        what: 'the statistics in the table’s log are not those of the file: readers would pass it over wrongly',
        where: key,
        ...ADVICE.table,
      });
    const slim = 'SELECT _seal, _raw_key, _line, entity, version, event_date::VARCHAR AS event_date FROM rows';
    await reader.copy([local.path], slim, part, scratch);
    await rm(local.path);
    return true;
  });
}

/** The live rows are those the ledger sends there, seal by seal. */
async function checkRows(
  { reader, report, all }: Verifier,
  { table, live, scratch, applied }: LiveRows,
  { entryOf, expected }: TablesInput,
): Promise<void> {
  const promised = expected.get(table.name)?.seals;
  const found = new Map<string, Tally>();
  const sql = `SELECT _seal, count(*)::INTEGER AS n, ${MARK('_raw_key', '_line')}::VARCHAR AS mark FROM rows GROUP BY _seal`;
  if (live.length > 0)
    for await (const row of reader.stream(live, sql, scratch))
      found.set(String(row['_seal']), { rows: Number(row['n']), mark: BigInt(String(row['mark'])) });
  for (const seal of new Set([...(promised?.keys() ?? []), ...found.keys()])) {
    const entry = entryOf.get(seal);
    // A seal of other windows, or one that the table has yet to take up or replace.
    if (entry === undefined ? !all : entry > applied) continue;
    const [is, must] = [found.get(seal), promised?.get(seal)];
    if (is?.rows === must?.rows && is?.mark === must?.mark) continue;
    const what =
      is?.rows === must?.rows
        ? `the ${is?.rows ?? 0} live rows of ${seal} are not the messages the ledger sends there`
        : `${is?.rows ?? 0} live rows of ${seal}, the ledger sends it ${must?.rows ?? 0} messages`;
    report.find({ what, where: table.name, ...ADVICE.table });
  }
}
