/** Every workflow, under the name the Temporal UI shows. */
export { closeDay } from './close-day.ts';
export { backfill } from './backfill.ts';
export { consume } from './consume.ts';
export { etl } from './etl.ts';
export { etlWindow } from './etl-window.ts';
export { live } from './live.ts';
export { maintain } from './maintain.ts';
export { forward } from './forward.ts';
export { importExport } from './import-export.ts';
export { replayFailed } from './replay-failed.ts';
export { poll } from './poll.ts';
export { reportWeekly } from './report-weekly.ts';
export { rebuildWindow } from './rebuild-window.ts';
export { watchWebhook } from './watch-webhook.ts';
