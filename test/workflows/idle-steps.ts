/** Steps that find nothing to do, as a worker’s activities. */
export const IDLE_STEPS = {
  project: async () => ({ applied: 0, behind: 0 }),
  load: async () => ({ applied: 0, behind: 0, more: false }),
  reconcile: async () => ({ applied: 0, behind: 0, verified: 0, more: false }),
  report: async () => ({ applied: 0, behind: 0 }),
  mergeLedger: async () => ({ replaced: 0, files: 0, rows: 0 }),
  compact: async () => ({ replaced: 0, files: 0, rows: 0, bytes: 0 }),
  awaitForward: async () => ({ head: 0, behind: {} }),
  runSetting: async () => ({ searchAttributes: false, ui: null }),
  clearParked: async () => undefined,
  wakeForward: async () => undefined,
};
