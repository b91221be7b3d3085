/**
 * The kinds of fault chatlake knows. An unusable *message* is never one of them: that is a verdict (see counts.ts).
 * Adapters classify what a library throws into these; activities/to-failure.ts turns them into Temporal failures.
 */

/** May succeed if tried again: a time-out, a 503, a lost connection. Retried with backoff. */
export class TransientError extends Error {
  override readonly name = 'TransientError';
  readonly retryAfterMs: number | undefined;
  constructor(message: string, options?: { cause?: unknown; retryAfterMs?: number }) {
    super(message, options);
    this.retryAfterMs = options?.retryAfterMs;
  }
}

/** Somebody has to mend something outside (bucket, permission, password). The message is one sentence an operator can act on. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}

/** Trying again cannot help: wrong input, a format this build does not know. */
export class PermanentError extends Error {
  override readonly name = 'PermanentError';
}

/** A promise of the design does not hold. Never retried, never swallowed. */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
}

/** An object that must be there is not. */
export class ObjectGone extends InvariantViolation {
  readonly key: string;
  constructor(message: string, key: string) {
    super(message);
    this.key = key;
  }
}

/** Throws InvariantViolation unless `condition` holds; `message` says which promise broke, with its values. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantViolation(message);
}

/** The message of anything thrown, on one line. (Errors of another realm are not `instanceof Error`.) */
export function messageOf(error: unknown): string {
  const { message, name } = (typeof error === 'object' && error !== null ? error : {}) as {
    message?: unknown;
    name?: unknown;
  };
  const text =
    typeof message === 'string' && message !== '' ? message : typeof name === 'string' ? name : String(error);
  return text.replace(/\s+/g, ' ').trim();
}

/** The kinds as failures in Temporal name them. Unclassified: an error nobody expected, after its attempts. */
export type FaultKind = 'Transient' | 'Setup' | 'Permanent' | 'InvariantViolation' | 'Unclassified';

/** The type of a failure that says a person gave what cannot be used: it fails at once, naming what is allowed. */
export const INVALID_INPUT = 'InvalidInput';
