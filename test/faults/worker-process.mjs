// A worker in a process of its own, from what was built, whose store kills or stops the process at a chosen put. Its configuration
// is in the environment; FAULT_PLAN says {"key": "^raw/", "nth": 3, "when": "after", "signal": "SIGKILL", "consume": true}.
import { loadConfig } from '../../dist/wiring/config.js';
import { createLogger } from '../../dist/wiring/log.js';
import { openStore } from '../../dist/wiring/ports.js';
import { quietSdkNotice } from '../../dist/wiring/process.js';
import { installRuntime, startWorker } from '../../dist/workers/worker.js';

quietSdkNotice(process.env);
const { key: pattern, nth, when, signal, consume } = JSON.parse(process.env.FAULT_PLAN);
const config = loadConfig(process.env);
const logger = createLogger(config);
const inner = openStore(config);
let seen = 0;

/** The process is over, or stands still until SIGCONT, when this has returned. */
function strike() {
  process.kill(process.pid, signal);
}

const store = {
  ...inner,
  async put(key, body, options) {
    const chosen = new RegExp(pattern).test(key) && ++seen === nth;
    if (chosen && when === 'before') strike();
    const outcome = await inner.put(key, body, options);
    if (chosen && when === 'after') strike();
    if (chosen) process.send?.({ did: outcome });
    return outcome;
  },
};

installRuntime(logger);
const worker = await startWorker(config, logger, { consume, overrides: { store } });
process.send?.('started');
// The test that started it is gone.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
await worker.done;
