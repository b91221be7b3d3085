/** The port through which new raw objects are told of. Best effort: the hourly sweep finds whatever was not announced. */
import type { Source } from '../../domain/layout.ts';
import type { Window } from '../../domain/window.ts';

export interface Announcer {
  /** Says that a window has new raw objects. Returns at once and never throws; announcements are gathered, one signal per second and source. */
  announce(source: Source, window: Window): void;
  /** Sends what is gathered, as far as it can be sent within a few seconds, and stops. */
  close(): Promise<void>;
}
