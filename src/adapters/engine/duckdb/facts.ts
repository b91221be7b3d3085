/** What a table's file holds, read back from it. */
import { type FileFacts, RANGED_COLUMNS } from '../../../domain/formats/table-file.ts';
import { type Session, list, literal } from './session.ts';

/** Rows, rows per seal and ranges of a file, for its `add`. Timestamps as the Delta protocol writes them in statistics: ISO 8601 in UTC, milliseconds. */
export async function fileFacts(session: Session, path: string): Promise<FileFacts> {
  // A table may lack some of them; the whole file is the group without a seal.
  const ranged = `COLUMNS(name -> list_contains(${list([...RANGED_COLUMNS])}, name))`;
  const groups = await session.rows(`
    SELECT _seal, count(*)::INTEGER AS n, min(${ranged})::VARCHAR AS "min \\0", max(${ranged})::VARCHAR AS "max \\0", count(${ranged})::INTEGER AS "count \\0"
    FROM read_parquet(${literal(path)}, hive_partitioning = false) GROUP BY GROUPING SETS ((), (_seal))`);
  const row = groups.find((group) => group['_seal'] === null) ?? {};
  const seals = groups.filter((group) => group !== row).map((one) => [String(one['_seal']), Number(one['n'])] as const);
  const numRecords = Number(row['n']);
  const columns = RANGED_COLUMNS.filter((name) => row[`count ${name}`] !== undefined);
  const values = (which: 'min' | 'max'): Record<string, string> =>
    Object.fromEntries(
      columns.flatMap((name) => {
        const value = row[`${which} ${name}`];
        return typeof value === 'string' ? [[name, name.endsWith('_at') ? instant(value) : value]] : [];
      }),
    );
  return {
    rows: numRecords,
    seals: Object.fromEntries(seals.sort(([a], [b]) => (a < b ? -1 : 1))),
    stats: {
      numRecords,
      minValues: values('min'),
      maxValues: values('max'),
      nullCount: Object.fromEntries(columns.map((name) => [name, numRecords - Number(row[`count ${name}`])])),
    },
  };
}

/** DuckDB writes a timestamp in UTC as `2021-08-02 14:35:42.5+00`. */
const instant = (text: string): string => new Date(`${text.slice(0, -3).replace(' ', 'T')}Z`).toISOString();
