/**
 * Dictionaries: the rules of a contract run once per distinct value, in TypeScript, and SQL joins the answers.
 * So a rule exists once, whatever the engine; values go through files because converting rows one by one is slow.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { StagedColumn } from '../../../domain/staged.ts';
import { textLines } from '../lines.ts';
import { type Session, jsonColumns, literal } from './session.ts';

/** Streams the lines of an NDJSON file through `map` into another. */
export async function mapLines(
  from: string,
  to: string,
  map: (row: Record<string, unknown>) => unknown,
): Promise<void> {
  async function* mapped(): AsyncGenerator {
    for await (const line of textLines(createReadStream(from))) yield map(JSON.parse(line) as Record<string, unknown>);
  }
  await writeLines(to, mapped());
}

/** Writes rows as NDJSON. */
export async function writeLines(to: string, rows: AsyncIterable<unknown>): Promise<void> {
  const out = createWriteStream(to, { mode: 0o600 });
  const done = finished(out);
  for await (const row of rows) if (!out.write(`${JSON.stringify(row)}\n`)) await once(out, 'drain');
  out.end();
  await done;
}

export interface Dictionary {
  readonly table: string;
  /** A query with one text column `v`: the distinct values. */
  readonly values: string;
  /** Columns of the answer beside `v`. */
  readonly columns: readonly StagedColumn[];
  readonly answer: (value: string) => Readonly<Record<string, unknown>>;
}

/** Makes table `table` with column `v` and the answer's columns. */
export async function makeDictionary(session: Session, scratch: string, dictionary: Dictionary): Promise<void> {
  const asked = join(scratch, `${dictionary.table}.in.ndjson`);
  const answered = join(scratch, `${dictionary.table}.out.ndjson`);
  await session.run(`COPY (${dictionary.values}) TO ${literal(asked)} (FORMAT json)`);
  await mapLines(asked, answered, (row) => ({ v: row['v'], ...dictionary.answer(String(row['v'])) }));
  await loadLines(session, dictionary.table, answered, [{ name: 'v', type: 'text' }, ...dictionary.columns]);
}

/** Makes a table of an NDJSON file that we wrote. */
export async function loadLines(
  session: Session,
  table: string,
  path: string,
  columns: readonly StagedColumn[],
): Promise<void> {
  await session.run(
    `CREATE TABLE ${table} AS SELECT * FROM read_json(${literal(path)}, format = 'newline_delimited', columns = ${jsonColumns(columns)}, maximum_object_size = 67108864)`,
  );
}
