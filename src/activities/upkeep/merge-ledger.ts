/** mergeLedger: several small files of the ledger become few, in an entry that decides nothing. The originals stay: their manifests name them. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Source, ledgerRoot, mergedFile } from '../../domain/formats/layout.ts';
import { type LedgerFile, planMergeEntry } from '../../domain/formats/ledger.ts';
import { FULL_ROWS, type RangedFile, claimFile, planMerge, rowsPerPart } from '../../domain/plans/merge.ts';
import { fetchAll, keepFile } from '../../lake/files.ts';
import { contractOf } from '../../lake/lake.ts';
import { ledgerAtLeast, readLedger } from '../../lake/ledger.ts';
import { tellVerified, verifiedVersions } from '../../lake/verified.ts';
import type { Ports } from '../ports.ts';

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
const NOTHING: Merged = { replaced: 0, files: 0, rows: 0 };

/** Builds the activity: one merge, one entry. */
export function createMergeLedger(ports: Ports) {
  return async function mergeLedger({ source, dryRun }: MergeInput): Promise<Merged> {
    contractOf(ports, source);
    const { state } = await readLedger(ports, source);
    const group = planMerge([...state.files.values()].map(claimFile), FULL_ROWS.ledger);
    if (group === undefined) return NOTHING;
    const rows = group.reduce((sum, file) => sum + file.rows, 0);
    if (dryRun) return { replaced: group.length, files: 0, rows };
    const files = await rewrite(ports, source, group, rows);
    const version = await put(ports, source, group, files);
    if (version === undefined) return NOTHING;
    ports.log.info('ledger.merged', { source, version, replaced: group.length, files: files.length, rows });
    await tellVerified(
      ports,
      source,
      await ledgerAtLeast(ports, source, version),
      await verifiedVersions(ports, source),
    );
    return { replaced: group.length, files: files.length, rows, version };
  };
}

async function rewrite(
  ports: Ports,
  source: Source,
  group: readonly RangedFile[],
  rows: number,
): Promise<readonly LedgerFile[]> {
  const root = ledgerRoot(source);
  return ports.cache.withScratch(async (scratch) => {
    const keys = group.map(({ path }) => `${root}${path}`);
    const outFolder = join(scratch, 'out');
    await mkdir(outFolder);
    const written = await ports.rewriter.rewrite({
      what: `merge of ledger files of ${source}`,
      paths: await fetchAll(ports, keys, scratch, 'a ledger file'),
      order: ['claim_key', 'identity_hash', 'raw_key', 'line', 'revision'],
      countedBy: 'seal',
      rowsPerFile: rowsPerPart(rows, FULL_ROWS.ledger),
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
function put(
  ports: Ports,
  source: Source,
  group: readonly RangedFile[],
  files: readonly LedgerFile[],
): Promise<number | undefined> {
  const timestamp = ports.now();
  const chatlake = ports.chatlakeVersion;
  return ports
    .logs(ledgerRoot(source))
    .commit(
      ({ files: live, headSha256: previous }) =>
        Promise.resolve(
          group.every(({ path }) => live.has(path))
            ? planMergeEntry({ previous, timestamp, chatlake }, group, files)
            : undefined,
        ),
      TRIES,
    );
}
