/** compact: the small files of one table and event date become one, in a commit that changes no row. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { attempts } from '../adapters/object-store/put.ts';
import { EVENT_DATE } from '../domain/contracts/contract.ts';
import type { DeltaAction } from '../domain/delta.ts';
import { invariant } from '../domain/errors.ts';
import { type Source, compactFile, parseTableFile, tableRoot } from '../domain/layout.ts';
import { type FileToCompact, type Scope, planCompaction } from '../domain/upkeep/compaction.ts';
import { keepFile } from './keep-file.ts';
import { publishedAs, readLedger, verifiedVersions } from './ledger-view.ts';
import { type Ports, contractOf } from './ports.ts';

export interface TableDay {
  readonly table: string;
  readonly eventDate: string;
}

export interface CompactInput extends TableDay {
  readonly source: Source;
  readonly scope: Scope;
}

export interface CompactionList {
  /** Days with files to compact, the oldest first; the first of them when there are more than one answer holds. */
  readonly days: readonly TableDay[];
  readonly files: number;
  readonly bytes: number;
}

/** What one call did; nothing replaced: there is nothing to compact, or another commit took one of the files away. */
export interface Compaction {
  readonly replaced: number;
  readonly files: number;
  readonly rows: number;
  readonly bytes: number;
}

const DAYS_PER_CALL = 100;
/** Other commits that may get in before this one does. */
const TRIES = 5;
const NOTHING: Compaction = { replaced: 0, files: 0, rows: 0, bytes: 0 };

/** Builds the activities. */
export function createCompact(ports: Ports) {
  async function listCompactions(input: { readonly source: Source; readonly scope: Scope }): Promise<CompactionList> {
    const days: TableDay[] = [];
    let files = 0;
    let bytes = 0;
    for (const { name: table } of contractOf(ports, input.source).tables) {
      for (const group of await plan(ports, input.source, table, input.scope)) {
        const eventDate = group[0]?.eventDate ?? '';
        if (days.at(-1)?.eventDate !== eventDate || days.at(-1)?.table !== table) days.push({ table, eventDate });
        files += group.length;
        bytes += sum(group);
      }
    }
    return { days: days.slice(0, DAYS_PER_CALL), files, bytes };
  }

  /** Compacts the first group of a day; one commit. */
  async function compact({ source, table, eventDate, scope }: CompactInput): Promise<Compaction> {
    const group = (await plan(ports, source, table, scope)).find(([file]) => file?.eventDate === eventDate);
    if (group === undefined) return NOTHING;
    const written = await rewrite(table, eventDate, group);
    if (!(await commit(table, eventDate, group, written))) return NOTHING;
    ports.log.info('table.compacted', { table, eventDate, files: group.length, ...written });
    return { replaced: group.length, files: 1, rows: written.rows, bytes: written.bytes };
  }

  async function rewrite(table: string, eventDate: string, group: readonly FileToCompact[]) {
    const root = tableRoot(table);
    return ports.cache.withScratch(async (scratch) => {
      const paths = [];
      for (const { path } of group)
        paths.push(await ports.cache.fetch(`${root}${path}`, scratch, 'a live file of a table'));
      const outFolder = join(scratch, 'out');
      await mkdir(outFolder);
      const what = `compaction of ${table}, ${eventDate}`;
      const [file, ...more] = await ports.rewriter.rewrite({
        what,
        paths,
        order: ['entity', 'version'],
        countedBy: '_seal',
        outFolder,
      });
      invariant(file !== undefined && more.length === 0, `${what}: one file was to be written`);
      const planned = ports.now();
      const kept = await keepFile(ports, file.path, (sha256) => `${root}${compactFile(eventDate, planned, sha256)}`);
      return { path: kept.key.slice(root.length), rows: file.rows, bytes: kept.bytes };
    });
  }

  /** False when another commit has taken one of the files away: then the plan is no longer one. */
  async function commit(
    table: string,
    eventDate: string,
    group: readonly FileToCompact[],
    written: { readonly path: string; readonly rows: number; readonly bytes: number },
  ): Promise<boolean> {
    const log = ports.logs(tableRoot(table));
    const actions = planCommit(ports.now(), eventDate, group, written);
    for (let tries = 0; tries < TRIES; tries += 1) {
      const state = await log.refresh();
      if (!group.every(({ path }) => state.files.has(path))) return false;
      if ((await log.append(state.version + 1, actions)) === 'mine') return true;
    }
    return false;
  }

  return { listCompactions, compact };
}

/** The groups of a table's live files, as its log and the ledger are now. */
async function plan(
  ports: Pick<Ports, 'store' | 'logs'>,
  source: Source,
  table: string,
  scope: Scope,
): Promise<readonly (readonly FileToCompact[])[]> {
  const state = await ports.logs(tableRoot(table)).refresh();
  const ledger = await readLedger(ports, source);
  const verified = await attempts(() => verifiedVersions(ports, source));
  // An entry is proved by the files its manifest names. What compaction made was proved before.
  const isProved = (path: string): boolean => {
    const name = parseTableFile(path);
    if (name === undefined || name.kind === 'compact') return name !== undefined;
    const n = publishedAs(ledger, name.seal, name.revision);
    return n !== undefined && verified.has(n);
  };
  return planCompaction(
    [...state.files.values()].map(({ path, size, partitionValues }) => ({
      path,
      eventDate: partitionValues[EVENT_DATE.name] ?? '',
      bytes: size,
      isProved: isProved(path),
    })),
    scope,
  );
}

const sum = (files: readonly FileToCompact[]): number => files.reduce((bytes, file) => bytes + file.bytes, 0);

/** No `txn`: what the table has applied stays as it is. */
const planCommit = (
  timestamp: number,
  eventDate: string,
  group: readonly FileToCompact[],
  written: { readonly path: string; readonly rows: number; readonly bytes: number },
): readonly DeltaAction[] => [
  { commitInfo: { timestamp, operation: 'OPTIMIZE', chatlake: { compacted: group.length } } },
  ...group.map(({ path }) => ({ remove: { path, deletionTimestamp: timestamp, dataChange: false } })),
  {
    add: {
      path: written.path,
      partitionValues: { [EVENT_DATE.name]: eventDate },
      size: written.bytes,
      modificationTime: timestamp,
      dataChange: false,
      stats: JSON.stringify({ numRecords: written.rows }),
    },
  },
];
