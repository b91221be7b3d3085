/** Re-proves from the store and MongoDB what the design promises of a lake in which nothing is pending: as `verify` does, and exactly. */
import { expect } from '@jest/globals';
import { query } from '../../src/cli/query.ts';
import { verify } from '../../src/cli/verify.ts';
import type { Contract, Table } from '../../src/domain/sources/contract.ts';
import { DESK } from '../../src/domain/sources/desk/contract.ts';
import type { Counts } from '../../src/domain/counts.ts';
import type { Readers } from '../../src/wiring/ports.ts';

/** Where a message lies in raw: `<key>#<line>`. */
export type Place = string;

export interface LakeFacts {
  readonly counts: Counts;
  readonly entries: number;
  readonly seals: number;
  /** Places of the enriched messages, each once. */
  readonly enriched: readonly Place[];
  readonly duplicates: readonly Place[];
  readonly documents: number;
}

const STATES_AT_ONCE = 1_000;
const ALL = 2 ** 31;
const quiet = (): void => undefined;

/** Asserts invariants I1 to I7 of one source of a lake, that nothing is pending, and that every entry is verified; says what there is. */
export async function checkLake(ports: Readers, contract: Contract = DESK): Promise<LakeFacts> {
  const { source, tables } = contract;
  const { sources, findings, uncovered } = await verify(ports, [contract], {}, quiet);
  expect(findings).toEqual([]);
  expect(uncovered.filter(({ waits }) => waits)).toEqual([]);
  const { counts, entries, seals } = sources[0]!;
  const ask = async (sql: string) => (await query(ports, { sql, most: ALL }, quiet)).rows.map((row) => row.map(String));
  const places = async (verdict: string): Promise<readonly Place[]> =>
    (await ask(`SELECT raw_key || '#' || line FROM ledger_${source} WHERE verdict = '${verdict}' ORDER BY ALL`)).flat();
  let documents = 0;
  for (const table of tables.filter((candidate) => candidate.documents)) {
    const rows = await ask(`SELECT entity, version FROM ${table.name}_current`);
    await checkDocuments(ports, table, rows);
    documents += rows.length;
  }
  return {
    counts,
    entries,
    seals,
    enriched: await places('enriched'),
    duplicates: await places('duplicate'),
    documents,
  };
}

/** I6, seen from the end: one document per entity, in its highest version. */
async function checkDocuments(
  { documents }: Readers,
  table: Table,
  rows: readonly (readonly string[])[],
): Promise<void> {
  for (let i = 0; i < rows.length; i += STATES_AT_ONCE) {
    const some = rows.slice(i, i + STATES_AT_ONCE);
    const states = await documents.states(
      table,
      some.map(([entity = '']) => entity),
    );
    expect(some.map(([entity = '']) => [entity, states.get(entity)?.version])).toEqual(some);
  }
  expect(await documents.count(table)).toBe(rows.length);
}
