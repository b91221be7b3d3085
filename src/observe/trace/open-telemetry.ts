/** Traces for an OpenTelemetry collector over OTLP/HTTP. Imported only where one is configured: its packages load with this file. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { ROOT_CONTEXT, type Span, SpanStatusCode, TraceFlags, isSpanContextValid, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { messageOf } from '../../domain/errors.ts';
import type { Tracer } from './tracer.ts';

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const CLOSE_MS = 5_000;

/** Sends to `<endpoint>/v1/traces`. Sampling is the SDK's own: OTEL_TRACES_SAMPLER. */
export function createOpenTelemetry(options: {
  readonly endpoint: string;
  readonly service: string;
  readonly version: string;
}): Tracer {
  const exporter = new OTLPTraceExporter({ url: `${options.endpoint.replace(/\/+$/, '')}/v1/traces` });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': options.service, 'service.version': options.version }),
    spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: 1_000 })],
  });
  const tracer = provider.getTracer('chatlake', options.version);
  const running = new AsyncLocalStorage<Span>();

  return {
    span(name, { parent, attributes = {} }, work) {
      const under = parent === undefined ? running.getStore()?.spanContext() : contextOf(parent);
      const context = under === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, under);
      const span = tracer.startSpan(name, { attributes }, context);
      return running.run(span, async () => {
        try {
          return await work();
        } catch (error) {
          span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) });
          throw error;
        } finally {
          span.end();
        }
      });
    },
    current() {
      const context = running.getStore()?.spanContext();
      if (context === undefined || !isSpanContextValid(context)) return undefined;
      return `00-${context.traceId}-${context.spanId}-${context.traceFlags.toString(16).padStart(2, '0')}`;
    },
    async close() {
      // A collector that is away must not hold up the end of the process.
      const late = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_MS).unref());
      await Promise.race([provider.shutdown().catch(() => undefined), late]);
    },
  };
}

function contextOf(traceparent: string | null) {
  const match = TRACEPARENT.exec(traceparent ?? '');
  if (match === null) return undefined;
  const [, traceId = '', spanId = '', flags = ''] = match;
  return { traceId, spanId, traceFlags: parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true };
}
