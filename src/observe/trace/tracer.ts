/** The port of tracing: spans that know each other by W3C `traceparent` texts. */

export type Attributes = Readonly<Record<string, string | number>>;

export interface SpanOptions {
  /** Of the span it belongs under. Absent: the one that runs now; `null`: a trace of its own. */
  readonly parent?: string | null | undefined;
  readonly attributes?: Attributes;
}

export interface Tracer {
  /** Runs work inside a span, which ends with it; what it throws is told and thrown on. */
  span<T>(name: string, options: SpanOptions, work: () => Promise<T>): Promise<T>;
  /** The traceparent of the span that runs now. */
  current(): string | undefined;
  /** Sends what is still here, within a few seconds. */
  close(): Promise<void>;
}

/** Where no collector is configured. */
export const NO_TRACER: Tracer = {
  span: (_name, _options, work) => work(),
  current: () => undefined,
  close: () => Promise.resolve(),
};
