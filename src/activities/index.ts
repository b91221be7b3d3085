/** Every activity under the name the Temporal UI shows, built from the ports. */
import type { ReportDefinition } from '../domain/kpi/report.ts';
import type { Source } from '../domain/layout.ts';
import { createCleanse } from './cleanse.ts';
import { createCompress } from './compress.ts';
import { createConsumeBatch } from './consume-batch.ts';
import { createDedupe } from './dedupe.ts';
import { withHeartbeat } from './heartbeat.ts';
import { createImportExport } from './import-export.ts';
import { createLoad } from './load.ts';
import { createPending } from './pending.ts';
import type { Ports } from './ports.ts';
import { createProject } from './project.ts';
import { createPublish } from './publish.ts';
import { createReconcile } from './reconcile.ts';
import { createReport } from './report.ts';
import { createSealWindow } from './seal-window.ts';
import { withFailures } from './to-failure.ts';

/** The activities of the pipeline, with heartbeats, throwing Temporal failures. */
export function createEtlActivities(ports: Ports, reports: ReadonlyMap<Source, ReportDefinition>) {
  const beating =
    <I, O>(activity: (input: I) => Promise<O>) =>
    (input: I): Promise<O> =>
      withHeartbeat(() => activity(input));
  const { pendingOf, listPending } = createPending(ports, reports);
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
    // It beats by itself: its beats carry how far it came.
    importExport: createImportExport(ports),
  });
}
export type EtlActivities = ReturnType<typeof createEtlActivities>;

/** The activity that consumes a broker's subscription; one slot per subscription, on a queue of its own. */
export function createIngestActivities(ports: Ports) {
  const { consumeBatch, closeConnections } = createConsumeBatch(ports);
  return { activities: withFailures({ consumeBatch }), closeConnections };
}
export type IngestActivities = ReturnType<typeof createIngestActivities>['activities'];
