/** A checkpoint as the Delta protocol lays it out (V1): one Parquet row per action, in the column of its kind. */
import { createReadStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DeltaAction, encodeActions } from '../../domain/formats/delta.ts';
import { InvariantViolation, messageOf } from '../../domain/errors.ts';
import { type Limits, identifier, literal, withSessionOver } from '../engine/duckdb/session.ts';
import { textLines } from '../engine/lines.ts';
import type { LocalCache } from '../object-store/local-cache.ts';
import type { CheckpointFormat } from './checkpoints.ts';

const MAP = 'MAP(VARCHAR, VARCHAR)';
const struct = (fields: Readonly<Record<string, string>>): string =>
  `STRUCT(${Object.entries(fields)
    .map(([name, type]) => `${identifier(name)} ${type}`)
    .join(', ')})`;

/** The columns, with every field that chatlake writes and those that readers look for. */
const COLUMNS = {
  txn: struct({ appId: 'VARCHAR', version: 'BIGINT', lastUpdated: 'BIGINT' }),
  add: struct({
    path: 'VARCHAR',
    partitionValues: MAP,
    size: 'BIGINT',
    modificationTime: 'BIGINT',
    dataChange: 'BOOLEAN',
    stats: 'VARCHAR',
    tags: MAP,
  }),
  remove: struct({
    path: 'VARCHAR',
    deletionTimestamp: 'BIGINT',
    dataChange: 'BOOLEAN',
    extendedFileMetadata: 'BOOLEAN',
    partitionValues: MAP,
    size: 'BIGINT',
  }),
  metaData: struct({
    id: 'VARCHAR',
    name: 'VARCHAR',
    description: 'VARCHAR',
    format: struct({ provider: 'VARCHAR', options: MAP }),
    schemaString: 'VARCHAR',
    partitionColumns: 'VARCHAR[]',
    configuration: MAP,
    createdTime: 'BIGINT',
  }),
  protocol: struct({ minReaderVersion: 'INTEGER', minWriterVersion: 'INTEGER' }),
};

const JSON_COLUMNS = `{${Object.entries(COLUMNS)
  .map(([name, type]) => `${identifier(name)}: ${literal(type)}`)
  .join(', ')}}`;

/** A line of a schema may be long. */
const MAX_LINE_BYTES = 16_777_216;

/** The format, written and read by DuckDB. */
export function createCheckpointFormat(limits: Limits, cache: Pick<LocalCache, 'withScratch'>): CheckpointFormat {
  return {
    encode: (actions) =>
      cache.withScratch(async (scratch) => {
        const [lines, out] = [join(scratch, 'actions.ndjson'), join(scratch, 'checkpoint.parquet')];
        await writeFile(lines, encodeActions(actions.map(unchanged)));
        await withSessionOver([lines], limits, scratch, (session) =>
          session.run(
            `COPY (FROM read_json(${literal(lines)}, format = 'newline_delimited', columns = ${JSON_COLUMNS}, maximum_object_size = ${MAX_LINE_BYTES}))
             TO ${literal(out)} (FORMAT parquet, COMPRESSION snappy)`,
          ),
        );
        return readFile(out);
      }),
    decode: (bytes) =>
      cache.withScratch(async (scratch) => {
        const [file, out] = [join(scratch, 'checkpoint.parquet'), join(scratch, 'actions.ndjson')];
        await writeFile(file, bytes);
        try {
          await withSessionOver([file], limits, scratch, (session) =>
            session.run(
              `COPY (SELECT ${Object.keys(COLUMNS).map(identifier).join(', ')} FROM read_parquet(${literal(file)})) TO ${literal(out)} (FORMAT json)`,
            ),
          );
        } catch (error) {
          throw new InvariantViolation(`a checkpoint cannot be read: ${messageOf(error)}`, { cause: error });
        }
        const actions: DeltaAction[] = [];
        for await (const line of textLines(createReadStream(out))) actions.push(withoutNulls(line));
        return actions;
      }),
  };
}

/** A checkpoint changes no data: its files were there before. */
function unchanged(action: DeltaAction): DeltaAction {
  if ('add' in action) return { add: { ...action.add, dataChange: false } };
  if ('remove' in action) return { remove: { ...action.remove, dataChange: false } };
  return action;
}

/** The one action of a row; fields that are null were never given. */
function withoutNulls(line: string): DeltaAction {
  const row = JSON.parse(line) as Readonly<Record<string, Readonly<Record<string, unknown>> | null>>;
  const [kind, action] = Object.entries(row).find(([, value]) => value !== null) ?? ['', {}];
  const given = Object.entries(action ?? {}).filter(([, value]) => value !== null);
  return { [kind]: Object.fromEntries(given) } as unknown as DeltaAction;
}
