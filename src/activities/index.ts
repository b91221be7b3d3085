/** Every activity under the name the Temporal UI shows, built from the ports. */
import type { ReportDefinition } from '../domain/kpi/report.ts';
import type { Source } from '../domain/layout.ts';
import { codeMark, createAttention } from './attention.ts';
import { createBackfill } from './backfill.ts';
import { createCheckpointLogs } from './checkpoint-logs.ts';
import { createCleanse } from './cleanse.ts';
import { createCompact } from './compact.ts';
import { type OpenDayInput, createCloseDay } from './close-day.ts';
import { createCompare } from './compare.ts';
import { createCompress } from './compress.ts';
import { createConsumeBatch } from './consume-batch.ts';
import { createDedupe } from './dedupe.ts';
import { withHeartbeat } from './heartbeat.ts';
import { createImportExport } from './import-export.ts';
import { createIndexLedger } from './index-ledger.ts';
import { createLoad } from './load.ts';
import { createMergeLedger } from './merge-ledger.ts';
import { createOddities } from './oddities.ts';
import { createPending } from './pending.ts';
import { createPlanRebuild } from './plan-rebuild.ts';
import { createPollUpdates } from './poll-updates.ts';
import { type Ports, codeOf, contractOf } from './ports.ts';
import { createProject } from './project.ts';
import { createPublish } from './publish.ts';
import { createPurge } from './purge.ts';
import { createReconcile } from './reconcile.ts';
import { createReport } from './report.ts';
import { createSealWindow } from './seal-window.ts';
import { createSweep } from './sweep.ts';
import { createSettleDays } from './settle-days.ts';
import { createTelegram } from './telegram.ts';
import { withFailures } from './to-failure.ts';
import { createVacuum } from './vacuum.ts';

/** The activities of the pipeline, with heartbeats, throwing Temporal failures. */
export function createEtlActivities(ports: Ports, reports: ReadonlyMap<Source, ReportDefinition>) {
  const beating =
    <I, O>(activity: (input: I) => Promise<O>) =>
    (input: I): Promise<O> =>
      withHeartbeat(() => activity(input));
  const { listCompactions, compact } = createCompact(ports);
  const { planVacuum, vacuum } = createVacuum(ports, reports);
  const { pendingOf, listPending } = createPending(ports, reports, (source) =>
    codeMark(codeOf(ports, contractOf(ports, source))),
  );
  const { park, clearAttention } = createAttention(ports);
  const { openDay, keepClosing } = createCloseDay(ports);
  const { planBackfill, readPlan, combineDiffs } = createBackfill(ports, listPending);
  const { lookAtWebhook, leaveWebhook, enterWebhook } = createTelegram(ports);
  return withFailures({
    listPending: beating(listPending),
    pendingOf: beating(pendingOf),
    planBackfill: beating(planBackfill),
    readPlan: beating(readPlan),
    combineDiffs: beating(combineDiffs),
    sealWindow: beating(createSealWindow(ports)),
    cleanse: beating(createCleanse(ports)),
    dedupe: beating(createDedupe(ports)),
    compress: beating(createCompress(ports)),
    publish: beating(createPublish(ports)),
    project: beating(createProject(ports)),
    load: beating(createLoad(ports)),
    reconcile: beating(createReconcile(ports)),
    report: beating(createReport(ports, reports)),
    listCompactions: beating(listCompactions),
    compact: beating(compact),
    mergeLedger: beating(createMergeLedger(ports)),
    planVacuum: beating(planVacuum),
    vacuum: beating(vacuum),
    sweep: beating(createSweep(ports)),
    oddities: beating(createOddities(ports)),
    park: beating(park),
    // Two local activities, which cannot beat.
    clearAttention,
    runSetting: () => Promise.resolve({ searchAttributes: ports.searchAttributes, ui: ports.temporalUi ?? null }),
    openDay: beating((input: OpenDayInput) => Promise.resolve(openDay(input))),
    keepClosing: beating(keepClosing),
    planRebuild: beating(createPlanRebuild(ports)),
    compare: beating(createCompare(ports)),
    purge: beating(createPurge(ports)),
    indexLedger: beating(createIndexLedger(ports, reports)),
    checkpointLogs: beating(createCheckpointLogs(ports, reports)),
    settleDays: beating(createSettleDays(ports, reports)),
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
