/** A contract in words: the generated part of docs/data-model.md. */
import { REASONS } from '../counts.ts';
import { LEDGER_COLUMNS } from '../formats/ledger.ts';
import { type Column, type Contract, ISSUES, type Table, isFieldContract, tableColumns } from './contract.ts';

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function grid(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}

function allowed({ values, min, max }: Column): string {
  if (values !== undefined) return values.join(', ');
  return min === undefined || max === undefined ? '' : `${min} to ${max}`;
}

/** Markdown: a contract's tables and their documents, and what its fields become. */
export function describeContract(contract: Contract): string {
  const { source, version, zone, tables } = contract;
  const head = `## Source \`${source}\` (contract ${source}-${version}, zone ${zone})`;
  const parts = [head, ...tables.map(describeTable)];
  if (isFieldContract(contract)) {
    const fields = contract.rules.fields.map((field) => [
      `\`${field.path}\``,
      field.columns.map((column) => `\`${column.name}\``).join(', '),
    ]);
    parts.push('### From the message’s fields', grid(['field', 'becomes'], fields));
  }
  return parts.join('\n\n');
}

function describeTable(table: Table): string {
  const columns = tableColumns(table).map((column) => [
    `\`${column.name}\``,
    column.type,
    column.privacy,
    column.document === undefined || !table.documents ? '' : `\`${column.document}\``,
    allowed(column),
    column.doc,
  ]);
  const collection = table.documents ? `, collection \`${table.name}\`` : ', no collection';
  return [
    `### Table \`${table.name}\`${collection}: ${table.doc}`,
    grid(['column', 'type', 'privacy', 'document field', 'values', 'meaning'], columns),
  ].join('\n\n');
}

/** Markdown: the ledger, and the closed lists of reasons and issues; the same for every source. */
export function describeLedger(): string {
  return [
    '## Ledger: one row per received message',
    grid(
      ['column', 'type', 'meaning'],
      LEDGER_COLUMNS.map((column) => [`\`${column.name}\``, column.type, column.doc]),
    ),
    '### Reasons of quarantine',
    grid(
      ['code', 'meaning'],
      Object.entries(REASONS).map(([code, meaning]) => [`\`${code}\``, meaning]),
    ),
    '### Issues of enriched messages',
    grid(
      ['code', 'meaning'],
      Object.entries(ISSUES).map(([code, meaning]) => [`\`${code}\``, meaning]),
    ),
  ].join('\n\n');
}
