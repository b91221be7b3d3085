/** mergeLedger: several small files of the ledger become few, in an entry that decides nothing. The originals stay: their manifests name them. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Source, ledgerRoot, mergedFile } from '../domain/layout.ts';
import { type LedgerFile, planMergeEntry } from '../domain/ledger.ts';
import { type ClaimFile, claimFile, planMerge, rowsPerPart } from '../domain/upkeep/merge.ts';
import { keepFile } from './keep-file.ts';
import { readLedger, tellVerified } from './ledger-view.ts';
import { type Ports, contractOf } from './ports.ts';

export interface MergeInput {
  readonly source: Source;
  readonly dryRun: boolean;
}

/** What one call did; nothing replaced: there is nothing to merge, or another merge was faster. */
export interface Merged {
  readonly replaced: number;
  readonly files: number;
  readonly rows: number;
  /** The entry, where one was put. */
  readonly version?: number;
}

/** Other entries that may get in before this one does. */
const TRIES = 5;

/** Builds the activity: one merge, one entry. */
export function createMergeLedger(ports: Ports) {
  return async function mergeLedger({ source, dryRun }: MergeInput): Promise<Merged> {
    contractOf(ports, source);
    const { state } = await readLedger(ports, source);
    const group = planMerge([...state.files.values()].map(claimFile));
    if (group === undefined) return { replaced: 0, files: 0, rows: 0 };
    const rows = group.reduce((sum, file) => sum + file.rows, 0);
    if (dryRun) return { replaced: group.length, files: 0, rows };
    const files = await rewrite(source, group, rows);
    const version = await put(source, group, files);
    if (version === undefined) return { replaced: 0, files: 0, rows: 0 };
    ports.log.info('ledger.merged', { source, version, replaced: group.length, files: files.length, rows });
    await tellVerified(ports, source);
    return { replaced: group.length, files: files.length, rows, version };
  };

  async function rewrite(source: Source, group: readonly ClaimFile[], rows: number): Promise<readonly LedgerFile[]> {
    const root = ledgerRoot(source);
    return ports.cache.withScratch(async (scratch) => {
      const paths = [];
      for (const { path } of group) paths.push(await ports.cache.fetch(`${root}${path}`, scratch, 'a ledger file'));
      const outFolder = join(scratch, 'out');
      await mkdir(outFolder);
      const written = await ports.rewriter.rewrite({
        what: `merge of ledger files of ${source}`,
        paths,
        order: ['claim_key', 'identity_hash', 'raw_key', 'line', 'revision'],
        countedBy: 'seal',
        rowsPerFile: rowsPerPart(rows),
        outFolder,
      });
      const planned = ports.now();
      const files: LedgerFile[] = [];
      for (const [n, file] of written.entries()) {
        const kept = await keepFile(ports, file.path, (sha256) => `${root}${mergedFile(planned, n, sha256)}`);
        const claimKeys = { min: file.first, max: file.last };
        files.push({ path: kept.key.slice(root.length), rows: file.rows, bytes: kept.bytes, claimKeys });
      }
      return files;
    });
  }

  /** The version of the entry; undefined when another merge has taken one of the files. Decisions only add files, so they never do. */
  async function put(
    source: Source,
    group: readonly ClaimFile[],
    files: readonly LedgerFile[],
  ): Promise<number | undefined> {
    const timestamp = ports.now();
    for (let tries = 0; tries < TRIES; tries += 1) {
      const { state } = await readLedger(ports, source);
      if (!group.every(({ path }) => state.files.has(path))) return undefined;
      const actions = planMergeEntry(state.headSha256, timestamp, group, files);
      const version = state.version + 1;
      if ((await ports.logs(ledgerRoot(source)).append(version, actions)) === 'mine') return version;
    }
    return undefined;
  }
}
