/** `chatlake user`: makes the line by which somebody may see the pages. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Command } from 'commander';
import { userLine } from '../dashboard/users.ts';
import type { VerbNeeds } from './explain.ts';

/** Adds the verb. The password is asked for, or read from what is piped in; it is never an argument, which others on the machine could read. */
export function addUser(
  program: Command,
  { print, say }: Pick<VerbNeeds, 'print' | 'say'>,
  input: Input = process.stdin,
): void {
  program
    .command('user')
    .description('the line of DASHBOARD_USERS for a person; asks for the password')
    .argument('<name>', 'letters, digits, dots, at signs, dashes, underscores')
    .addHelpText(
      'after',
      '\nExample:\n  chatlake user ana >> dashboard-users   # then DASHBOARD_USERS_FILE=dashboard-users',
    )
    .action(async (name: string) => {
      if (input.isTTY === true) say('Password (at least 12 characters; it is not shown):');
      print(await userLine(name, await readLine(input)));
    });
}

type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean };

/** One line of what is typed or piped in; what is typed is not shown. */
async function readLine(input: Input): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input, output: nowhere, terminal: input.isTTY === true });
  try {
    for await (const line of terminal) return line;
    return '';
  } finally {
    terminal.close();
  }
}
