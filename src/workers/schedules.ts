/** Schedules as data, reconciled at worker start: created or updated, never deleted; an operator's pause and note survive. */
import { type Client, ScheduleAlreadyRunning, type ScheduleOptions, ScheduleOverlapPolicy } from '@temporalio/client';

/** Every schedule chatlake keeps. */
export const schedules = (taskQueue: string): readonly ScheduleOptions[] => [
  {
    scheduleId: 'etl-hourly',
    // Two minutes past: the hour's last batches have landed. The run looks at the store, never at this time.
    spec: { calendars: [{ minute: 2, hour: '*', comment: 'every hour, for whatever is pending' }], timezone: 'UTC' },
    action: {
      type: 'startWorkflow',
      workflowType: 'etl',
      workflowId: 'etl-hourly',
      taskQueue,
      args: [{}],
      staticSummary: 'everything pending',
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 hour', pauseOnFailure: false },
  },
];

/** Creates what is missing and updates what changed. */
export async function applySchedules(client: Client, taskQueue: string): Promise<void> {
  for (const schedule of schedules(taskQueue)) {
    try {
      await client.schedule.create(schedule);
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      const { spec, action, policies } = schedule;
      await client.schedule.getHandle(schedule.scheduleId).update((previous) => ({
        state: previous.state,
        spec,
        action,
        ...(policies === undefined ? {} : { policies }),
      }));
    }
  }
}
