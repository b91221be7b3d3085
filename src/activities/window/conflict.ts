/** What makes a decision conflict with those that came after its base: an identity that both claim, and nothing else. */
import { ledgerRoot, parseSealName } from '../../domain/formats/layout.ts';
import { literal } from '../../domain/sql.ts';
import { fetchAll } from '../../lake/files.ts';
import { type LedgerView, readManifest } from '../../lake/ledger.ts';
import type { Ports } from '../ports.ts';
import { type DecidedRun, fetchLedgerFile } from './decided.ts';

/**
 * True where a decision after `looked`, up to the head of `ledger`, claims an identity that this run claims as first. Exact: ledger files
 * are passed over only where their claim keys cannot meet, and the others are read.
 */
export async function sharesIdentity(
  ports: Ports,
  decided: DecidedRun,
  ledger: LedgerView,
  looked: number,
): Promise<boolean> {
  const { source } = parseSealName(decided.seal);
  const own = new Set(decided.seals);
  const paths: string[] = [];
  for (const [, entry] of ledger.entries.decisions(looked)) {
    // An earlier revision of the same seals holds the same claims, and they are this run's.
    if (entry.seals.every((seal) => own.has(seal))) continue;
    const { ledgerFile } = await readManifest(ports, entry);
    const [a, b] = [ledgerFile.claimKeys, decided.ledgerFile.claimKeys];
    if (a.min <= b.max && b.min <= a.max) paths.push(ledgerFile.path);
  }
  if (paths.length === 0) return false;
  return ports.cache.withScratch(async (scratch) => {
    const local = (some: readonly string[]) =>
      fetchAll(
        ports,
        some.map((path) => `${ledgerRoot(source)}${path}`),
        scratch,
        'a ledger file',
      );
    const [row] = await ports.reader.query(
      { own: [await fetchLedgerFile(ports, decided, scratch)], others: await local(paths) },
      `SELECT EXISTS (SELECT 1 FROM own SEMI JOIN (SELECT identity_hash FROM others WHERE verdict <> 'duplicate'
        AND seal NOT IN (${decided.seals.map(literal).join(', ')})) USING (identity_hash) WHERE verdict <> 'duplicate') AS shared`,
      scratch,
    );
    return row?.['shared'] === true;
  });
}
