/** Steps of a window’s run that find nothing to do, as a worker’s activities. */
export const IDLE_STEPS = {
  project: async () => ({ applied: 0, behind: 0, rows: 0 }),
  load: async () => ({ applied: 0, behind: 0, rows: 0 }),
  reconcile: async () => ({ verified: 0, more: false }),
  report: async () => ({ days: 0 }),
  runSetting: async () => ({ searchAttributes: false, ui: null }),
  clearAttention: async () => undefined,
};
