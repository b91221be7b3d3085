import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../domain/errors.ts';
import type { Child } from './children.ts';

const PAUSE_MS = 50;

/**
 * Asks `check` again and again until it resolves. A child that dies meanwhile ends the wait at once,
 * and either failure carries the last lines of its log.
 */
export async function untilReady(child: Child, check: () => Promise<unknown>, limitMs = 60_000): Promise<void> {
  const { what } = child.spec;
  const lastError = await poll(check, limitMs, () => child.endedHow() !== undefined);
  const how = child.endedHow();
  if (how !== undefined) throw new Error(`${what} ended during its start (${how}):\n${child.lastLines()}`);
  if (lastError)
    throw new Error(`${what} was not ready after ${limitMs / 1000} s (${lastError}):\n${child.lastLines()}`);
}

/** The message of the last failure, or undefined once `check` has resolved. */
export async function poll(
  check: () => Promise<unknown>,
  limitMs: number,
  giveUp: () => boolean = () => false,
): Promise<string | undefined> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    try {
      await check();
      return undefined;
    } catch (error) {
      if (giveUp() || Date.now() > deadline) return messageOf(error);
    }
    await sleep(PAUSE_MS);
  }
}
