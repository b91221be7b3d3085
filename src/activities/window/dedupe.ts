/** dedupe: a verdict for every line of what a run judges, against the claims in the ledger at one version. */
import { join } from 'node:path';
import type { DedupeResult } from '../../adapters/engine/engine.ts';
import type { DeltaState } from '../../domain/formats/delta.ts';
import { invariant } from '../../domain/errors.ts';
import { ledgerFile, ledgerRoot, parseSealName, runName, sealName, stagingKey } from '../../domain/formats/layout.ts';
import type { LedgerFile } from '../../domain/formats/ledger.ts';
import { claimFile } from '../../domain/plans/merge.ts';
import { anyBetween } from '../../domain/sorted.ts';
import { fetchAll, keepFile } from '../../lake/files.ts';
import { keepJson } from '../../lake/json.ts';
import { contractOf } from '../../lake/lake.ts';
import { ledgerAtLeast, readLedger, standingOf } from '../../lake/ledger.ts';
import { readJudged } from '../../lake/seals.ts';
import { type Ports, codeOf } from '../ports.ts';
import type { Decided, SealRef, Staged } from '../types.ts';
import { lastOf } from './clear-text.ts';
import { type DecidedRun, orStale, planRanges, staleBy } from './decided.ts';

export interface DedupeInput {
  readonly seal: SealRef;
  readonly revision: number;
  readonly staged: readonly Staged[];
  /** Claims are looked up at this ledger version or a later one; absent: at the head. What comes behind it is publish's to look at. */
  readonly ledger?: number;
}

/** Builds the activity. */
export function createDedupe(ports: Ports) {
  return (input: DedupeInput): Promise<Decided> => {
    const { seal } = input.seal;
    const run = runName(seal, input.revision);
    return lastOf(ports, parseSealName(seal).source, run, () => orStale(() => decide(ports, input)));
  };
}

async function decide(ports: Ports, { seal, revision, staged, ledger: known }: DedupeInput): Promise<Decided> {
  const { source } = parseSealName(seal.seal);
  const code = codeOf(ports, contractOf(ports, source));
  const judged = await readJudged(ports, seal);
  const seals = judged.seals.map(({ id, objects }) => ({
    name: sealName(id),
    objects: objects.map(({ key }) => key),
  }));
  const names = seals.map(({ name }) => name);
  const { state, ...ledger } =
    known === undefined ? await readLedger(ports, source) : await ledgerAtLeast(ports, source, known);
  const standing = standingOf({ state, ...ledger }, { seals: names, revision });
  if (standing !== undefined) return standing;
  const codes = staged.map((part) => part.code);
  const stale = staleBy(codes, code);
  if (stale !== undefined) return stale;
  const run = runName(seal.seal, revision);
  return ports.cache.withScratch(async (scratch) => {
    const refs = staged.map(({ ref }) => ref);
    const paths = await fetchAll(ports, refs, scratch, `staged lines of ${seal.seal}`);
    const claimed = claimFiles(state, await claimKeys(ports, paths, scratch));
    const claims = await fetchAll(
      ports,
      claimed.map((path) => `${ledgerRoot(source)}${path}`),
      scratch,
      'a ledger file',
    );
    const out = join(scratch, 'ledger.parquet');
    const result = await ports.engine.dedupe({ run, seals, revision, staged: paths, claims, out, scratch });
    invariant(
      result.counts.received === seal.lines,
      `${seal.seal} has ${seal.lines} lines, ${result.counts.received} were judged`,
    );
    const file = await keepLedgerFile(ports, source, run, { out, result });
    const decided: DecidedRun = {
      seal: seal.seal,
      seals: names,
      revision,
      base: state.version,
      code,
      counts: result.counts,
      reasons: result.reasons,
      tables: result.tables,
      shared: result.shared,
      ledgerFile: file,
      days: result.days,
      ranges: planRanges(result.days, ports.limits.rowsPerRange),
    };
    const ref = await keepJson(ports.store, decided, (sha256) => stagingKey(run, 'dedupe', 0, `${sha256}.json`));
    ports.log.info('seal.deduped', { seal: seal.seal, base: state.version, ...result.counts });
    return {
      kind: 'decided',
      ref,
      base: state.version,
      verdicts: file.path,
      counts: result.counts,
      ranges: decided.ranges.length,
    };
  });
}

async function keepLedgerFile(
  ports: Ports,
  source: string,
  run: string,
  { out, result }: { readonly out: string; readonly result: DedupeResult },
): Promise<LedgerFile> {
  const root = ledgerRoot(source);
  const { key, bytes } = await keepFile(ports, out, (sha256) => `${root}${ledgerFile(run, sha256)}`);
  return { path: key.slice(root.length), rows: result.counts.received, bytes, claimKeys: result.claimKeys };
}

/** The claim keys of staged lines, in order. */
async function claimKeys(ports: Ports, staged: readonly string[], scratch: string): Promise<readonly string[]> {
  const sql = 'SELECT DISTINCT claim_key AS k FROM rows ORDER BY k';
  return (await ports.reader.query(staged, sql, scratch)).map((row) => String(row['k']));
}

/** The ledger's files whose claim keys overlap these; the others cannot hold a claim of the same identities. */
const claimFiles = ({ files }: DeltaState, keys: readonly string[]): readonly string[] =>
  [...files.values()]
    .map(claimFile)
    .filter(({ min, max }) => anyBetween(keys, min, max))
    .map(({ path }) => path);
