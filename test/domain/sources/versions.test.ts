/** A contract that says something else has another version: rows, manifests and descriptions of tables name it. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { type Contract, isFieldContract, tableColumns } from '../../../src/domain/sources/contract.ts';
import { CONTRACTS } from '../../../src/domain/sources/index.ts';
import { telegramContract } from '../../../src/domain/sources/telegram/contract.ts';

/** What a version of a contract said: a hash of all its tables, and of the fields its rules read. Never change the line of a released version: add one. */
const SAID: Readonly<Record<string, string>> = {
  'desk 1': '2aab5e3312e89689',
  'telegram 1': '45020ba2fd46efb4',
};

/** What a contract says, besides the code of its rules. */
function said(contract: Contract): string {
  const { source, version, zone, personPurpose, tables, rules } = contract;
  const fields = isFieldContract(contract) ? contract.rules.fields.map(({ path, columns }) => ({ path, columns })) : [];
  const all = tables.map((table) => ({ ...table, columns: tableColumns(table) }));
  const text = JSON.stringify({ source, version, zone, personPurpose, tables: all, kind: rules.kind, fields });
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

describe.each([...CONTRACTS.values()])('the contract of $source', (contract) => {
  test('says what its version said; what changes a table, a column, a vocabulary or a bound takes the next version', () => {
    expect(`${contract.source} ${contract.version}: ${said(contract)}`).toBe(
      `${contract.source} ${contract.version}: ${SAID[`${contract.source} ${contract.version}`] ?? 'not written down here'}`,
    );
  });

  test('is told apart by any of its words', () => {
    const [table] = contract.tables;
    const [column] = table.columns;
    const changes: readonly Partial<Contract>[] = [
      { version: contract.version + 1 },
      { zone: 'UTC' },
      { tables: [{ ...table, documents: !table.documents }] },
      { tables: [{ ...table, columns: [{ ...column!, doc: `${column!.doc}.` }, ...table.columns.slice(1)] }] },
      { tables: [{ ...table, columns: [{ ...column!, values: ['x'] }, ...table.columns.slice(1)] }] },
    ];
    for (const change of changes) expect(said({ ...contract, ...change })).not.toBe(said(contract));
  });
});

test('a table without its texts is the same table', () => {
  const [all, some] = [true, false].map((texts) => telegramContract({ texts, chats: undefined }));
  expect(some!.tables).toEqual(all!.tables.slice(0, -1));
  expect([all!.variant, some!.variant]).toEqual(['', 'notexts']);
});
