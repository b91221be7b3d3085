/** What Temporal is told of errors, and how often an odd one may come. */
import { beforeEach, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { withFailures } from '../../src/activities/to-failure.ts';
import { InvariantViolation, PermanentError, SetupError, TransientError } from '../../src/domain/errors.ts';

const QUIET = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** Thrown by the next calls, in order; afterwards it succeeds. */
let coming: Error[] = [];
let wrapped = withFailures({ step: () => Promise.resolve('done') });
beforeEach(() => {
  coming = [];
  wrapped = withFailures({
    step: () => {
      const error = coming.shift();
      return error === undefined ? Promise.resolve('done') : Promise.reject(error);
    },
  });
});

/** What one attempt of an activity comes to: `Type`, `Type!` when it is final. */
async function attempt(n: number, activityId = 'a'): Promise<string> {
  const environment = new MockActivityEnvironment({ attempt: n, activityId }, { logger: QUIET });
  try {
    return await environment.run(wrapped.step);
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    return `${error.type ?? ''}${error.nonRetryable === true ? '!' : ''}`;
  }
}

test('the kind of an error decides whether it is tried again', async () => {
  coming = [new TransientError('t'), new SetupError('s'), new PermanentError('p'), new InvariantViolation('i')];
  const said = [await attempt(1), await attempt(2), await attempt(3), await attempt(4), await attempt(5)];
  expect(said).toEqual(['Transient', 'Setup', 'Permanent!', 'InvariantViolation!', 'done']);
});

test('after an outage of many attempts an odd error is still tried again', async () => {
  coming = [...Array.from({ length: 25 }, () => new TransientError('away')), new Error('odd, once')];
  for (let n = 1; n <= 25; n += 1) expect(await attempt(n)).toBe('Transient');
  expect(await attempt(26)).toBe('Unclassified');
  expect(await attempt(27)).toBe('done');
});

test('five odd errors in a row are final; what comes between starts the count anew, and every activity has its own', async () => {
  const odd = () => new Error('odd');
  coming = [odd(), odd(), odd(), odd(), new TransientError('away'), odd(), odd(), odd(), odd(), odd()];
  const said: string[] = [];
  for (let n = 1; n <= 10; n += 1) said.push(await attempt(n));
  expect(said.map((word) => word.at(-1)).join('')).toBe('ddddtdddd!');
  coming = [odd(), odd(), odd(), odd(), odd(), odd()];
  for (let n = 1; n <= 3; n += 1)
    expect([await attempt(n), await attempt(n, 'b')]).toEqual(['Unclassified', 'Unclassified']);
});
