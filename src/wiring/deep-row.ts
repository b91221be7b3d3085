/** One row of `chatlake status --deep`: something that was tried, and what came of it. */
import { messageOf } from '../domain/errors.ts';

export type Verdict = 'ok' | 'warn' | 'fail';

/** One thing that was tried. `mend` says what to do unless it is ok. */
export interface DeepRow {
  readonly part: string;
  readonly what: string;
  readonly verdict: Verdict;
  readonly found: string;
  readonly mend?: string;
}

/** What a trial found. */
export type Found = Omit<DeepRow, 'part' | 'what'>;

export const ok = (found: string): Found => ({ verdict: 'ok', found });
export const warn = (found: string, mend: string): Found => ({ verdict: 'warn', found, mend });
export const fail = (found: string, mend: string): Found => ({ verdict: 'fail', found, mend });

/** A part that says nothing for so long is a fault. */
const PART_MS = 20_000;

/** Runs one trial; what it throws, or a time-out, is its row. */
export async function row(part: string, what: string, trial: () => Promise<Found>): Promise<DeepRow> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Found>((resolve) => {
    timer = setTimeout(
      () => resolve(fail(`no answer within ${PART_MS / 1_000} s`, 'look at the part and at the way to it')),
      PART_MS,
    );
  });
  try {
    return { part, what, ...(await Promise.race([trial(), late])) };
  } catch (error) {
    return { part, what, ...fail(messageOf(error), 'see the sentence') };
  } finally {
    clearTimeout(timer);
  }
}
