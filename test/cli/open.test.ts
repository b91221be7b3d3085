/** In which lake a command works: the one named, else that of the clone it is run in; and it says which. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { commandConfig, findLake } from '../../src/cli/open.ts';
import { PermanentError } from '../../src/domain/errors.ts';
import { stack } from '../support/stack.ts';

let dir: string;
let said: string[];
const say = (text: string): void => void said.push(text);
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'chatlake-clones-'));
  said = [];
  for (const clone of ['one', 'two']) {
    mkdirSync(join(dir, clone, '.chatlake'), { recursive: true });
    mkdirSync(join(dir, clone, 'deep/down'), { recursive: true });
    const s3 = { ...stack().s3, bucket: clone };
    writeFileSync(join(dir, clone, '.chatlake/stack.json'), JSON.stringify({ ...stack(), s3 }));
    writeFileSync(join(dir, clone, '.chatlake/pseudonym.key'), '0'.repeat(64));
  }
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('the lake of the clone it is run in, from anywhere inside', () => {
  const config = commandConfig({}, { cwd: join(dir, 'one/deep/down') }, say);
  expect(config).toMatchObject({ S3_BUCKET: 'one', WORK_DIR: join(dir, 'one/.chatlake/cli') });
  expect(said).toEqual([`chatlake: the lake ${join(dir, 'one/.chatlake')}; another one: --lake DIR`]);
});

test('the lake that is named, as a clone or as its folder, wins over place and environment', () => {
  for (const lake of ['../two', join(dir, 'two/.chatlake')])
    expect(commandConfig({ S3_BUCKET: 'env' }, { lake, cwd: join(dir, 'one') }, say).S3_BUCKET).toBe('two');
  expect(said[0]).toContain(join(dir, 'two/.chatlake'));
  expect(() => findLake({ lake: 'nowhere', cwd: dir })).toThrow(PermanentError);
});

test('without a name the environment wins, and that is said', () => {
  expect(commandConfig({ S3_BUCKET: 'env' }, { cwd: join(dir, 'one') }, say).S3_BUCKET).toBe('env');
  expect(said[0]).toContain('what the environment names wins over it');
});

test('where nothing runs it says so, and how to point elsewhere', () => {
  rmSync(join(dir, 'one/.chatlake/stack.json'));
  commandConfig({}, { cwd: join(dir, 'one') }, say);
  expect(said[0]).toMatch(/nothing runs in .*one\/\.chatlake \(npm start, in its clone\); no variable says/);
});
