// A gateway in a process of its own, from what was built, whose store kills the process at a chosen put (FAULT_PLAN).
import { startGateway } from '../../dist/gateway/start.js';
import { loadConfig } from '../../dist/wiring/config.js';
import { createLogger } from '../../dist/wiring/log.js';
import { openStore } from '../../dist/wiring/store.js';
import { beginProcess } from '../../dist/wiring/process.js';
import { strikingStore } from './striking-store.mjs';

beginProcess(process.env);
const config = loadConfig(process.env);
await startGateway(config, createLogger(config), { store: strikingStore(openStore(config)) });
process.send?.('started');
// The test that started it is gone.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
