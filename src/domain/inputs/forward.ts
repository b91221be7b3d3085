/** What `forward` takes. */
import type { Source } from '../formats/layout.ts';
import { givenFields } from './given.ts';

export interface ForwardInput {
  readonly source: Source;
}

const FORWARD = { fields: ['source'], sample: '{"source":"desk"}' } as const;

/** Reads the input of `forward`. Throws PermanentError. */
export function readForwardInput(value: unknown): ForwardInput {
  const given = givenFields(value, FORWARD);
  const source = given.source('source');
  return source === undefined ? given.fail('"source" is needed') : { source };
}
