/** npm start: everything on one machine. Parts, workers, the demo into an empty store, then it stays up until Ctrl-C. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PermanentError, messageOf } from '../domain/errors.ts';
import { STACK_FILE } from '../wiring/stack-file.ts';
import { beginProcess } from '../wiring/process.ts';
import { stepClock } from './clock.ts';
import { guide } from './guide.ts';
import { type StartWishes, readWishes } from './options.ts';
import { reset } from './reset.ts';
import { startSystem } from './system.ts';

beginProcess(process.env);
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Resolves at the first SIGINT or SIGTERM. */
const asked = new Promise<'asked'>((done) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => done('asked'));
});

async function main({ once, retry, reset: anew, yes, demo, ports }: StartWishes): Promise<void> {
  const clock = stepClock();
  clock.step('to get ready');
  const dir = once ? mkdtempSync(join(tmpdir(), 'chatlake-')) : resolve('.chatlake');
  if (anew) await reset(dir, yes, { input: process.stdin, output: process.stdout });
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const starting = startSystem({ dir, env: process.env, log: say, preferredPorts: !once, ports, retry });
  const first = await Promise.race([starting, asked]);
  const early = first === 'asked';
  if (early) say('\nstopping …');
  if (early && !once) {
    // Fetching may take minutes. The guard ends what was started as soon as this process is gone.
    rmSync(join(dir, STACK_FILE), { force: true });
    return;
  }
  const system = await starting;
  try {
    if (early) return;
    clock.step('parts, gateway and worker');
    const { runDemo, summary } = await import('./demo-run.ts');
    if (demo) {
      if ((await Promise.race([runDemo(system, say), asked])) === 'asked') return;
      clock.step('demo and report');
    }
    say(clock.line(system.took));
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
  const wishes = readWishes(process.argv.slice(2), process.env);
  await main(wishes);
  if (!wishes.once) say('stopped; your data stays in .chatlake');
  process.exit(0);
} catch (error) {
  process.stderr.write(`chatlake: ${messageOf(error)}\n`);
  process.exit(error instanceof PermanentError ? 2 : 1);
}
