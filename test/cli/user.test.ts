/** `chatlake user`: what it prints lets that person in, and no one else. */
import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { Command } from 'commander';
import { addUser } from '../../src/cli/user.ts';
import { createSessions, parseUsers } from '../../src/dashboard/users.ts';
import { SetupError } from '../../src/domain/errors.ts';

const PASSWORD = 'uma senha comprida, com acento: ação';

/** Runs the verb with this piped in; answers what it printed. */
async function user(name: string, piped: string): Promise<string> {
  const printed: string[] = [];
  const print = (text: string): void => void printed.push(text);
  const input = new PassThrough();
  const program = new Command();
  addUser(program, { print, say: print }, input);
  input.end(piped);
  await program.parseAsync(['user', name], { from: 'user' });
  return printed.join('\n');
}

test('the printed line is a user of the pages; the password is not in it', async () => {
  const line = await user('ana', `${PASSWORD}\nmore that is piped in\n`);
  expect(line).toMatch(/^ana:scrypt:[\w-]+:[\w-]+$/);
  expect(line).not.toContain('senha');
  const sessions = createSessions(parseUsers(`# who may see the pages\n${line}\n`));
  expect(await sessions.login('ana', 'another long password', '127.0.0.1')).toEqual({ kind: 'wrong' });
  expect(await sessions.login('bia', PASSWORD, '127.0.0.1')).toEqual({ kind: 'wrong' });
  expect(await sessions.login('ana', PASSWORD, '127.0.0.1')).toEqual({ kind: 'in', token: expect.any(String) });
});

test('two lines of one password have nothing in common, and a line is made of a password that ends with its input', async () => {
  const [one, other] = await Promise.all([user('ana', PASSWORD), user('ana', PASSWORD)]);
  const parts = (line: string): readonly string[] => line.split(':').slice(2);
  expect(parts(one).filter((part) => parts(other).includes(part))).toEqual([]);
});

test.each([
  ['ana', 'too short', /at least 12 characters/],
  ['ana', '', /at least 12 characters/],
  ['ana', 'anaanaanaana', /at least 5 different characters/],
  ['ana', '121212121212', /at least 5 different characters/],
  ['ana:root', PASSWORD, /letters, digits/],
])('%s with “%s” is refused in a sentence', async (name, piped, sentence) => {
  await expect(user(name, piped)).rejects.toThrow(SetupError);
  await expect(user(name, piped)).rejects.toThrow(sentence);
});
