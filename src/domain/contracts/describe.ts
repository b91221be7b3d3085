/** A contract in words: the generated part of docs/data-model.md. */
import { REASONS } from '../counts.ts';
import { LEDGER_COLUMNS } from '../ledger.ts';
import { type Column, type Contract, EVENT_DATE, ISSUES, tableColumns } from './contract.ts';

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}

function allowed({ values, min, max }: Column): string {
  if (values !== undefined) return values.join(', ');
  return min === undefined || max === undefined ? '' : `${min} to ${max}`;
}

/** Markdown: the table and its documents, the ledger, reasons and issues. */
export function describeContract(contract: Contract): string {
  const columns = [...tableColumns(contract), EVENT_DATE].map((column) => [
    `\`${column.name}\``,
    column.type,
    column.privacy,
    column.document === undefined ? '' : `\`${column.document}\``,
    allowed(column),
    column.doc,
  ]);
  const fields = contract.fields.map((field) => [
    `\`${field.path}\``,
    field.columns.map((column) => `\`${column.name}\``).join(', '),
  ]);
  return [
    `### Table \`${contract.table}\`, collection \`${contract.table}\` (contract ${contract.source}-${contract.version}, zone ${contract.zone})`,
    table(['column', 'type', 'privacy', 'document field', 'values', 'meaning'], columns),
    '### From the message’s fields',
    table(['field', 'becomes'], fields),
    '### Ledger: one row per received message',
    table(
      ['column', 'type', 'meaning'],
      LEDGER_COLUMNS.map((column) => [`\`${column.name}\``, column.type, column.doc]),
    ),
    '### Reasons of quarantine',
    table(
      ['code', 'meaning'],
      Object.entries(REASONS).map(([code, meaning]) => [`\`${code}\``, meaning]),
    ),
    '### Issues of enriched messages',
    table(
      ['code', 'meaning'],
      Object.entries(ISSUES).map(([code, meaning]) => [`\`${code}\``, meaning]),
    ),
  ].join('\n\n');
}
