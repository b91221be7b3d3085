/** compare: what publishing a rebuild would change, kept as a diff on the store; publishes nothing. */
import { runOfStaging } from '../../domain/formats/clear-text.ts';
import { NO_COUNTS, addCounts } from '../../domain/counts.ts';
import { type Diff, type TableDiff, type VerdictChange, decidedFiles } from '../../domain/formats/diff.ts';
import { invariant } from '../../domain/errors.ts';
import { FORMAT_VERSION, ledgerRoot, parseSealName } from '../../domain/formats/layout.ts';
import { diffKey } from '../../domain/formats/marks.ts';
import type { Manifest } from '../../domain/formats/ledger.ts';
import { filesOf, rowsOfSeals } from '../../domain/formats/table-file.ts';
import { fetchAll } from '../../lake/files.ts';
import { keepJson, readJson } from '../../lake/json.ts';
import { contractOf } from '../../lake/lake.ts';
import { readLedger, replacedManifests, standingOf } from '../../lake/ledger.ts';
import { appliedBy, fetchFiles, keepSpecs, knownTables, tableLog } from '../../lake/tables.ts';
import { throwIfCancelled } from '../heartbeat.ts';
import type { Ports } from '../ports.ts';
import type { Compared, Overtaken, SealRef, Stale } from '../types.ts';
import { lastOf } from './clear-text.ts';
import { compareTable } from './compare-table.ts';
import { type Compressed, compressedFiles } from './compress.ts';
import { type DecidedRun, orStale } from './decided.ts';
import { manifestOf } from './publish.ts';

export interface CompareInput {
  readonly seal: SealRef;
  readonly decided: string;
  readonly compressed: readonly Compressed[];
}

/** Builds the activity. The tables must have applied the decisions it compares with. */
export function createCompare(ports: Ports) {
  return (input: CompareInput): Promise<Compared | Overtaken | Stale> => {
    const { source } = parseSealName(input.seal.seal);
    return lastOf(ports, source, runOfStaging(input.decided), () => orStale(() => compare(ports, input)));
  };
}

async function compare(ports: Ports, { decided: ref, compressed }: CompareInput): Promise<Compared | Overtaken> {
  const decided = await readJson<DecidedRun>(ports.store, ref, 'the decision of a run');
  const { source, window } = parseSealName(decided.seal);
  const ledger = await readLedger(ports, source);
  const standing = standingOf(ledger, decided);
  if (standing !== undefined) return { kind: 'overtaken', version: standing.version };
  const files = await compressedFiles(ports, compressed);
  const next = manifestOf(decided, files, await keepSpecs(ports, contractOf(ports, source)));
  const replaced = await replacedManifests(ports, ledger, next, ledger.state.version + 1);
  const judged = Math.max(...ledger.entries.judgedBefore(ledger.state.version + 1, next.seals).values());
  return ports.cache.withScratch(async (scratch) => {
    const tables = await compareTables(ports, next, judged, scratch);
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
      ledgerFile: next.ledgerFile.path,
      files: decidedFiles(next),
    };
    const key = await keepJson(ports.store, diff, (sha256) => diffKey(source, window, next.revision, sha256));
    const verdictsChanged = diff.verdicts
      .filter(({ before, after, reasonBefore, reasonAfter }) => before !== after || reasonBefore !== reasonAfter)
      .reduce((sum, { lines }) => sum + lines, 0);
    ports.log.info('rebuild.compared', { seal: decided.seal, revision: next.revision, verdictsChanged });
    const changes = tables.map(({ columns, ...change }) => change);
    return { kind: 'compared', ref: key, counts: next.counts, verdictsChanged, tables: changes };
  });
}

/** The live rows of a decision's seals in every table against those it would give. */
async function compareTables(
  ports: Ports,
  next: Manifest,
  judged: number,
  scratch: string,
): Promise<readonly TableDiff[]> {
  const seals = new Set(next.seals);
  const known = await knownTables(ports, next.source);
  const diffs: TableDiff[] = [];
  for (const table of known.values()) {
    throwIfCancelled();
    const state = await tableLog(ports, table.name).refresh();
    const applied = appliedBy(state, next.source);
    invariant(applied >= judged, `${table.name} has applied ledger version ${applied} of ${judged}: project first`);
    const live = filesOf(state).filter((file) => rowsOfSeals(file, seals) > 0);
    const staged = next.tables.find((own) => own.table === table.name)?.files ?? [];
    const before = await fetchFiles(ports, table.name, live, scratch);
    const after = await fetchFiles(ports, table.name, staged, scratch);
    diffs.push(await compareTable(ports, table, { seals: next.seals, before, after }, scratch));
  }
  return diffs;
}

/** Local copies of the ledger files of decisions. */
const fetchLedgerFiles = (ports: Ports, manifests: readonly Manifest[], scratch: string): Promise<readonly string[]> =>
  fetchAll(
    ports,
    manifests.map(({ source, ledgerFile }) => `${ledgerRoot(source)}${ledgerFile.path}`),
    scratch,
    'a ledger file',
  );

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
