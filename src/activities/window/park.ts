/** park, clearParked: the object that says that a window needs a person, since when, and why. */
import { codeWord } from '../../domain/formats/code.ts';
import { FORMAT_VERSION } from '../../domain/formats/layout.ts';
import { parkedKey } from '../../domain/formats/marks.ts';
import { type Parked, nextStep } from '../../domain/formats/parked.ts';
import { keepJson } from '../../lake/json.ts';
import { contractOf } from '../../lake/lake.ts';
import { codeMark, parkedKeys } from '../../lake/parked.ts';
import { type Ports, codeOf } from '../ports.ts';
import type { WindowInput } from '../types.ts';
import { dropTextsOfWindow } from './clear-text.ts';

export interface ParkInput extends WindowInput, Pick<Parked, 'step' | 'kind' | 'reason' | 'workflowId' | 'runId'> {}

/** Builds the activities. */
export function createPark(ports: Ports) {
  /** Keeps why a window was given up on, in place of what an earlier run kept; since when stays. */
  async function park(input: ParkInput): Promise<void> {
    const { source, window, kind } = input;
    await dropTextsOfWindow(ports, input);
    const code = codeOf(ports, contractOf(ports, source));
    const earlier = await parkedKeys(ports, input);
    const now = ports.now();
    const sinceMs = Math.min(now, ...earlier.map((record) => record.sinceMs));
    const parked: Parked = {
      formatVersion: FORMAT_VERSION,
      ...input,
      since: new Date(sinceMs).toISOString(),
      last: new Date(now).toISOString(),
      next: nextStep(source, window, kind).en,
      code: codeWord(code),
    };
    const kept = await keepJson(ports.store, parked, (sha256) =>
      parkedKey({ source, window, sinceMs, code: codeMark(code) }, sha256),
    );
    for (const { key } of earlier) if (key !== kept) await ports.store.remove(key);
    ports.log.warn('window.parked', { source, window, step: input.step, kind, reason: input.reason });
    ports.alerter.raise({
      name: 'WindowNeedsAttention',
      thing: `${source} ${window}`,
      summary: `${input.step} of ${source} ${window} was given up: ${input.reason}`,
    });
  }

  /** A window that was done needs nobody any more. */
  async function clearParked(input: WindowInput): Promise<void> {
    for (const { key } of await parkedKeys(ports, input)) await ports.store.remove(key);
  }

  return { park, clearParked };
}
