/** compact: many small files of a table, neighbours in time, become few, in a commit that changes no row. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Table, tableColumns } from '../../domain/sources/contract.ts';
import { commitInfo } from '../../domain/formats/delta.ts';
import { type Source, compactedAt, tableFile, tableRoot } from '../../domain/formats/layout.ts';
import { tableOrder } from '../../domain/sql.ts';
import { type TableFile, addOf, daysOf, filesOf } from '../../domain/formats/table-file.ts';
import { FULL_ROWS, type RangedFile, planMerge, rowsPerPart } from '../../domain/plans/merge.ts';
import { NAMED_WITHIN_MS, keepFile } from '../../lake/files.ts';
import { contractOf } from '../../lake/lake.ts';
import { fetchFiles, knownTables, tableLog } from '../../lake/tables.ts';
import type { Ports } from '../ports.ts';

export interface CompactInput {
  readonly source: Source;
  readonly dryRun: boolean;
}

/** What one call did for all tables; nothing replaced: there is nothing to compact, or another commit took one of the files away. */
export interface Compaction {
  readonly replaced: number;
  readonly files: number;
  readonly rows: number;
  readonly bytes: number;
}

/** Other commits that may get in before this one does. */
const TRIES = 5;
const NOTHING: Compaction = { replaced: 0, files: 0, rows: 0, bytes: 0 };

/** Builds the activity: at most one commit per table. */
export function createCompact(ports: Ports) {
  return async function compact({ source, dryRun }: CompactInput): Promise<Compaction> {
    contractOf(ports, source);
    let total = NOTHING;
    for (const table of (await knownTables(ports, source)).values()) {
      const done = await compactTable(ports, table, dryRun);
      total = {
        replaced: total.replaced + done.replaced,
        files: total.files + done.files,
        rows: total.rows + done.rows,
        bytes: total.bytes + done.bytes,
      };
    }
    return total;
  };
}

async function compactTable(ports: Ports, table: Table, dryRun: boolean): Promise<Compaction> {
  const files = filesOf(await tableLog(ports, table.name).refresh());
  const group = planMerge(files.map(rangeOf), FULL_ROWS.table);
  if (group === undefined) return NOTHING;
  const paths = new Set(group.map(({ path }) => path));
  const replaced = files.filter(({ path }) => paths.has(path));
  const rows = replaced.reduce((sum, file) => sum + file.rows, 0);
  if (dryRun) return { replaced: replaced.length, files: 0, rows, bytes: bytesOf(replaced) };
  const written = await rewrite(ports, table, replaced, rows);
  if (!(await commit(ports, table.name, replaced, written))) return NOTHING;
  const done = { replaced: replaced.length, files: written.files.length, rows, bytes: bytesOf(written.files) };
  ports.log.info('table.compacted', { table: table.name, ...done });
  return done;
}

const rangeOf = (file: TableFile): RangedFile => {
  const { first, last } = daysOf(file);
  return { path: file.path, rows: file.rows, min: first, max: last };
};

const bytesOf = (files: readonly TableFile[]): number => files.reduce((sum, { bytes }) => sum + bytes, 0);

/** New files, and when the first of them began to be put. */
interface Written {
  readonly at: number;
  readonly files: readonly TableFile[];
}

async function rewrite(ports: Ports, table: Table, replaced: readonly TableFile[], rows: number): Promise<Written> {
  const root = tableRoot(table.name);
  return ports.cache.withScratch(async (scratch) => {
    const outFolder = join(scratch, 'out');
    await mkdir(outFolder);
    const written = await ports.rewriter.rewrite({
      what: `compaction of ${table.name}`,
      paths: await fetchFiles(ports, table.name, replaced, scratch),
      order: tableOrder(tableColumns(table)),
      countedBy: '_seal',
      rowsPerFile: rowsPerPart(rows, FULL_ROWS.table),
      outFolder,
    });
    const at = ports.now();
    const name = compactedAt(at);
    const files: TableFile[] = [];
    for (const [n, { path }] of written.entries()) {
      const facts = await ports.reader.facts(path, scratch);
      const { key, bytes } = await keepFile(ports, path, (sha256) => `${root}${tableFile(name, n, sha256)}`);
      files.push({ path: key.slice(root.length), bytes, ...facts });
    }
    return { at, files };
  });
}

/**
 * False when another commit has taken one of the files away, or the new ones have waited for so long that a vacuum may have: then the plan
 * is no longer one. No `txn`: what the table has applied stays.
 */
async function commit(
  ports: Ports,
  table: string,
  replaced: readonly TableFile[],
  { at, files }: Written,
): Promise<boolean> {
  const timestamp = ports.now();
  const actions = [
    commitInfo(ports.chatlakeVersion, {
      timestamp,
      operation: 'OPTIMIZE',
      operationParameters: { files: String(replaced.length) },
      chatlake: { compacted: replaced.length },
    }),
    ...replaced.map(({ path }) => ({ remove: { path, deletionTimestamp: timestamp, dataChange: false } })),
    ...files.map((file) => ({ add: addOf(file, timestamp, false) })),
  ];
  const version = await tableLog(ports, table).commit((state) => {
    const isSafe = ports.now() - at <= NAMED_WITHIN_MS;
    return Promise.resolve(isSafe && replaced.every(({ path }) => state.files.has(path)) ? actions : undefined);
  }, TRIES);
  return version !== undefined;
}
