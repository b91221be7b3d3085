/** Whether the lake holds what it must after a storm: read from the store itself, and compared with the oracle, invariant by invariant. */
import { expect } from '@jest/globals';
import { verify } from '../../src/cli/verify.ts';
import { stagedPart } from '../integration/run-window.ts';
import { checkLedger, checkLedgerRows, checkRaw, checkSeals, checkVerified } from './storm-check-ledger.ts';
import { checkTables } from './storm-check-tables.ts';
import { type Expected, type Line, expectedOf, identityOf } from './storm-oracle.ts';
import { calmCalls } from './storm-runs.ts';
import { type Storm, type StormProcess, WINDOWS, contractsOf } from './storm-world.ts';

export interface Checked {
  readonly received: number;
  readonly enriched: number;
  readonly duplicates: number;
  readonly quarantined: number;
  readonly decisions: number;
  readonly merges: number;
  readonly rows: number;
  readonly documents: number;
}

/** Throws where anything is not as it should; says what there is. */
export async function checkStorm(storm: Storm): Promise<Checked> {
  const total = {
    received: 0,
    enriched: 0,
    duplicates: 0,
    quarantined: 0,
    decisions: 0,
    merges: 0,
    rows: 0,
    documents: 0,
  };
  const process = await storm.process(storm.next, 0);
  for (const source of storm.sources) {
    const lines = await checkRaw(storm, source.source);
    const seals = await checkSeals(storm.store, source.source, lines);
    const ledger = await checkLedger(storm.store, source, seals);
    const expected = expectedOf(ledger.judgements);
    expect(ledger.counts).toEqual(expected.counts);
    checkEveryLine(lines, expected);
    await checkLedgerRows(process, source.source, ledger, expected);
    const found = await checkTables(storm, process, source, { expected, head: ledger.lastDecision });
    await checkVerified(storm.store, source.source, ledger.decisions);
    const of = (verdict: string): number => [...expected.verdicts.values()].filter((is) => is === verdict).length;
    total.received += lines.length;
    total.enriched += of('enriched');
    total.duplicates += of('duplicate');
    total.quarantined += of('quarantined');
    total.decisions += ledger.decisions.length;
    total.merges += ledger.head + 1 - ledger.decisions.length;
    total.rows += found.rows;
    total.documents += found.documents;
  }
  await checkSameBytes(storm);
  await checkByVerify(storm, process);
  return total;
}

/** I5 and I7, whatever the order was: every line has a verdict, every identity one claim. */
function checkEveryLine(lines: readonly Line[], { verdicts }: Expected): void {
  expect([...verdicts.keys()].sort()).toEqual(lines.map(({ key, line }) => `${key}#${line}`).sort());
  const claims = new Map<string, number>();
  for (const line of lines) {
    const isClaim = verdicts.get(`${line.key}#${line.line}`) !== 'duplicate';
    claims.set(identityOf(line), (claims.get(identityOf(line)) ?? 0) + (isClaim ? 1 : 0));
  }
  expect([...claims].filter(([, n]) => n !== 1)).toEqual([]);
}

/** I9: two processes that judge the same seals at the same head by the same code write the same bytes. */
async function checkSameBytes(storm: Storm): Promise<void> {
  for (const { source } of storm.sources) {
    const refs: string[][] = [];
    for (let run = 0; run < 2; run += 1) {
      const process = await storm.process(storm.next, 0);
      const { call } = calmCalls(process);
      process.isDead = true;
      const plan = await call('planRebuild', { source, window: WINDOWS.at(-1)! });
      if (plan.kind !== 'planned') continue;
      const { seal, revision } = plan;
      // Chunks may be cut otherwise by another configuration: what is decided of them may not.
      const staged = [];
      for (let chunk = 0; chunk < seal.chunks; chunk += 1)
        staged.push(stagedPart(await call('cleanse', { seal, revision, chunk })));
      const decided = await call('dedupe', { seal, revision, staged });
      refs.push(decided.kind === 'decided' ? [decided.verdicts] : []);
    }
    expect(refs[1]).toEqual(refs[0]);
  }
}

/** The product's own proof agrees. */
async function checkByVerify(storm: Storm, { ports }: StormProcess): Promise<void> {
  const contracts = [...contractsOf(storm.sources, 0).values()];
  const { findings, uncovered } = await verify(ports, contracts, {}, () => undefined);
  expect(findings).toEqual([]);
  expect(uncovered.filter(({ waits }) => waits)).toEqual([]);
}
