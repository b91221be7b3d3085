/** What `consume` takes. */
import { givenFields } from './given.ts';

export interface ConsumeWorkflowInput {
  readonly subscription: string;
}

/** Reads the input of `consume`. Throws PermanentError. */
export function readConsumeInput(value: unknown): ConsumeWorkflowInput {
  const given = givenFields(value, { fields: ['subscription'], sample: '{"subscription":"desk"}' });
  const subscription = given.value('subscription');
  return typeof subscription === 'string' ? { subscription } : given.fail('"subscription" is needed');
}
