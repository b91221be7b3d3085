/** npm start: everything on one machine. Parts, workers, the demo into an empty store, then it stays up until Ctrl-C. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { messageOf } from '../domain/errors.ts';
import { quietSdkNotice } from '../wiring/process.ts';
import { runDemo, summary } from './demo-run.ts';
import { guide } from './guide.ts';
import { startSystem } from './system.ts';

quietSdkNotice(process.env);
const once = process.argv.includes('--once');
const unknown = process.argv.slice(2).filter((argument) => argument !== '--once');
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Resolves at the first SIGINT or SIGTERM. */
const asked = new Promise<'asked'>((done) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => done('asked'));
});

async function main(): Promise<void> {
  if (unknown.length > 0) throw new Error(`${unknown.join(' ')} is not understood; npm start knows --once`);
  const dir = once ? mkdtempSync(join(tmpdir(), 'chatlake-')) : resolve('.chatlake');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const starting = startSystem({ dir, env: process.env, log: say, preferredPorts: !once });
  const first = await Promise.race([starting, asked]);
  const system = first === 'asked' ? await starting : first;
  try {
    if (first === 'asked') return;
    const demo = runDemo(system, say);
    if ((await Promise.race([demo, asked])) === 'asked') return;
    if (once) {
      say(JSON.stringify(await summary(system)));
      return;
    }
    say(guide(system));
    await Promise.race([asked, system.workerEnded]);
    say('\nstopping …');
  } finally {
    await system.stop();
    if (once) rmSync(dir, { recursive: true, force: true });
  }
}

try {
  await main();
  if (!once) say('stopped; your data stays in .chatlake');
  process.exit(0);
} catch (error) {
  process.stderr.write(`chatlake: ${messageOf(error)}\n`);
  process.exit(1);
}
