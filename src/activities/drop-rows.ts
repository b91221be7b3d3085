/** The rows of replaced seals taken out of the files that hold them. */
import { join } from 'node:path';
import { rewrittenFile, runName, tableRoot } from '../domain/layout.ts';
import type { Manifest, ManifestFile } from '../domain/ledger.ts';
import { throwIfCancelled } from './heartbeat.ts';
import { keepFile } from './keep-file.ts';
import type { Ports } from './ports.ts';
import { type LiveFile, fetchFiles, inList } from './table-files.ts';

type Needs = Pick<Ports, 'store' | 'cache' | 'reader' | 'engine' | 'now'>;

export interface WithoutSeals {
  /** Files that are no longer live. */
  readonly gone: readonly string[];
  /** What takes the place of those that held other seals' rows too. */
  readonly left: readonly ManifestFile[];
}

/** What a manifest's dropped seals leave of these live files. Their own files go as a whole; shared ones are written anew, if they hold any of the rows. */
export async function withoutSeals(
  ports: Needs,
  table: string,
  { seals, revision, dropSeals }: Manifest,
  live: readonly LiveFile[],
): Promise<WithoutSeals> {
  const gone: string[] = [];
  const left: ManifestFile[] = [];
  const run = runName(seals.at(-1) ?? '', revision);
  for (const file of live) {
    if (file.isOwn) {
      gone.push(file.path);
      continue;
    }
    throwIfCancelled();
    await ports.cache.withScratch(async (scratch) => {
      const [path = ''] = await fetchFiles(ports, table, [file], scratch);
      const [row] = await ports.reader.query(
        [path],
        `SELECT count(*)::INTEGER AS n, (count(*) FILTER (WHERE _seal IN ${inList(dropSeals)}))::INTEGER AS dropped FROM rows`,
        scratch,
      );
      const dropped = Number(row?.['dropped']);
      if (dropped === 0) return;
      gone.push(file.path);
      if (dropped === Number(row?.['n'])) return;
      const out = join(scratch, 'rewritten.parquet');
      const { rows } = await ports.engine.rewrite({ path, without: dropSeals, out, scratch });
      const place = (sha256: string): string => rewrittenFile(file.eventDate, run, 0, sha256);
      const kept = await keepFile(ports, out, (sha256) => `${tableRoot(table)}${place(sha256)}`);
      left.push({
        path: place(kept.sha256),
        eventDate: file.eventDate,
        rows,
        bytes: kept.bytes,
        sha256: kept.sha256,
      });
    });
  }
  return { gone, left };
}
