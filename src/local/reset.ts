/** `npm start -- --reset`: everything of a folder goes, but only when a person says so. */
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { PermanentError } from '../domain/errors.ts';
import { openGuard } from './parts/guard.ts';

/** Where a person is asked, and told. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
}

/** Removes the folder after a `yes`. Throws where it is in use, where nobody can be asked, and where the answer is another one. */
export async function reset(dir: string, yes: boolean, { input, output }: Terminal): Promise<void> {
  const say = (line: string): void => void output.write(`${line}\n`);
  if (!existsSync(dir)) {
    say(`${dir} is not there: nothing to remove`);
    return;
  }
  // Refuses while a system runs there.
  const guard = await openGuard(dir);
  try {
    if (!yes) await ask(dir, { input, output });
    rmSync(dir, { recursive: true, force: true });
    say(`${dir} was removed`);
  } finally {
    await guard.close();
  }
}

async function ask(dir: string, { input, output }: Terminal): Promise<void> {
  const question = `--reset removes ${dir}: every message, table, document and report of this lake, the files to import, and the key of its pseudonyms.`;
  if (input.isTTY !== true) throw new PermanentError(`${question} Nobody can be asked here: add --yes.`);
  const terminal = createInterface({ input, output });
  // Whoever leaves with Ctrl-C or Ctrl-D has answered, too.
  const left = once(terminal, 'close').then(() => '');
  const asked = terminal.question(`${question}\nType yes to go on: `).catch(() => '');
  const answer = await Promise.race([asked, left]);
  terminal.close();
  if (answer.trim() !== 'yes') throw new PermanentError('Nothing was removed.');
}
