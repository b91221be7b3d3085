/** The problems that status and pages name. */
import { expect, test } from '@jest/globals';
import { linkOf, temporalProblems } from '../../src/inspect/problems.ts';
import type { ScheduleState } from '../../src/wiring/apply-schedules.ts';

const schedule = (id: string, state: ScheduleState['state']): ScheduleState => ({
  ...{ id, state, workflow: 'etl', differences: [], paused: false, note: null, next: null, last: null },
  ...{ taken: 0, missedCatchup: 0, skippedOverlap: 0 },
});

test('schedules that are missing or not as they are declared are named together, in both languages; others are not', () => {
  const known = [
    schedule('a', 'missing'),
    schedule('b', 'differs'),
    schedule('c', 'same'),
    schedule('d', 'missing'),
    schedule('e', 'differs'),
  ];
  expect(temporalProblems({ retrying: [], schedules: { known, unknown: [] } })).toEqual([
    {
      en: 'schedules that are missing: a, d; chatlake schedules diff, then apply',
      pt: 'agendamentos que não existem: a, d; chatlake schedules diff, depois apply',
      at: 'schedules',
    },
    {
      en: 'schedules that are not as chatlake means them: b, e; chatlake schedules diff, then apply',
      pt: 'agendamentos que foram alterados: b, e; chatlake schedules diff, depois apply',
      at: 'schedules',
    },
  ]);
});

test('each problem names where it is looked at: in the Temporal UI where one is known, else on the pages', () => {
  const config = { TEMPORAL_NAMESPACE: 'default', DASHBOARD_HOST: '127.0.0.1', DASHBOARD_PORT: 8080 };
  const known = { ...config, TEMPORAL_UI_URL: 'http://ui' };
  const [run] = temporalProblems({
    retrying: [{ workflowId: 'etl/desk/w', step: 'cleanse', attempt: 9, kind: 'Setup', reason: 'no bucket' }],
    schedules: null,
  });
  expect(linkOf(run!, known)).toBe('http://ui/namespaces/default/workflows/etl%2Fdesk%2Fw');
  expect(linkOf({ at: 'schedules' }, known)).toBe('http://ui/namespaces/default/schedules');
  for (const [problem, of] of [
    [{}, known],
    [{ at: 'schedules' }, { ...config, TEMPORAL_UI_URL: undefined }],
  ] as const)
    expect(linkOf(problem, of)).toBe('http://127.0.0.1:8080/operations');
});
