/** The part of parquetjs-lite 0.8.7 that chatlake uses; the package has no types. It throws texts, not Errors. */

declare module 'parquetjs-lite' {
  export interface FieldSpec {
    type?: 'UTF8' | 'INT32' | 'INT64' | 'BOOLEAN' | 'DATE' | 'TIMESTAMP_MICROS' | 'LIST';
    optional?: boolean;
    repeated?: boolean;
    compression?: 'GZIP';
    statistics?: boolean;
    fields?: Record<string, FieldSpec>;
  }

  export interface WriterOptions {
    rowGroupSize: number;
    /** Rows, not bytes. */
    pageSize: number;
    useDataPageV2: boolean;
    pageIndex: boolean;
  }

  class ParquetSchema {
    constructor(fields: Record<string, FieldSpec>);
  }

  class ParquetEnvelopeWriter {
    constructor(
      schema: ParquetSchema,
      write: (bytes: Buffer) => unknown,
      close: () => unknown,
      fileOffset: number,
      options: WriterOptions,
    );
    protected write: (bytes: Buffer) => unknown;
    writeSection(bytes: Buffer): unknown;
    writeFooter(metadata: Record<string, string>): unknown;
  }

  class ParquetWriter {
    constructor(schema: ParquetSchema, envelope: ParquetEnvelopeWriter, options: WriterOptions);
    setMetadata(key: string, value: string): void;
    appendRow(row: Record<string, unknown>): Promise<void>;
    close(): Promise<void>;
  }

  const parquet: {
    ParquetSchema: typeof ParquetSchema;
    ParquetEnvelopeWriter: typeof ParquetEnvelopeWriter;
    ParquetWriter: typeof ParquetWriter;
  };
  export default parquet;
}

declare module 'parquetjs-lite/lib/util.js' {
  const util: {
    serializeThrift(value: object): Buffer;
    decodeThrift(into: object, bytes: Buffer): number;
  };
  export default util;
}

declare module 'parquetjs-lite/gen-nodejs/parquet_types.js' {
  class Struct {
    constructor(fields?: object);
  }
  class SchemaElement {
    converted_type: number | null;
    logicalType: Struct | null;
  }
  class FileMetaData {
    schema: SchemaElement[];
  }
  const types: {
    ConvertedType: { TIMESTAMP_MICROS: number };
    FileMetaData: typeof FileMetaData;
    LogicalType: typeof Struct;
    TimestampType: typeof Struct;
    TimeUnit: typeof Struct;
    MicroSeconds: typeof Struct;
  };
  export default types;
}
