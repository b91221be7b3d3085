// npm run bench -- <name> [options]: compiles the benches and runs one of them.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { compiledTests, root } from './ready.mjs';

const [name, ...args] = process.argv.slice(2);
const names = readdirSync(join(root, 'test/bench')).flatMap((file) => /^([a-z]+)\.ts$/.exec(file)?.[1] ?? []);
if (!names.includes(name)) {
  console.error(`usage: npm run bench -- <${names.join(' | ')}> [options]`);
  process.exit(2);
}
const { main } = await import(compiledTests(`test/bench/${name}.js`));
await main(args);
