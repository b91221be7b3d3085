/** compress: the enriched rows of a range of event days, sorted and written as Parquet, kept on the store but not yet part of a table. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { codeWord } from '../../domain/formats/code.ts';
import { invariant } from '../../domain/errors.ts';
import { parseSealName, runName, stagingKey, tableFile, tableRoot } from '../../domain/formats/layout.ts';
import type { TableFile } from '../../domain/formats/table-file.ts';
import { fetchAll, keepFile } from '../../lake/files.ts';
import { keepJson, readJson } from '../../lake/json.ts';
import { contractOf } from '../../lake/lake.ts';
import { type Ports, codeOf } from '../ports.ts';
import type { Staged, Stale } from '../types.ts';
import { type DecidedRun, fetchLedgerFile, orStale, staleBy } from './decided.ts';

export interface CompressInput {
  readonly decided: string;
  readonly staged: readonly Staged[];
  readonly range: number;
}

export interface Compressed {
  readonly kind: 'compressed';
  readonly ref: string;
  readonly files: number;
  readonly rows: number;
}

/** A file of the list that `ref` names. */
export interface CompressedTableFile extends TableFile {
  readonly table: string;
}

/** Builds the activity. */
export function createCompress(ports: Ports) {
  return (input: CompressInput): Promise<Compressed | Stale> => orStale(() => write(ports, input));
}

async function write(ports: Ports, { decided: ref, staged, range }: CompressInput): Promise<Compressed | Stale> {
  const decided = await readJson<DecidedRun>(ports.store, ref, 'the decision of a run');
  const { source } = parseSealName(decided.seal);
  const contract = contractOf(ports, source);
  const stale = staleBy([codeWord(decided.code)], codeOf(ports, contract));
  if (stale !== undefined) return stale;
  const days = decided.ranges[range];
  invariant(days !== undefined, `${decided.seal} has no range of days ${range}`);
  const run = runName(decided.seal, decided.revision);
  return ports.cache.withScratch(async (scratch) => {
    const refs = staged.map((part) => part.ref);
    const paths = await fetchAll(ports, refs, scratch, `staged lines of ${decided.seal}`);
    const ledger = await fetchLedgerFile(ports, decided, scratch);
    const outFolder = join(scratch, 'out');
    await mkdir(outFolder);
    const written = await ports.engine.compress({ contract, run, staged: paths, ledger, days, outFolder });
    const files: CompressedTableFile[] = [];
    for (const { path, table, ...facts } of written) {
      const root = tableRoot(table);
      const { key, bytes } = await keepFile(ports, path, (sha256) => `${root}${tableFile(run, range, sha256)}`);
      files.push({ table, path: key.slice(root.length), bytes, ...facts });
    }
    const rows = files.reduce((sum, file) => sum + file.rows, 0);
    ports.log.info('days.compressed', { seal: decided.seal, range, ...days, files: files.length, rows });
    const list = await keepJson(ports.store, files, (sha256) => stagingKey(run, 'compress', range, `${sha256}.json`));
    return { kind: 'compressed', ref: list, files: files.length, rows };
  });
}

/** The files that the lists of `compress` name. */
export async function compressedFiles(
  ports: Pick<Ports, 'store'>,
  compressed: readonly Pick<Compressed, 'ref'>[],
): Promise<readonly CompressedTableFile[]> {
  const lists = await Promise.all(
    compressed.map(({ ref }) =>
      readJson<readonly CompressedTableFile[]>(ports.store, ref, 'a list of compressed files'),
    ),
  );
  return lists.flat();
}
