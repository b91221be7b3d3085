/** Which ledger entries are proved in tables and documents: one object each, `verified/<source>/<n>.json`. */
import { type Source, verifiedKey, verifiedPrefix, versionOfKey } from '../domain/formats/layout.ts';
import { isDecision } from '../domain/formats/ledger.ts';
import type { Lake } from './lake.ts';
import { type LedgerView, ledgerMemory } from './ledger.ts';

type Needs = Pick<Lake, 'store' | 'logs'> & Partial<Pick<Lake, 'log'>>;

/** The ledger versions that are verified, and those that decide nothing. */
export interface VerifiedVersions {
  /** Every version up to this one is among them; −1 for none. */
  readonly upTo: number;
  readonly size: number;
  has(version: number): boolean;
}

/** Which ledger versions are verified. `atLeast`: as far as this process knows, where that is all up to there; absent: lists what is beyond. */
export async function verifiedVersions(lake: Needs, source: Source, atLeast = Infinity): Promise<VerifiedVersions> {
  const memory = await ledgerMemory(lake, source);
  const { entries } = memory.view;
  const from = memory.verified;
  const beyond = new Set<number>();
  if (from < atLeast)
    for await (const { key } of lake.store.list(
      verifiedPrefix(source),
      from < 0 ? undefined : verifiedKey(source, from),
    ))
      beyond.add(versionOfKey(key));
  for (const [n, entry] of entries.from(from + 1)) if (!isDecision(entry)) beyond.add(n);
  let upTo = from;
  while (beyond.delete(upTo + 1)) upTo += 1;
  memory.verified = Math.max(memory.verified, upTo);
  return { upTo, size: upTo + 1 + beyond.size, has: (version) => version <= upTo || beyond.has(version) };
}

/** Remembers, and says in the log, up to which entry all are verified: merges count with what is before them. `done`: what is known, and what was just proved. */
export async function tellVerified(
  lake: Pick<Lake, 'store' | 'logs' | 'log'>,
  source: Source,
  { state, entries }: LedgerView,
  done: Pick<VerifiedVersions, 'upTo' | 'has'>,
): Promise<void> {
  let { upTo } = done;
  for (const [n, entry] of entries.from(upTo + 1)) {
    if (isDecision(entry) && !done.has(n)) break;
    upTo = n;
  }
  const memory = await ledgerMemory(lake, source);
  memory.verified = Math.max(memory.verified, upTo);
  lake.log.info('ledger.verified', { source, upTo, head: state.version });
}
