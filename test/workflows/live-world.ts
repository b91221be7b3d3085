/** A world in which `live` works on the real server: the activities are quick stand-ins with a truthful store. */
import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker, bundleWorkflowCode } from '@temporalio/worker';
import { pino } from 'pino';
import type { WindowInput } from '../../src/activities/types.ts';
import type { ParkInput } from '../../src/activities/window/park.ts';
import type { Window } from '../../src/domain/window.ts';
import { temporalConnection } from '../../src/wiring/temporal.ts';
import { installRuntime } from '../../src/workers/worker.ts';
import type { LiveProgress } from '../../src/workflows/live.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { until } from '../support/until.ts';
import { IDLE_STEPS } from './idle-steps.ts';

export const INTERVAL_MS = 200;
const ID = 'live/desk';
const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** A run of a workflow id: how it ended and how many signals it took. */
interface Run {
  readonly status: string;
  readonly signals: number;
  readonly startTime: Date;
}

interface Metadata {
  readonly currentDetails?: string;
  readonly definition?: Record<
    'signalDefinitions' | 'queryDefinitions',
    readonly { readonly name?: string; readonly description?: string }[]
  >;
}

/** The server gives a question ten seconds, and takes none while it hands over from one run to the next: a busy machine is asked again. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  let answer: { readonly is: T } | undefined;
  await until(async () => {
    try {
      answer = { is: await ask() };
    } catch (error) {
      const { code } = ((error as Error).cause ?? {}) as { readonly code?: number };
      if (code !== DEADLINE_EXCEEDED) throw error;
    }
    return answer !== undefined;
  });
  return answer!.is;
}
const DEADLINE_EXCEEDED = 4;

export type LiveWorld = Awaited<ReturnType<typeof openLiveWorld>>;

/** Opens it; every worker that was started and not stopped ends with it. */
export async function openLiveWorld() {
  installRuntime(pino({ level: 'silent' }));
  const lake: Lake = await openLake();
  const connection = await NativeConnection.connect(temporalConnection(lake.config));
  const workflowsPath = fileURLToPath(new URL('./with-nobody.ts', import.meta.url));
  const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: quiet });
  const { CHATLAKE_TASK_QUEUE: taskQueue, TEMPORAL_NAMESPACE: namespace } = lake.config;
  const { workflow } = lake.client;

  /** What a store would know: by an order of events, when a window last got raw objects and when a run last listed them. */
  let order = 0;
  const landed = new Map<Window, number>();
  const listed = new Map<Window, number>();
  const starts: { readonly window: Window; readonly at: number }[] = [];
  const parkedBy: ParkInput[] = [];
  const workers = new Set<{ stop(): Promise<void> }>();
  const isDone = (window: Window): boolean => (listed.get(window) ?? 0) > (landed.get(window) ?? 0);

  const world = {
    lake,
    starts,
    parkedBy,
    isDone,
    allDone: (): boolean => [...landed.keys()].every(isDone),
    /** What happens inside a run, after it has listed the window. */
    during: (() => Promise.resolve()) as (window: Window) => Promise<void>,
    live: () => workflow.getHandle(ID),
    progress: (): Promise<LiveProgress> => patiently(() => world.live().query<LiveProgress>('progress')),
    metadata: (): Promise<Metadata> => patiently(() => world.live().query<Metadata>('__temporal_workflow_metadata')),
    details: async (): Promise<string> => (await world.metadata()).currentDetails ?? '',
    ended: () => until(async () => (await world.live().describe()).status.name !== 'RUNNING'),

    /** A worker of the product's workflows; `stop` leaves everything to the next one. */
    async startWorker(): Promise<{ stop(): Promise<void> }> {
      const worker = await Worker.create({ connection, namespace, taskQueue, workflowBundle, activities });
      const done = worker.run();
      const started = {
        async stop() {
          if (!workers.delete(started)) return;
          worker.shutdown();
          await done;
        },
      };
      workers.add(started);
      return started;
    },

    /** As the announcer does it, but without gathering. */
    async announce(windows: readonly Window[], intervalMs = INTERVAL_MS): Promise<void> {
      order += 1;
      for (const window of windows) landed.set(window, order);
      await workflow.signalWithStart('live', {
        workflowId: ID,
        taskQueue,
        args: [{ source: 'desk', intervalMs }],
        signal: 'announce',
        signalArgs: [windows],
      });
    },

    /** A run of a window that somebody else starts; one that is at work already stays. */
    startRun: (window: Window) =>
      workflow.start('etlWindow', {
        workflowId: `etl/desk/${window}`,
        taskQueue,
        args: [{ source: 'desk', window }],
        workflowIdConflictPolicy: 'USE_EXISTING',
      }),

    /** The runs of `live` so far, oldest first. */
    async runs(): Promise<readonly Run[]> {
      const runs: Run[] = [];
      for await (const { runId, status, startTime } of workflow.list({ query: `WorkflowId = "${ID}"` })) {
        const { events } = await workflow.getHandle(ID, runId).fetchHistory();
        const signals = events!.filter((event) => event.workflowExecutionSignaledEventAttributes).length;
        runs.push({ status: status.name, signals, startTime });
      }
      return runs.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
    },

    /** As at first: `live` is ended, nobody works, nothing has landed. */
    async clear(): Promise<void> {
      await world
        .live()
        .terminate()
        .catch(() => undefined);
      for (const worker of workers) await worker.stop();
      world.during = () => Promise.resolve();
      parkedBy.length = 0;
      starts.length = 0;
      for (const facts of [landed, listed]) facts.clear();
    },

    async close(): Promise<void> {
      await world.clear();
      await connection.close();
      await lake.close();
    },
  };

  const activities = {
    ...IDLE_STEPS,
    sealWindow: async ({ window }: WindowInput) => {
      starts.push({ window, at: performance.now() });
      const at = ++order;
      await world.during(window);
      listed.set(window, Math.max(at, listed.get(window) ?? 0));
      return { kind: 'seals', seals: [], more: false, wasParked: false };
    },
    park: (input: ParkInput) => Promise.resolve(void parkedBy.push(input)),
  };
  return world;
}
