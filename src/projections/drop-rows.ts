/** The rows of replaced seals taken out of a file that holds them. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Table, tableColumns } from '../domain/sources/contract.ts';
import { invariant } from '../domain/errors.ts';
import { runName, tableFile, tableRoot } from '../domain/formats/layout.ts';
import type { Manifest } from '../domain/formats/ledger.ts';
import { tableOrder } from '../domain/sql.ts';
import { type TableFile, rowsOfSeals } from '../domain/formats/table-file.ts';
import { keepFile } from '../lake/files.ts';
import type { Lake } from '../lake/lake.ts';
import { fetchFiles } from '../lake/tables.ts';

/** What is left of a file without a manifest's dropped seals, written anew and kept; undefined: nothing. */
export async function withoutSeals(
  lake: Pick<Lake, 'store' | 'cache' | 'reader' | 'rewriter' | 'now'>,
  table: Table,
  file: TableFile,
  { seals, revision, dropSeals }: Manifest,
): Promise<TableFile | undefined> {
  const left = file.rows - rowsOfSeals(file, new Set(dropSeals));
  if (left === 0) return undefined;
  const root = tableRoot(table.name);
  const what = `${root}${file.path} without ${dropSeals.join(', ')}`;
  return lake.cache.withScratch(async (scratch) => {
    const outFolder = join(scratch, 'out');
    await mkdir(outFolder);
    const paths = await fetchFiles(lake, table.name, [file], scratch);
    const order = tableOrder(tableColumns(table));
    const [written, ...more] = await lake.rewriter.rewrite({
      what,
      paths,
      without: dropSeals,
      order,
      countedBy: '_seal',
      outFolder,
    });
    invariant(written !== undefined && more.length === 0, `${what}: one file was to be written`);
    const facts = await lake.reader.facts(written.path, scratch);
    invariant(facts.rows === left, `${what}: ${left} rows are left by its statistics, ${facts.rows} were written`);
    const run = `rest-${runName(seals.at(-1) ?? '', revision)}`;
    const { key, bytes } = await keepFile(lake, written.path, (sha256) => `${root}${tableFile(run, 0, sha256)}`);
    return { path: key.slice(root.length), bytes, ...facts };
  });
}
