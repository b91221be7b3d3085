/** The input of maintain: an hourly round by default; a wrong one says what is allowed, with a sample. */
import { describe, expect, test } from '@jest/globals';
import { UPKEEP_STEPS, readMaintainInput } from '../../../src/domain/inputs/maintain.ts';
import { fault } from './fault.ts';

describe('maintain', () => {
  test.each([[undefined], [{}], [{ source: '', steps: null }]])('%j is the hourly round of every source', (value) =>
    expect(readMaintainInput(value)).toEqual({
      sources: ['desk', 'telegram'],
      steps: ['compact', 'merge', 'snapshot', 'checkpoint'],
      dryRun: false,
    }),
  );

  test('does what is asked for, in its own order', () => {
    expect(readMaintainInput({ steps: [...UPKEEP_STEPS].reverse() }).steps).toEqual(UPKEEP_STEPS);
    expect(readMaintainInput({ source: 'desk', steps: ['sweep', 'compact', 'sweep'], dryRun: true })).toEqual({
      sources: ['desk'],
      steps: ['compact', 'sweep'],
      dryRun: true,
    });
  });

  test.each([
    [{ source: 'fax' }, /"source" must be a source/],
    [{ scope: 'all' }, /it has a field that is not known/],
    [
      { steps: ['dust'] },
      /"steps" must be a list of compact, merge, snapshot, checkpoint, settle, vacuum, purge, sweep, oddities/,
    ],
    [{ steps: [] }, /"steps" must be a list/],
    [{ steps: 'compact' }, /"steps" must be a list/],
    [{ dryRun: 'yes' }, /"dryRun" must be true or false/],
    [{ dryrun: true }, /it has a field that is not known.*Allowed fields: source, steps, dryRun\. Sample: \{"steps"/],
  ])('%j is refused', (value, sentence) => expect(fault(() => readMaintainInput(value))).toMatch(sentence));
});
