/** What contracts said of the tables of a source: read from the store itself, for every decision names one per table (I4). */
import type { Table } from '../../domain/sources/contract.ts';
import { keysOf } from '../../adapters/object-store/put.ts';
import { tableSpecPrefix } from '../../domain/formats/layout.ts';
import { ADVICE } from './findings.ts';
import { readOwnJson, readSound } from './read.ts';
import type { Verifier } from './verifier.ts';

/** The tables that decisions of a source may name, each with all the columns that any contract gave it. */
export async function readSpecs(verifier: Verifier): Promise<readonly Table[]> {
  const { store, source, report } = verifier;
  const tables = new Map<string, Table>();
  for (const key of await keysOf(store, tableSpecPrefix(source))) {
    const bytes = await readSound(verifier, key, 'the description of a table');
    if (bytes === undefined) continue;
    const { table } = (readOwnJson(bytes) ?? {}) as { readonly table?: Table };
    if (table === undefined) {
      report.find({ what: 'this description of a table cannot be read as one', where: key, ...ADVICE.ledger });
      continue;
    }
    const before = tables.get(table.name)?.columns ?? [];
    const columns = new Map([...before, ...table.columns].map((column) => [column.name, column]));
    tables.set(table.name, { ...table, columns: [...columns.values()] });
  }
  return [...tables.values()];
}
