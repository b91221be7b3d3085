// npm start, npm test and the rest: makes the clone ready, then runs the verb.
import { install, build, run } from './ready.mjs';

const [verb = 'start', ...args] = process.argv.slice(2);
const node = process.execPath;
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`chatlake needs Node 20.19 or later, this is ${process.versions.node}`);
  process.exit(1);
}
install();
if (verb === 'build') process.exit(build());
build();
const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
const verbs = {
  // In this process, so that Ctrl-C and SIGTERM reach what has to stop.
  start: () => ((process.argv = [node, 'chatlake', ...args]), import('../dist/local/main.js')),
  test: () => run(node, [...jest, ...args]),
  faults: () => run(node, [...jest, '--config', 'test/faults/jest.config.mjs', ...args]),
  histories: () => run(node, [...jest, 'test/workflows/replay'], { RECORD_HISTORIES: '1' }),
  bench: () => run(node, ['scripts/bench.mjs', ...args]),
  readers: () => run(node, ['scripts/readers.mjs', ...args]),
  demo: () => run(node, ['dist/cli/main.js', 'demo', ...args]),
  send: () => run(node, ['dist/cli/main.js', 'send', ...args]),
};
const chosen = verbs[verb];
if (chosen === undefined) {
  console.error(`chatlake: "${verb}" is not one of ${Object.keys(verbs).join(', ')}`);
  process.exit(2);
}
await chosen();
