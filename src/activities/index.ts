/** Every activity under the name the Temporal UI shows, built from the ports. */
import type { ReportDefinition } from '../domain/kpi/report.ts';
import type { Source } from '../domain/formats/layout.ts';
import { contractOf } from '../lake/lake.ts';
import { type PendingQuestion, type PendingWindows, pendingWindows } from '../lake/pending.ts';
import { createConsumeBatch } from './intake/consume-batch.ts';
import { createAwaitForward } from './forward/await-forward.ts';
import { createLoad } from './forward/load.ts';
import { createProject } from './forward/project.ts';
import { createReconcile } from './forward/reconcile.ts';
import { createReport } from './forward/report.ts';
import { withHeartbeat } from './heartbeat.ts';
import { createImportExport } from './intake/import-export.ts';
import { createPollUpdates } from './intake/poll-updates.ts';
import { type Ports, codeOf } from './ports.ts';
import type { WakeInput } from './types.ts';
import { createTelegram } from './intake/telegram.ts';
import { withFailures } from './to-failure.ts';
import { createBackfill } from './upkeep/backfill.ts';
import { createCheckpointLogs } from './upkeep/checkpoint-logs.ts';
import { type OpenDayInput, createCloseDay } from './upkeep/close-day.ts';
import { createCompact } from './upkeep/compact.ts';
import { createMergeLedger } from './upkeep/merge-ledger.ts';
import { createOddities } from './upkeep/oddities.ts';
import { createPurge } from './upkeep/purge.ts';
import { createReportWeekly } from './upkeep/report-weekly.ts';
import { createSettleDays } from './upkeep/settle-days.ts';
import { createSnapshotLedger } from './upkeep/snapshot-ledger.ts';
import { createSweep } from './upkeep/sweep.ts';
import { createVacuum } from './upkeep/vacuum.ts';
import { createCleanse } from './window/cleanse.ts';
import { createCompare } from './window/compare.ts';
import { createCompress } from './window/compress.ts';
import { createDedupe } from './window/dedupe.ts';
import { createPark } from './window/park.ts';
import { createPlanRebuild } from './window/plan-rebuild.ts';
import { createPublish } from './window/publish.ts';
import { createSealWindow } from './window/seal-window.ts';

/** The activities of the pipeline, with heartbeats, throwing Temporal failures. */
export function createEtlActivities(ports: Ports, reports: ReadonlyMap<Source, ReportDefinition>) {
  const beating =
    <I, O>(activity: (input: I) => Promise<O>) =>
    (input: I): Promise<O> =>
      withHeartbeat(() => activity(input));
  const { planVacuum, vacuum } = createVacuum(ports, reports);
  const { park, clearParked } = createPark(ports);
  const { openDay, keepClosing } = createCloseDay(ports);
  const { planBackfill, readPlan, combineDiffs } = createBackfill(ports);
  const { lookAtWebhook, leaveWebhook, enterWebhook } = createTelegram(ports);
  const listPending = async (question: PendingQuestion): Promise<PendingWindows> =>
    pendingWindows(ports, question, codeOf(ports, contractOf(ports, question.source)));
  return withFailures({
    // One window, to its decisions.
    sealWindow: beating(createSealWindow(ports)),
    cleanse: beating(createCleanse(ports)),
    dedupe: beating(createDedupe(ports)),
    compress: beating(createCompress(ports)),
    publish: beating(createPublish(ports)),
    planRebuild: beating(createPlanRebuild(ports)),
    compare: beating(createCompare(ports)),
    park: beating(park),
    // Everything decided, to tables, documents, proof and reports.
    project: beating(createProject(ports)),
    load: beating(createLoad(ports, reports)),
    reconcile: beating(createReconcile(ports)),
    report: beating(createReport(ports, reports)),
    awaitForward: beating(createAwaitForward(ports, reports)),
    // What is to be done.
    listPending: beating(listPending),
    planBackfill: beating(planBackfill),
    readPlan: beating(readPlan),
    combineDiffs: beating(combineDiffs),
    openDay: beating((input: OpenDayInput) => Promise.resolve(openDay(input))),
    keepClosing: beating(keepClosing),
    writeWeekly: beating(createReportWeekly(ports)),
    // Upkeep.
    compact: beating(createCompact(ports)),
    mergeLedger: beating(createMergeLedger(ports)),
    snapshotLedger: beating(createSnapshotLedger(ports, reports)),
    checkpointLogs: beating(createCheckpointLogs(ports, reports)),
    settleDays: beating(createSettleDays(ports)),
    planVacuum: beating(planVacuum),
    vacuum: beating(vacuum),
    purge: beating(createPurge(ports)),
    sweep: beating(createSweep(ports)),
    oddities: beating(createOddities(ports)),
    // Local activities, which cannot beat.
    clearParked,
    wakeForward: ({ source, isAwaited = false, ledger }: WakeInput) =>
      ports.announcer.wake(source, ledger === undefined ? { isAwaited } : { isAwaited, ledger }),
    runSetting: () => Promise.resolve({ searchAttributes: ports.searchAttributes, ui: ports.temporalUi ?? null }),
    // It beats by itself: its beats carry how far it came.
    importExport: createImportExport(ports),
    lookAtWebhook: beating(lookAtWebhook),
    leaveWebhook: beating(leaveWebhook),
    enterWebhook: beating(enterWebhook),
  });
}
export type EtlActivities = ReturnType<typeof createEtlActivities>;

/**
 * The activities that receive: one slot per subscription and bot, on a queue of their own. When `stopping` aborts, a running slice
 * lands and confirms what it holds and ends as if its time were over.
 */
export function createIngestActivities(ports: Ports, stopping: AbortSignal) {
  const { consumeBatch, closeConnections } = createConsumeBatch(ports, stopping);
  const pollUpdates = createPollUpdates(ports, stopping);
  return { activities: withFailures({ consumeBatch, pollUpdates }), closeConnections };
}
export type IngestActivities = ReturnType<typeof createIngestActivities>['activities'];
