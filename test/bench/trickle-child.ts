/** The process of `npm run bench -- trickle`: the whole system, as `npm start` has it. Tells its configuration; stops when it is told to. */
import { once } from 'node:events';
import { startSystem } from '../../src/local/system.ts';

const [dir = ''] = process.argv.slice(2);
const system = await startSystem({ dir, env: process.env, log: console.log, preferredPorts: false });
process.send?.(system.config);
await once(process, 'message');
await system.stop();
process.disconnect();
