/** The port through which Temporal is told of what came: new raw objects, and decisions that are to be brought forward. */
import type { Source } from '../../domain/formats/layout.ts';
import type { Window } from '../../domain/window.ts';

/** What whoever wakes `forward` says of it. */
export interface Wish {
  /** Somebody waits for it, so it does not rest. */
  readonly isAwaited: boolean;
  /** The newest ledger version that there is something to do about; absent: whatever the ledger's head is. */
  readonly ledger?: number;
}

export interface Announcer {
  /** Says that a window has new raw objects. Returns at once and never throws; announcements are gathered, one signal per second and source. Best effort: the hourly sweep finds whatever was not announced. */
  announce(source: Source, window: Window): void;
  /**
   * Starts what brings the decisions of a source forward, or tells it that there are more. Throws TransientError when it is not known to
   * have arrived.
   */
  wake(source: Source, wish: Wish): Promise<void>;
  /** Sends what is gathered, as far as it can be sent within a few seconds, and stops. */
  close(): Promise<void>;
}
