/** Every activity under the name the Temporal UI shows, built from the ports. */
import type { ReportDefinition } from '../domain/kpi/report.ts';
import type { Source } from '../domain/layout.ts';
import { createCheckpointLogs } from './checkpoint-logs.ts';
import { createCleanse } from './cleanse.ts';
import { createCompress } from './compress.ts';
import { createConsumeBatch } from './consume-batch.ts';
import { createDedupe } from './dedupe.ts';
import { withHeartbeat } from './heartbeat.ts';
import { createImportExport } from './import-export.ts';
import { createIndexLedger } from './index-ledger.ts';
import { createLoad } from './load.ts';
import { createPending } from './pending.ts';
import { createPollUpdates } from './poll-updates.ts';
import type { Ports } from './ports.ts';
import { createProject } from './project.ts';
import { createPublish } from './publish.ts';
import { createReconcile } from './reconcile.ts';
import { createReport } from './report.ts';
import { createSealWindow } from './seal-window.ts';
import { createSettleDays } from './settle-days.ts';
import { createTelegram } from './telegram.ts';
import { withFailures } from './to-failure.ts';

/** The activities of the pipeline, with heartbeats, throwing Temporal failures. */
export function createEtlActivities(ports: Ports, reports: ReadonlyMap<Source, ReportDefinition>) {
  const beating =
    <I, O>(activity: (input: I) => Promise<O>) =>
    (input: I): Promise<O> =>
      withHeartbeat(() => activity(input));
  const { pendingOf, listPending } = createPending(ports, reports);
  const { lookAtWebhook, leaveWebhook, enterWebhook } = createTelegram(ports);
  return withFailures({
    listPending: beating(listPending),
    pendingOf: beating(pendingOf),
    sealWindow: beating(createSealWindow(ports)),
    cleanse: beating(createCleanse(ports)),
    dedupe: beating(createDedupe(ports)),
    compress: beating(createCompress(ports)),
    publish: beating(createPublish(ports)),
    project: beating(createProject(ports)),
    load: beating(createLoad(ports)),
    reconcile: beating(createReconcile(ports)),
    report: beating(createReport(ports, reports)),
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

/** The activities that receive: one slot per subscription and bot, on a queue of their own. */
export function createIngestActivities(ports: Ports) {
  const { consumeBatch, closeConnections } = createConsumeBatch(ports);
  return { activities: withFailures({ consumeBatch, pollUpdates: createPollUpdates(ports) }), closeConnections };
}
export type IngestActivities = ReturnType<typeof createIngestActivities>['activities'];
