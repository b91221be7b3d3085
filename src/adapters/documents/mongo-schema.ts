/** The validator of a table's collection. */
import { documentColumns } from '../../domain/formats/documents.ts';
import type { Cell, Column, Table } from '../../domain/sources/contract.ts';

const BSON = { text: 'string', int32: 'int', int64: 'long', bool: 'bool', timestamp: 'date', date: 'string' } as const;

function property(column: Column): Readonly<Record<string, unknown>> {
  const described = { description: column.doc };
  if (column.type === 'text[]') return { ...described, bsonType: ['array', 'null'], items: { bsonType: 'string' } };
  if (column.type === 'issue[]')
    return { ...described, bsonType: 'array', items: { bsonType: 'object', required: ['field', 'code'] } };
  const range = {
    ...(column.min === undefined ? {} : { minimum: column.min }),
    ...(column.max === undefined ? {} : { maximum: column.max }),
  };
  const values: readonly Cell[] | undefined = column.values;
  return values === undefined
    ? { ...described, bsonType: [BSON[column.type], 'null'], ...range }
    : { ...described, enum: [...values, null] };
}

/** The collection's `$jsonSchema`, from the table's description. */
export function documentSchema(table: Table): Readonly<Record<string, unknown>> {
  return {
    bsonType: 'object',
    required: ['_id', 'version', 'at'],
    properties: {
      _id: { bsonType: 'string', description: 'the entity' },
      version: { bsonType: 'string', description: 'orders the states of the entity' },
      at: { bsonType: ['int', 'long'], description: 'ledger version at which the document was read from the table' },
      gone: { bsonType: 'bool', description: 'true: no row is left; the view of current documents leaves it out' },
      goneAt: { bsonType: 'date', description: 'when the last row was dropped' },
      refused: { bsonType: 'string', description: 'why the row cannot be a document; the view leaves it out' },
      ...Object.fromEntries(documentColumns(table).map((column) => [column.document, property(column)])),
    },
  };
}
