/** The input of consume: a wrong one says what is allowed, with a sample. */
import { describe, expect, test } from '@jest/globals';
import { readConsumeInput } from '../../../src/domain/inputs/consume.ts';
import { fault } from './fault.ts';

const CONSUME = 'Allowed fields: subscription. Sample: {"subscription":"desk"}';

describe('consume', () => {
  test('takes a subscription', () =>
    expect(readConsumeInput({ subscription: 'desk' })).toEqual({ subscription: 'desk' }));

  test.each([[undefined], [{}], [{ subscription: '' }], [{ subscription: 7 }], [{ source: 'desk' }], [['desk']]])(
    '%j is refused',
    (value) => expect(fault(() => readConsumeInput(value))).toContain(CONSUME),
  );
});
