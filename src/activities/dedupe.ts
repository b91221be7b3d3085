/** dedupe: a verdict for every line of what a run judges, against the claims in the ledger at one version. */
import { join } from 'node:path';
import { codeWord } from '../domain/code.ts';
import type { Add, DeltaState } from '../domain/delta.ts';
import { invariant } from '../domain/errors.ts';
import { ledgerFile, ledgerRoot, parseSealName, runName, sealName, stagingKey } from '../domain/layout.ts';
import type { DecidedRun } from './decided.ts';
import { keepJson } from './json-object.ts';
import { keepFile } from './keep-file.ts';
import { readJudged } from './judged-seals.ts';
import { readLedger, settle } from './ledger-view.ts';
import { type Ports, codeOf, contractOf } from './ports.ts';
import type { Decided, SealRef, Staged } from './types.ts';

export interface DedupeInput {
  readonly seal: SealRef;
  readonly revision: number;
  readonly staged: readonly Staged[];
}

/** Builds the activity. */
export function createDedupe(ports: Ports) {
  return async function dedupe({ seal, revision, staged }: DedupeInput): Promise<Decided> {
    const { source } = parseSealName(seal.seal);
    const contract = contractOf(ports, source);
    const ledger = await readLedger(ports, source);
    const seals = (await readJudged(ports, seal)).map(({ id, objects }) => ({
      name: sealName(id),
      objects: objects.map(({ key }) => key),
    }));
    const names = seals.map(({ name }) => name);
    const settled = settle(ledger, names, revision);
    if (settled !== undefined) return settled;
    const base = ledger.state.version;
    const run = runName(seal.seal, revision);
    return ports.cache.withScratch(async (scratch) => {
      const code = codeOf(ports, contract);
      const paths = await Promise.all(
        staged.map(({ ref }) => ports.cache.fetch(ref, scratch, `staged lines of ${seal.seal}`)),
      );
      const claims = await claimFiles(ports, source, ledger.state, paths, scratch);
      const out = join(scratch, 'ledger.parquet');
      const result = await ports.engine.dedupe({
        run,
        seals,
        revision,
        staged: paths,
        claims,
        out,
        scratch,
        code: codeWord(code),
      });
      invariant(
        result.counts.received === seal.lines,
        `${seal.seal} has ${seal.lines} lines, ${result.counts.received} were judged`,
      );
      const file = await keepFile(ports, out, (sha256) => `${ledgerRoot(source)}${ledgerFile(run, sha256)}`);
      const decided: DecidedRun = {
        seal: seal.seal,
        seals: names,
        revision,
        base,
        code,
        counts: result.counts,
        reasons: result.reasons,
        claimKeys: result.claimKeys,
        tables: result.tables,
        ledgerFile: {
          path: ledgerFile(run, file.sha256),
          rows: result.counts.received,
          bytes: file.bytes,
          sha256: file.sha256,
        },
        dateLists: dateLists(result.dates, ports.limits),
      };
      const ref = await keepJson(ports.store, decided, (sha256) => stagingKey(run, 'dedupe', 0, sha256, 'json'));
      ports.log.info('seal.deduped', { seal: seal.seal, base, ...result.counts });
      return {
        kind: 'decided',
        ref,
        base,
        verdicts: file.sha256,
        counts: result.counts,
        dateLists: decided.dateLists.length,
      };
    });
  };
}

/** Local copies of the ledger files whose claim keys overlap the staged ones; the others cannot hold a claim of these identities. */
async function claimFiles(
  ports: Ports,
  source: string,
  state: DeltaState,
  staged: readonly string[],
  scratch: string,
): Promise<readonly string[]> {
  const [range] = await ports.reader.query(
    staged,
    'SELECT min(claim_key) AS lo, max(claim_key) AS hi FROM rows',
    scratch,
  );
  const lo = String(range?.['lo']);
  const hi = String(range?.['hi']);
  const overlapping = [...state.files.values()].filter((file) => {
    const claims = claimKeys(file);
    return claims.min <= hi && claims.max >= lo;
  });
  return Promise.all(
    overlapping.map((file) => ports.cache.fetch(`${ledgerRoot(source)}${file.path}`, scratch, 'a ledger file')),
  );
}

const known = new WeakMap<Add, { readonly min: string; readonly max: string }>();

/** The claim keys in a ledger file's statistics; read once, for there may be very many files. */
function claimKeys(file: Add): { readonly min: string; readonly max: string } {
  const found = known.get(file);
  if (found !== undefined) return found;
  const stats = JSON.parse(file.stats) as { minValues: { claim_key: string }; maxValues: { claim_key: string } };
  const keys = { min: stats.minValues.claim_key, max: stats.maxValues.claim_key };
  known.set(file, keys);
  return keys;
}

/** Splits event dates, in order, into lists that one `compress` call handles. */
function dateLists(
  dates: readonly { readonly date: string; readonly rows: number }[],
  limits: Ports['limits'],
): readonly (readonly string[])[] {
  const lists: string[][] = [];
  let rows = Infinity;
  for (const date of dates) {
    rows += date.rows;
    let list = lists.at(-1);
    if (list === undefined || rows > limits.rowsPerList || list.length >= limits.datesPerList) {
      list = [];
      lists.push(list);
      rows = date.rows;
    }
    list.push(date.date);
  }
  return lists;
}
