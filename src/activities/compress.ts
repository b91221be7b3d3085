/** compress: the enriched rows of a list of event dates, sorted and written as Parquet, kept on the store but not yet part of a table. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { codeWord } from '../domain/code.ts';
import { invariant } from '../domain/errors.ts';
import { ledgerRoot, parseSealName, runName, stagingKey, tableFile, tableRoot } from '../domain/layout.ts';
import type { ManifestFile } from '../domain/ledger.ts';
import type { DecidedRun } from './decided.ts';
import { keepJson, readJson } from './json-object.ts';
import { keepFile } from './keep-file.ts';
import { type Ports, contractOf } from './ports.ts';
import type { Staged } from './types.ts';

export interface CompressInput {
  readonly decided: string;
  readonly staged: readonly Staged[];
  readonly list: number;
}

export interface Compressed {
  readonly ref: string;
  readonly files: number;
  readonly rows: number;
}

/** A file of the list that `ref` names: one table's rows of one event date. */
export interface TableFile extends ManifestFile {
  readonly table: string;
}

/** Builds the activity. */
export function createCompress(ports: Ports) {
  return async function compress({ decided: ref, staged, list }: CompressInput): Promise<Compressed> {
    const decided = await readJson<DecidedRun>(ports.store, ref, 'the decision of a run');
    const { source } = parseSealName(decided.seal);
    const contract = contractOf(ports, source);
    const dates = decided.dateLists[list];
    invariant(dates !== undefined, `${decided.seal} has no list of dates ${list}`);
    const run = runName(decided.seal, decided.revision);
    return ports.cache.withScratch(async (scratch) => {
      const paths = await Promise.all(
        staged.map((part) => ports.cache.fetch(part.ref, scratch, `staged lines of ${decided.seal}`)),
      );
      const ledger = await ports.cache.fetch(
        `${ledgerRoot(source)}${decided.ledgerFile.path}`,
        scratch,
        'a ledger file',
      );
      const outFolder = join(scratch, 'out');
      await mkdir(outFolder);
      const written = await ports.engine.compress({
        contract,
        run,
        staged: paths,
        ledger,
        dates,
        outFolder,
        code: codeWord(decided.code),
      });
      const files: TableFile[] = [];
      for (const { path, table, eventDate, rows } of written) {
        const root = tableRoot(table);
        const kept = await keepFile(ports, path, (sha256) => `${root}${tableFile(eventDate, run, 0, sha256)}`);
        files.push({
          table,
          path: kept.key.slice(root.length),
          eventDate,
          rows,
          bytes: kept.bytes,
          sha256: kept.sha256,
        });
      }
      const rows = files.reduce((sum, file) => sum + file.rows, 0);
      ports.log.info('dates.compressed', { seal: decided.seal, list, files: files.length, rows });
      return {
        ref: await keepJson(ports.store, files, (sha256) => stagingKey(run, 'compress', list, sha256, 'json')),
        files: files.length,
        rows,
      };
    });
  };
}
