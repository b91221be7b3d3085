/** What a table's file holds, read back from it. */
import { type FileFacts, RANGED_COLUMNS } from '../../../domain/table-file.ts';
import { type Session, literal } from './session.ts';

/** Rows, rows per seal and ranges of a file, for its `add`. Timestamps as the Delta protocol writes them in statistics: ISO 8601 in UTC, milliseconds. */
export async function fileFacts(session: Session, path: string): Promise<FileFacts> {
  const file = `read_parquet(${literal(path)}, hive_partitioning = false)`;
  const described = await session.rows(`DESCRIBE SELECT * FROM ${file}`);
  const types = new Map(described.map((row) => [String(row['column_name']), String(row['column_type'])]));
  const columns = RANGED_COLUMNS.filter((name) => types.has(name));
  const text = (expression: string, name: string): string =>
    types.get(name)?.startsWith('TIMESTAMP') === true
      ? `strftime(${expression} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%gZ')`
      : `${expression}::VARCHAR`;
  const ranges = columns.flatMap((name) => [
    `${text(`min(${name})`, name)} AS min_${name}`,
    `${text(`max(${name})`, name)} AS max_${name}`,
    `(count(*) - count(${name}))::INTEGER AS nulls_${name}`,
  ]);
  // The whole file is the group without a seal.
  const groups = await session.rows(
    `SELECT _seal, count(*)::INTEGER AS n, ${ranges.join(', ')} FROM ${file} GROUP BY GROUPING SETS ((), (_seal)) ORDER BY _seal`,
  );
  const row = groups.find((group) => group['_seal'] === null);
  const seals = groups.filter((group) => group !== row);
  const numRecords = Number(row?.['n']);
  const values = (which: 'min' | 'max'): Record<string, string> =>
    Object.fromEntries(
      columns.flatMap((name) => {
        const value = row?.[`${which}_${name}`];
        return typeof value === 'string' ? [[name, value]] : [];
      }),
    );
  return {
    rows: numRecords,
    seals: Object.fromEntries(seals.map((one) => [String(one['_seal']), Number(one['n'])])),
    stats: {
      numRecords,
      minValues: values('min'),
      maxValues: values('max'),
      nullCount: Object.fromEntries(columns.map((name) => [name, Number(row?.[`nulls_${name}`])])),
    },
  };
}
