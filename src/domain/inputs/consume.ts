/** What `consume` takes. */
import { CONTRACTS } from '../sources/index.ts';
import { givenFields } from './given.ts';

export interface ConsumeWorkflowInput {
  readonly subscription: string;
}

/** Reads the input of `consume`. Throws PermanentError. */
export function readConsumeInput(value: unknown): ConsumeWorkflowInput {
  const given = givenFields(value, { fields: ['subscription'], sample: '{"subscription":"desk"}' });
  const subscription = given.value('subscription');
  return typeof subscription === 'string' && CONTRACTS.has(subscription)
    ? { subscription }
    : given.fail('"subscription" must name a source whose messages are consumed');
}
