/** A window that trying again cannot help: what an operator is told, and where it goes on from. */
import type { FaultKind } from '../errors.ts';
import { type Text, text } from '../text.ts';
import type { Source } from './layout.ts';
import type { Window } from '../window.ts';

/** What a run that gave up leaves behind. */
export interface Parked {
  readonly formatVersion: number;
  readonly source: Source;
  readonly window: Window;
  /** When it was first given up on, and when last, ISO 8601. */
  readonly since: string;
  readonly last: string;
  /** The activity that failed. */
  readonly step: string;
  readonly kind: FaultKind;
  /** What happened, in one sentence. */
  readonly reason: string;
  readonly next: string;
  /** The code that gave up; other code tries the window again by itself. */
  readonly code: string;
  readonly workflowId: string;
  readonly runId: string;
}

/** A window as commands and lists write it: `desk/2026-11-22T03`. */
export const windowName = (source: Source, window: Window): string => `${source}/${window}`;

/** What to do about a window that was given up on. */
export function nextStep(source: Source, window: Window, kind: FaultKind): Text {
  const replay = `chatlake replay ${windowName(source, window)}`;
  return kind === 'InvariantViolation'
    ? text(
        `a promise about the stored data does not hold: find out what changed the store, put it back, then ${replay}`,
        `uma garantia sobre os dados guardados não vale: descubra o que mudou no armazenamento, desfaça e então ${replay}`,
      )
    : text(
        `mend the cause or update chatlake, then ${replay}; one message that stands in the way of all others can be set aside: chatlake quarantine set-aside`,
        `conserte a causa ou atualize o chatlake e então ${replay}; uma mensagem que impede todas as outras pode ser posta de lado: chatlake quarantine set-aside`,
      );
}
