/** The problems that status and pages name. */
import { expect, test } from '@jest/globals';
import { temporalProblems } from '../../src/inspect/problems.ts';
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
    },
    {
      en: 'schedules that are not as chatlake means them: b, e; chatlake schedules diff, then apply',
      pt: 'agendamentos que foram alterados: b, e; chatlake schedules diff, depois apply',
    },
  ]);
});
