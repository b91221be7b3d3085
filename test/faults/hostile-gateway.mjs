// A gateway in a process of its own, which tells at its end how long it stood still and how much memory it took.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { startGateway } from '../../dist/gateway/start.js';
import { loadConfig } from '../../dist/wiring/config.js';
import { createLogger } from '../../dist/wiring/log.js';
import { beginProcess } from '../../dist/wiring/process.js';

beginProcess(process.env);
const config = loadConfig(process.env);
const gateway = await startGateway(config, createLogger(config));
const delay = monitorEventLoopDelay({ resolution: 20 });
delay.enable();
let peak = 0;
setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 250).unref();
process.once('message', async () => {
  await gateway.stop();
  process.send({ stallMs: Math.round(delay.max / 1e6), peakMb: Math.round(peak / 1_048_576) }, () => process.exit(0));
});
process.once('disconnect', () => process.exit(1));
process.send(gateway.url);
