/** An announcer that tells nobody: for what lands or decides where no Temporal follows. */
import type { Announcer } from '../../src/adapters/announce/announcer.ts';

export const SILENT_ANNOUNCER: Announcer = {
  announce: () => undefined,
  wake: () => Promise.resolve(),
  close: () => Promise.resolve(),
};
