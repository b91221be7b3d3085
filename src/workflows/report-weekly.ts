/** reportWeekly: writes the report of a week to the store, and tells where it is. */
import { defineSearchAttributeKey } from '@temporalio/common';
import { proxyActivities, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { EtlActivities } from '../activities/index.ts';
import type { Weekly } from '../activities/upkeep/report-weekly.ts';
import { type ReportWeeklyInput, readReportWeeklyInput } from '../domain/inputs/report-weekly.ts';
import { readOrFail } from './input-failure.ts';
import { HEAVY } from './policies.ts';
import { readRunSetting } from './run-setting.ts';

const { writeWeekly } = proxyActivities<EtlActivities>({ ...HEAVY });

/** The time a schedule meant: catching up, a backfill and a late start leave it as it was. */
const SCHEDULED = defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME');

/** Writes the report of the last whole week, or of the `week` given. A run by hand means the week before it was started. */
export async function reportWeekly(input?: ReportWeeklyInput): Promise<Weekly> {
  const { typedSearchAttributes, startTime } = workflowInfo();
  const asked = readOrFail(() => readReportWeeklyInput(input));
  const { tag } = await readRunSetting();
  tag({ stage: 'running' });
  const at = typedSearchAttributes.get(SCHEDULED) ?? startTime;
  const weekly = await writeWeekly.executeWithOptions({ summary: asked.week ?? 'last week' }, [
    { ...asked, atMs: at.getTime() },
  ]);
  const { week, from, to, files, pages } = weekly;
  const what =
    files === 0
      ? 'there are no messages to report of yet'
      : [`${files} files`, ...pages.map((key) => `- ${key}`)].join('\n');
  setCurrentDetails(`**${week}**, ${from} to ${to}: ${what}`);
  tag({ stage: 'done', outcome: files === 0 ? 'nothing' : 'published' });
  return weekly;
}
