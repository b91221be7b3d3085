/** `npm start -- --reset`: everything of a folder goes, but only when a person says so. */
import { existsSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { PermanentError } from '../domain/errors.ts';
import { openGuard } from './parts/guard.ts';

/** Removes the folder after a `yes`. Throws where it is in use, where nobody can be asked, and where the answer is another one. */
export async function reset(dir: string, yes: boolean, say: (line: string) => void): Promise<void> {
  if (!existsSync(dir)) {
    say(`${dir} is not there: nothing to remove`);
    return;
  }
  // Refuses while a system runs there.
  const guard = await openGuard(dir);
  try {
    if (!yes) await ask(dir);
    rmSync(dir, { recursive: true, force: true });
    say(`${dir} was removed`);
  } finally {
    await guard.close();
  }
}

async function ask(dir: string): Promise<void> {
  const question = `--reset removes ${dir}: every message, table, document and report of this lake, and the key of its pseudonyms.`;
  if (!process.stdin.isTTY) throw new PermanentError(`${question} Nobody can be asked here: add --yes.`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`${question}\nType yes to go on: `).finally(() => terminal.close());
  if (answer.trim() !== 'yes') throw new PermanentError('Nothing was removed.');
}
