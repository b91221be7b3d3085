import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PartChoice, partsTable, type RunningParts, startParts } from '../../src/local/parts/index.ts';

/** What the teardown of the same run has to undo; absent where the run uses somebody else's stack. */
export interface TestRun {
  readonly parts: RunningParts;
  readonly dir: string;
}

/** Jest loads setup and teardown as separate modules of one process: the global object is what they share. */
export const TEST_RUN = Symbol.for('chatlake.testRun');

/** Starts the real parts once for the whole run, on free ports and empty data; CHATLAKE_TEST_STACK names a running stack to use instead. */
export default async function globalSetup(): Promise<void> {
  const given = process.env['CHATLAKE_TEST_STACK'];
  if (given) {
    console.log(`using the running stack of ${given}`);
    return;
  }
  const dir = mkdtempSync(join(tmpdir(), 'chatlake-test-'));
  const started = Date.now();
  // Tests of the broker's ways want topics and queues of their own.
  process.env['CHATLAKE_LAB_PASSCODE'] = randomBytes(16).toString('hex');
  const parts = await startParts({ dir, env: process.env, log: console.log, preferredPorts: false });
  Reflect.set(globalThis, TEST_RUN, { parts, dir } satisfies TestRun);
  const file = join(dir, 'stack.json');
  writeFileSync(file, JSON.stringify(parts.stack, null, 2), { mode: 0o600 });
  process.env['CHATLAKE_TEST_STACK'] = file;
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`\n${partsTable(parts.choices)}\nparts ready after ${seconds} s\n${notRun(parts.choices)}`);
}

/** One line: what this run cannot show, because something stands in for it. */
function notRun(choices: readonly PartChoice[]): string {
  const standIns = choices.filter(({ chosen }) => chosen.includes(', not '));
  if (standIns.length === 0) return 'nothing is left out: every part is the real one';
  return `not run: ${standIns.map(({ chosen, why }) => `against ${chosen.split(', not ')[1] ?? ''} itself (${why})`).join('; ')}`;
}
