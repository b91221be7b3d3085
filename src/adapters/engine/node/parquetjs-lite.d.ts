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

  /** Opaque: made once, handed to the writers. */
  export interface ParquetSchema {
    readonly schema: Record<string, FieldSpec>;
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

  export interface ParquetWriter {
    setMetadata(key: string, value: string): void;
    appendRow(row: Record<string, unknown>): Promise<void>;
    close(): Promise<void>;
  }

  const parquet: {
    ParquetSchema: new (fields: Record<string, FieldSpec>) => ParquetSchema;
    ParquetEnvelopeWriter: typeof ParquetEnvelopeWriter;
    ParquetWriter: new (
      schema: ParquetSchema,
      envelope: ParquetEnvelopeWriter,
      options: WriterOptions,
    ) => ParquetWriter;
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
  type Struct = new (fields?: object) => object;
  interface SchemaElement {
    converted_type: number | null;
    logicalType: object | null;
  }
  const types: {
    ConvertedType: { TIMESTAMP_MICROS: number };
    FileMetaData: new () => { schema: SchemaElement[] };
    LogicalType: Struct;
    TimestampType: Struct;
    TimeUnit: Struct;
    MicroSeconds: Struct;
  };
  export default types;
}
