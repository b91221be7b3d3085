/** What may leave a table's log: never an entry that a version which is kept needs. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkpointName, checkpointVersion, logName, logVersion } from '../../../src/domain/formats/delta.ts';
import { type LogObject, planCleanUp } from '../../../src/domain/plans/log-clean-up.ts';

const log = (ages: readonly number[], checkpoints: readonly number[]): LogObject[] => [
  ...ages.map((modifiedMs, version) => ({ key: `t/${logName(version)}`, modifiedMs })),
  ...checkpoints.map((version) => ({ key: `t/${checkpointName(version)}`, modifiedMs: ages[version] ?? 0 })),
  { key: 't/_delta_log/_last_checkpoint', modifiedMs: 0 },
];

test('entries and checkpoints below the newest checkpoint that only old entries precede', () => {
  const objects = log([1, 2, 3, 4, 5, 6], [1, 3, 5]);
  expect(planCleanUp(objects, 5)).toEqual([
    { checkpoint: 3, keys: [...[0, 1, 2].map((n) => `t/${logName(n)}`), `t/${checkpointName(1)}`] },
    { checkpoint: 1, keys: [`t/${logName(0)}`] },
  ]);
  expect(planCleanUp(objects, 1)).toEqual([]);
  expect(planCleanUp(log([1, 2, 3], []), 9)).toEqual([]);
});

test('every version that is young, and every one from the checkpoint on, can still be read', () => {
  const anyLog = fc
    .array(fc.nat(3), { minLength: 1, maxLength: 30 })
    .chain((steps) => fc.tuple(fc.constant(steps), fc.subarray([...steps.keys()]), fc.nat(60)));
  fc.assert(
    fc.property(anyLog, ([steps, checkpoints, before]) => {
      let now = 0;
      const ages = steps.map((step) => (now += step));
      const objects = log(ages, checkpoints);
      for (const { checkpoint, keys } of planCleanUp(objects, before)) {
        const left = objects.map(({ key }) => key).filter((key) => !keys.includes(key));
        const versions = left.flatMap((key) => logVersion(`/${key}`) ?? []);
        const starts = left.flatMap((key) => checkpointVersion(`/${key}`) ?? []);
        expect(starts).toContain(checkpoint);
        // Spark reads the entry of a checkpoint’s own version, too; delta-rs does not notice.
        expect(versions).toContain(checkpoint);
        const readable = (version: number): boolean =>
          starts.some((start) => {
            const needed = Array.from({ length: version - start }, (_, i) => start + 1 + i);
            return start <= version && needed.every((n) => versions.includes(n));
          });
        ages.forEach((age, version) => {
          if (age >= before || version >= checkpoint) expect([version, readable(version)]).toEqual([version, true]);
        });
      }
    }),
  );
});
