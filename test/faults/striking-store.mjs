// A store that kills or stops this process at a chosen put. FAULT_PLAN says {"key": "^raw/", "nth": 3, "when": "after", "signal": "SIGKILL"}.
const { key: pattern, nth, when, signal } = JSON.parse(process.env.FAULT_PLAN);
let seen = 0;

/** The process is over, or stands still until SIGCONT, when this has returned. */
function strike() {
  process.kill(process.pid, signal);
}

export const strikingStore = (inner) => ({
  ...inner,
  async put(key, body, options) {
    const chosen = new RegExp(pattern).test(key) && ++seen === nth;
    if (chosen && when === 'before') strike();
    const outcome = await inner.put(key, body, options);
    if (chosen && when === 'after') strike();
    if (chosen) process.send?.({ did: outcome });
    return outcome;
  },
});
