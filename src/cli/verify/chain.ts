/** The ledger's log: every entry there, in order, naming the hash of the one before (I3). */
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { type DeltaAction, decodeActions, encodeActions, logName, logVersion } from '../../domain/formats/delta.ts';
import { ledgerRoot, parseSealName } from '../../domain/formats/layout.ts';
import { type LedgerEntry, ledgerEntry, previousOf } from '../../domain/formats/ledger.ts';
import { ADVICE } from './findings.ts';
import { sha256 } from './read.ts';
import type { Verifier } from './verifier.ts';

export interface ChainEntry {
  readonly n: number;
  readonly key: string;
  readonly actions: readonly DeltaAction[];
  readonly commit: LedgerEntry;
  /** The hash it gives of the entry before it. */
  readonly previous: string | null;
}

const READ_AHEAD = 16;

/** Walks the entries that can be read, in order; every gap, break of the chain and unreadable entry is a finding. */
export async function* walkChain({ store, source, report }: Verifier): AsyncGenerator<ChainEntry> {
  const root = ledgerRoot(source);
  const keys = await logKeys(store, root);
  let expected = 0;
  let before: { readonly key: string; readonly sha256: string } | null | undefined = null;
  for (let i = 0; i < keys.length; i += READ_AHEAD) {
    const some = keys.slice(i, i + READ_AHEAD);
    const bodies = await Promise.all(some.map((key) => store.get(key)));
    for (const [j, key] of some.entries()) {
      const n = logVersion(`/${key}`) ?? 0;
      for (; expected < n; expected += 1) {
        before = undefined;
        report.find({ what: 'this ledger entry is gone', where: `${root}${logName(expected)}`, ...ADVICE.ledger });
      }
      expected = n + 1;
      const bytes = bodies[j];
      const entry = bytes === undefined ? undefined : readEntry(n, key, bytes);
      report.count('ledger entries');
      if (bytes === undefined || entry === undefined) {
        before = undefined;
        report.find({ what: 'this ledger entry cannot be read as one', where: key, ...ADVICE.ledger });
        continue;
      }
      if (before !== undefined && entry.previous !== (before?.sha256 ?? null))
        report.find({
          what: `entry ${n} names another hash of the entry before it: one of the two was altered`,
          where: before?.key ?? key,
          ...ADVICE.ledger,
        });
      before = { key, sha256: sha256(bytes) };
      yield entry;
    }
  }
  if (before)
    report.uncovered.push({
      where: before.key,
      why: 'the newest ledger entry: no later one names its hash yet; what it says was compared with what it names',
    });
}

/** Keys of a Delta log's JSON entries, in order. */
export async function logKeys(store: ObjectStore, root: string): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(`${root}_delta_log/`)) if (logVersion(`/${key}`) !== undefined) keys.push(key);
  return keys;
}

/** Rows of a ledger file, by its statistics. */
export const rowsIn = (stats: string): number =>
  Number((JSON.parse(stats) as { readonly numRecords?: unknown }).numRecords);

/** An entry as chatlake writes it, or undefined. */
function readEntry(n: number, key: string, bytes: Uint8Array): ChainEntry | undefined {
  try {
    const actions = decodeActions(bytes);
    if (Buffer.compare(encodeActions(actions), bytes) !== 0) return undefined;
    const read = { version: n, sha256: '', actions };
    const commit = ledgerEntry(read);
    // Throws where a bit made another word of it.
    for (const seal of commit.seals) parseSealName(seal);
    const isCounted = actions.every((action) => !('add' in action) || Number.isSafeInteger(rowsIn(action.add.stats)));
    return isCounted ? { n, key, actions, commit, previous: previousOf(read) } : undefined;
  } catch {
    return undefined;
  }
}
