// npm run bench -- <name> [options]: compiles the benches and runs one of them.
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './ready.mjs';

const [name, ...args] = process.argv.slice(2);
const out = 'dist-test';
const names = readdirSync(join(root, 'test/bench')).flatMap((file) => /^([a-z]+)\.ts$/.exec(file)?.[1] ?? []);
if (!names.includes(name)) {
  console.error(`usage: npm run bench -- <${names.join(' | ')}> [options]`);
  process.exit(2);
}
run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--outDir', out]);
// The compiler leaves them behind; a bench that starts the broker needs them.
for (const folder of ['src/local/activemq', 'docker/activemq'])
  cpSync(join(root, folder), join(root, out, folder), { recursive: true });
const { main } = await import(new URL(`../${out}/test/bench/${name}.js`, import.meta.url).href);
await main(args);
