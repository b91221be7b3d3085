/** Parquet files by parquetjs-lite, with the settings under which other readers get right answers from them. */
import { closeSync, openSync, writeFileSync } from 'node:fs';
import parquet, { type FieldSpec, type WriterOptions } from 'parquetjs-lite';
import types from 'parquetjs-lite/gen-nodejs/parquet_types.js';
import util from 'parquetjs-lite/lib/util.js';
import type { Column, ColumnType } from '../../../domain/sources/contract.ts';

/** Rows of a row group, and of a page: one page per column and row group. */
const GROUP_ROWS = 20_000;

/** Data page v1 because several readers refuse v2; no page index because this writer leaves required fields of it empty. */
const OPTIONS: WriterOptions = {
  rowGroupSize: GROUP_ROWS,
  pageSize: GROUP_ROWS,
  useDataPageV2: false,
  pageIndex: false,
};

export type Row = Readonly<Record<string, unknown>>;

export interface ParquetFile {
  readonly path: string;
  readonly columns: readonly Pick<Column, 'name' | 'type'>[];
}

/** Writes rows in their order; timestamps are given in milliseconds. Throws on any fault, and leaves the caller to remove the file. */
export async function writeParquet(file: ParquetFile, rows: Iterable<Row> | AsyncIterable<Row>): Promise<void> {
  const fd = openSync(file.path, 'w', 0o600);
  try {
    const schema = new parquet.ParquetSchema(
      Object.fromEntries(file.columns.map((column) => [column.name, fieldSpec(column.type)])),
    );
    const nothing = (): void => undefined;
    const envelope = new UtcEnvelope(schema, (bytes) => writeFileSync(fd, bytes), nothing, 0, OPTIONS);
    const writer = new parquet.ParquetWriter(schema, envelope, OPTIONS);
    // One append at a time: an append that is not awaited writes its row group again.
    for await (const row of rows) {
      await writer.appendRow(
        Object.fromEntries(file.columns.map(({ name, type }) => [name, fieldValue(type, row[name] ?? null)])),
      );
    }
    await writer.close();
  } catch (error) {
    throw typeof error === 'string' ? new Error(`${file.path}: ${error}`) : error;
  } finally {
    closeSync(fd);
  }
}

/** The writer knows only the older, zoneless mark of a timestamp, so the footer gets the one that says UTC. */
class UtcEnvelope extends parquet.ParquetEnvelopeWriter {
  override writeFooter(metadata: Record<string, string>): unknown {
    const sections: Buffer[] = [];
    const write = this.write;
    this.write = (bytes): number => sections.push(bytes);
    super.writeFooter(metadata);
    this.write = write;
    return write(withUtcTimestamps(Buffer.concat(sections)));
  }
}

/** A footer is the metadata, its length in four bytes, and PAR1. */
function withUtcTimestamps(footer: Buffer): Buffer {
  const metadata = new types.FileMetaData();
  util.decodeThrift(metadata, footer.subarray(0, -8));
  for (const element of metadata.schema) {
    if (element.converted_type !== types.ConvertedType.TIMESTAMP_MICROS) continue;
    const unit = new types.TimeUnit({ MICROS: new types.MicroSeconds() });
    element.logicalType = new types.LogicalType({
      TIMESTAMP: new types.TimestampType({ isAdjustedToUTC: true, unit }),
    });
  }
  const encoded = util.serializeThrift(metadata);
  const end = Buffer.from('0000PAR1');
  end.writeUInt32LE(encoded.length);
  return Buffer.concat([encoded, end]);
}

/** No statistics on text: this writer compares UTF-16 units where readers compare bytes, so a filter would miss rows. */
const TEXT: FieldSpec = { type: 'UTF8', optional: true, compression: 'GZIP', statistics: false };

const listOf = (element: FieldSpec): FieldSpec => ({
  type: 'LIST',
  optional: true,
  fields: { list: { repeated: true, fields: { element } } },
});

const plain = (type: NonNullable<FieldSpec['type']>): FieldSpec => ({ type, optional: true, compression: 'GZIP' });

function fieldSpec(type: ColumnType): FieldSpec {
  switch (type) {
    case 'text':
      return { ...TEXT };
    case 'int32':
      return plain('INT32');
    case 'int64':
      return plain('INT64');
    case 'bool':
      return plain('BOOLEAN');
    case 'timestamp':
      return plain('TIMESTAMP_MICROS');
    case 'date':
      return plain('DATE');
    case 'text[]':
      return listOf({ ...TEXT });
    case 'issue[]':
      return listOf({ optional: true, fields: { field: { ...TEXT }, code: { ...TEXT } } });
  }
}

const DAY_MS = 86_400_000;

function fieldValue(type: ColumnType, value: unknown): unknown {
  if (value === null) return null;
  if (type === 'timestamp') return BigInt(value as number) * 1000n;
  if (type === 'date') return Date.parse(`${value as string}T00:00:00Z`) / DAY_MS;
  if (type === 'text[]' || type === 'issue[]')
    return { list: (value as readonly unknown[]).map((element) => ({ element })) };
  return value;
}
