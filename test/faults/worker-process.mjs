// A worker in a process of its own, from what was built, whose store kills or stops the process at a chosen put. Its configuration
// is in the environment, the put and whether it consumes in FAULT_PLAN.
import { loadConfig } from '../../dist/wiring/config.js';
import { createLogger } from '../../dist/wiring/log.js';
import { openStore } from '../../dist/wiring/store.js';
import { beginProcess } from '../../dist/wiring/process.js';
import { installRuntime, startWorker } from '../../dist/workers/worker.js';
import { strikingStore } from './striking-store.mjs';

beginProcess(process.env);
const { consume } = JSON.parse(process.env.FAULT_PLAN);
const config = loadConfig(process.env);
const logger = createLogger(config);
installRuntime(logger);
const worker = await startWorker(config, logger, { consume, overrides: { store: strikingStore(openStore(config)) } });
process.send?.('started');
// The test that started it is gone.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
await worker.done;
