/** Announcements as signals: `live/<source>` is started by the first and told of windows by every other. */
import { Client, Connection, type ConnectionOptions, type WorkflowClientInterceptor } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { TransientError, messageOf } from '../../domain/errors.ts';
import type { Source } from '../../domain/formats/layout.ts';
import { TRACE_HEADER } from '../../domain/plans/live.ts';
import type { Tracer } from '../../observe/trace/tracer.ts';
import type { Announcer, Wish } from './announcer.ts';
import { type GatherOptions, gather } from './gather.ts';

/** One signal per second, process and source: a workflow takes five a second for long. */
const EVERY_MS = 1_000;
/** 13 characters each: a signal stays far below 10 kB. */
const WINDOWS_PER_SIGNAL = 200;
const WINDOWS_KEPT = 1_000;
const DEADLINE_MS = 3_000;

export interface TemporalAnnouncerOptions {
  readonly connection: ConnectionOptions;
  readonly namespace: string;
  readonly taskQueue: string;
  /** Least time between two live runs of a source; the workflow learns it when it is started. */
  readonly intervalMs: number;
  readonly log: GatherOptions['log'];
  readonly tracer: Tracer;
}

/** An announcer that dials at its first announcement and again for as long as it takes. */
export function createTemporalAnnouncer(options: TemporalAnnouncerOptions): Announcer {
  const { namespace, log, tracer } = options;
  const connection = Connection.lazy({
    ...options.connection,
    // Left alone, gRPC waits up to two minutes before it dials again.
    channelArgs: { 'grpc.initial_reconnect_backoff_ms': 500, 'grpc.max_reconnect_backoff_ms': 2_000 },
  });
  const client = new Client({ connection, namespace, interceptors: { workflow: [carryTrace(tracer)] } });
  const signal = signals(client, options);
  /** Of the newest raw object that is told of: a signal gathers many. */
  const newest = new Map<Source, string | undefined>();
  const gathered = gather({
    send: async (source, windows) => {
      try {
        const trace = { parent: newest.get(source) ?? null, attributes: { 'chatlake.source': source } };
        await tracer.span('announce', trace, () =>
          client.withDeadline(Date.now() + DEADLINE_MS, () => signal.announce(source, windows)),
        );
      } catch (error) {
        const { cause = error } = error as { cause?: unknown };
        throw new TransientError(
          `Temporal did not take an announcement: ${messageOf(cause)}; it is sent again, and the hourly run finds what never arrives.`,
          { cause: error },
        );
      }
    },
    everyMs: EVERY_MS,
    perSending: WINDOWS_PER_SIGNAL,
    kept: WINDOWS_KEPT,
    log,
  });
  return {
    announce(source, window) {
      newest.set(source, tracer.current());
      gathered.announce(source, window);
    },
    async wake(source, wish) {
      try {
        await client.withDeadline(Date.now() + DEADLINE_MS, () => signal.wake(source, wish));
      } catch (error) {
        const { cause = error } = error as { cause?: unknown };
        throw new TransientError(
          `Temporal did not take the signal that wakes forward/${source}: ${messageOf(cause)}; it is sent again, and the hourly run wakes it, too.`,
          { cause: error },
        );
      }
    },
    async close() {
      await gathered.close();
      await connection.close();
    },
  };
}

/** The two signals, each to the workflow of a source, which is started where none runs. */
const signals = (
  client: Client,
  { taskQueue, intervalMs }: Pick<TemporalAnnouncerOptions, 'taskQueue' | 'intervalMs'>,
) => ({
  announce: (source: Source, windows: readonly string[]) =>
    client.workflow.signalWithStart('live', {
      workflowId: `live/${source}`,
      taskQueue,
      args: [{ source, intervalMs }],
      signal: 'announce',
      signalArgs: [windows],
      staticSummary: `brings new messages of ${source} into the tables within seconds`,
    }),
  wake: (source: Source, wish: Wish) =>
    client.workflow.signalWithStart('forward', {
      workflowId: `forward/${source}`,
      taskQueue,
      args: [{ source }],
      signal: 'wake',
      signalArgs: [wish],
      staticSummary: `brings what is decided of ${source} to tables, documents, proof and reports`,
    }),
});

/** Sends the trace of the span that runs along with a signal. */
const carryTrace = (tracer: Tracer): WorkflowClientInterceptor => ({
  signalWithStart(input, next) {
    const trace = tracer.current();
    if (trace === undefined) return next(input);
    return next({ ...input, headers: { ...input.headers, [TRACE_HEADER]: defaultPayloadConverter.toPayload(trace) } });
  },
});
