/** compare: what publishing a rebuild would change, kept as a diff on the store; publishes nothing. */
import { NO_COUNTS, addCounts } from '../domain/counts.ts';
import { type Diff, type TableDiff, type VerdictChange, decidedFiles } from '../domain/diff.ts';
import { invariant } from '../domain/errors.ts';
import { FORMAT_VERSION, diffKey, parseSealName, tableRoot } from '../domain/layout.ts';
import { type Manifest, judgedBefore } from '../domain/ledger.ts';
import { compareTable } from './compare-table.ts';
import type { Compressed } from './compress.ts';
import type { DecidedRun } from './decided.ts';
import { throwIfCancelled } from './heartbeat.ts';
import { keepJson, readJson } from './json-object.ts';
import { readLedger, replacedManifests, settle } from './ledger-view.ts';
import { type Ports, contractOf } from './ports.ts';
import { appliedBy } from './project.ts';
import { compressedFiles, manifestOf } from './publish.ts';
import { fetchLedgerFiles } from './remainders.ts';
import { fetchFiles, liveFilesOf } from './table-files.ts';
import type { Compared, Overtaken, SealRef } from './types.ts';

export interface CompareInput {
  readonly seal: SealRef;
  readonly decided: string;
  readonly compressed: readonly Compressed[];
}

/** Builds the activity. The tables must have applied the decisions it compares with. */
export function createCompare(ports: Ports) {
  return async function compare({ decided: ref, compressed }: CompareInput): Promise<Compared | Overtaken> {
    const decided = await readJson<DecidedRun>(ports.store, ref, 'the decision of a run');
    const { source, window } = parseSealName(decided.seal);
    const ledger = await readLedger(ports, source);
    const settled = settle(ledger, decided.seals, decided.revision);
    if (settled !== undefined) return { kind: 'overtaken', version: settled.version };
    const files = await compressedFiles(ports, compressed);
    const next = manifestOf(ports, decided, files);
    const replaced = await replacedManifests(ports, ledger, next, ledger.state.version + 1);
    const judged = Math.max(...judgedBefore(ledger.commits, ledger.state.version + 1, next.seals).values());
    return ports.cache.withScratch(async (scratch) => {
      const tables: TableDiff[] = [];
      for (const table of contractOf(ports, source).tables) {
        throwIfCancelled();
        const state = await ports.logs(tableRoot(table.name)).refresh();
        const applied = appliedBy(state, source);
        invariant(applied >= judged, `${table.name} has applied ledger version ${applied} of ${judged}: project first`);
        const live = liveFilesOf(state, replaced, table.name);
        const staged = files.filter((file) => file.table === table.name);
        const before = { files: live, paths: await fetchFiles(ports, table.name, live, scratch) };
        const after = { files: staged, paths: await fetchFiles(ports, table.name, staged, scratch) };
        tables.push(await compareTable(ports, table, next.seals, { before, after }, scratch));
      }
      const diff: Diff = {
        formatVersion: FORMAT_VERSION,
        source,
        window,
        seals: next.seals,
        revision: next.revision,
        base: next.base,
        code: { before: replaced.map(({ code }) => code), after: next.code },
        counts: {
          before: replaced.reduce((sum, { counts }) => addCounts(sum, counts), NO_COUNTS),
          after: next.counts,
        },
        verdicts: await compareVerdicts(ports, replaced, next, scratch),
        tables,
        ledgerFile: next.ledgerFile.sha256,
        files: decidedFiles(next),
      };
      const key = await keepJson(ports.store, diff, (sha256) => diffKey(source, window, next.revision, sha256));
      const verdictsChanged = diff.verdicts
        .filter(({ before, after, reasonBefore, reasonAfter }) => before !== after || reasonBefore !== reasonAfter)
        .reduce((sum, { lines }) => sum + lines, 0);
      ports.log.info('rebuild.compared', { seal: decided.seal, revision: next.revision, verdictsChanged });
      return {
        kind: 'compared',
        ref: key,
        counts: next.counts,
        verdictsChanged,
        tables: tables.map(({ table, before, after, onlyBefore, onlyAfter, changed }) => ({
          table,
          before,
          after,
          onlyBefore,
          onlyAfter,
          changed,
        })),
      };
    });
  };
}

/** How often each verdict became which. */
async function compareVerdicts(
  ports: Ports,
  replaced: readonly Manifest[],
  next: Manifest,
  scratch: string,
): Promise<readonly VerdictChange[]> {
  const before = await fetchLedgerFiles(ports, replaced, scratch);
  const after = await fetchLedgerFiles(ports, [next], scratch);
  const rows = await ports.reader.query(
    { before, after },
    `SELECT b.verdict AS before, b.reason AS reason_before, a.verdict AS after, a.reason AS reason_after, count(*)::INTEGER AS n
      FROM before b FULL JOIN after a ON a.raw_key = b.raw_key AND a.line = b.line GROUP BY ALL ORDER BY ALL`,
    scratch,
  );
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  return rows.map((row) => {
    const [was, is] = [text(row['before']), text(row['after'])];
    invariant(was !== null && is !== null, `${next.seals.join(', ')}: a line was judged in one revision only`);
    return {
      before: was,
      reasonBefore: text(row['reason_before']),
      after: is,
      reasonAfter: text(row['reason_after']),
      lines: Number(row['n']),
    };
  });
}
