/** A Delta table's schema, as a contract's columns make it (https://github.com/delta-io/delta/blob/master/PROTOCOL.md#schema-serialization-format). */
import type { Column } from '../sources/contract.ts';
import type { DeltaAction, DeltaMetadata, DeltaState } from './delta.ts';
import { PermanentError } from '../errors.ts';

const PRIMITIVES = {
  text: 'string',
  int32: 'integer',
  int64: 'long',
  bool: 'boolean',
  timestamp: 'timestamp',
  date: 'date',
} as const;

const structField = (name: string, type: unknown, comment?: string) => ({
  name,
  type,
  nullable: true,
  metadata: comment === undefined ? {} : { comment },
});

function deltaType(type: Column['type']): unknown {
  if (type === 'text[]') return { type: 'array', elementType: 'string', containsNull: true };
  if (type !== 'issue[]') return PRIMITIVES[type];
  const fields = ['field', 'code'].map((name) => structField(name, 'string'));
  return { type: 'array', elementType: { type: 'struct', fields }, containsNull: true };
}

export interface TableSchema {
  readonly id: string;
  readonly name: string;
  readonly columns: readonly Column[];
  readonly ranged: readonly string[];
}

interface StructField {
  readonly name: string;
  readonly type: unknown;
}

const fieldsOf = (metaData: DeltaMetadata | undefined): readonly StructField[] =>
  metaData === undefined ? [] : (JSON.parse(metaData.schemaString) as { fields: StructField[] }).fields;

/**
 * The protocol and metaData that a table needs to take these columns, none where it has them all. A new column is added behind those
 * there are; rows written before read null there. Throws PermanentError where a column would change its type. Column docs become comments.
 * `ranged`: the columns whose statistics the adds tell. They are named, because delta-rs else takes a column without statistics for one
 * that holds no value, and passes over every file.
 */
export function deltaSchema(
  state: Pick<DeltaState, 'metaData'>,
  { id, name, columns, ranged }: TableSchema,
): readonly DeltaAction[] {
  const before = fieldsOf(state.metaData);
  const known = new Map(before.map((field) => [field.name, field]));
  const added: StructField[] = [];
  for (const column of columns) {
    const field = structField(column.name, deltaType(column.type), column.doc);
    const there = known.get(column.name);
    if (there === undefined) added.push(field);
    else if (JSON.stringify(there.type) !== JSON.stringify(field.type))
      throw new PermanentError(
        `Column ${column.name} of ${name} is ${JSON.stringify(there.type)} and the contract makes it ${JSON.stringify(field.type)}: give the new column another name; nothing was changed.`,
      );
  }
  if (state.metaData !== undefined && added.length === 0) return [];
  const fields = [...before, ...added];
  return [
    ...(state.metaData === undefined ? [{ protocol: { minReaderVersion: 1, minWriterVersion: 2 } }] : []),
    {
      metaData: {
        id: state.metaData?.id ?? id,
        name,
        format: { provider: 'parquet', options: {} },
        schemaString: JSON.stringify({ type: 'struct', fields }),
        partitionColumns: [],
        configuration: {
          'delta.dataSkippingStatsColumns': ranged
            .filter((one) => fields.some((field) => field.name === one))
            .join(','),
        },
      },
    },
  ];
}
