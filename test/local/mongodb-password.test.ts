/** MongoDB of `npm start`: whoever has an account on the machine reaches its port, and gets nothing without the password of the data folder. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Document, MongoClient } from 'mongodb';
import { startMongodb } from '../../src/local/parts/mongodb-server.ts';
import { openWorkbench, ownMongodb } from '../support/one-part.ts';

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'chatlake-password-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function asked(uri: string, command: Document, database = 'chatlake'): Promise<unknown> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 3_000 });
  try {
    return await client
      .db(database)
      .command(command)
      .then(
        ({ ok }) => ok as number,
        (error: unknown) => (error as { codeName?: string }).codeName,
      );
  } finally {
    await client.close();
  }
}

const ATTACKS: readonly (readonly [Document, string?])[] = [
  [{ find: 'desk_interactions' }],
  [{ insert: 'desk_interactions', documents: [{ _id: 'x' }] }],
  [{ delete: 'desk_interactions', deletes: [{ q: {}, limit: 0 }] }],
  [{ aggregate: 'desk_interactions', pipeline: [{ $out: 'taken' }], cursor: {} }],
  [{ dropDatabase: 1 }],
  [{ listCollections: 1 }],
  [{ listDatabases: 1 }, 'admin'],
  [{ createUser: 'thief', pwd: 'thief', roles: ['root'] }, 'admin'],
  [{ updateUser: 'chatlake', pwd: 'thief' }, 'admin'],
  [{ usersInfo: 1 }, 'admin'],
  [{ find: 'system.users' }, 'admin'],
  [{ shutdown: 1, force: true }, 'admin'],
  [{ getParameter: '*' }, 'admin'],
];

test('nobody without the password reads, writes, makes users or stops it; at the next start the same password holds', async () => {
  const first = await openWorkbench(dir);
  try {
    const { entry } = await ownMongodb(first);
    const { password } = new URL(entry.uri);
    expect(password).toMatch(/^[0-9a-f]{48}$/);
    expect(await asked(entry.uri, { insert: 'desk_interactions', documents: [{ _id: 'honest' }] })).toBe(1);
    const doors = [entry.uri.replace(`chatlake:${password}@`, ''), entry.uri.replace(password, 'guess')];
    for (const uri of doors)
      for (const [command, database] of ATTACKS)
        expect([command, await asked(uri, command, database)]).toEqual([
          command,
          expect.stringMatching(/^(Unauthorized|AuthenticationFailed|CommandNotFound)$/),
        ]);
    // Its own user makes no others.
    expect(await asked(entry.uri, { createUser: 'more', pwd: 'more', roles: [] }, 'admin')).toBe('Unauthorized');
    const commands = execFileSync('ps', ['-eo', 'args', '-ww'], { encoding: 'utf8' });
    expect(commands.split('\n').filter((line) => line.includes(password))).toEqual([]);
  } finally {
    await first.children.stopAll();
  }
  const second = await openWorkbench(dir);
  try {
    const { entry } = await ownMongodb(second);
    expect(await asked(entry.uri, { count: 'desk_interactions' })).toBe(1);
    expect(await asked(entry.uri, { delete: 'desk_interactions', deletes: [{ q: { _id: 'honest' }, limit: 1 }] })).toBe(
      1,
    );
    for (const name of ['secrets.json', 'secantusdb.user'])
      expect((statSync(join(dir, name), { throwIfNoEntry: false })?.mode ?? 0o600) & 0o077).toBe(0);
  } finally {
    await second.children.stopAll();
  }
}, 120_000);

test('MongoDB’s own server is started with a key, which makes it ask for passwords, and no secret stands in its arguments', async () => {
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  const mongod = join(bin, 'mongod');
  writeFileSync(mongod, '#!/bin/sh\necho "$*" > "$PWD/arguments"\nexit 3\n');
  chmodSync(mongod, 0o755);
  const bench = await openWorkbench(dir);
  const program = { kind: 'mongod', command: mongod, version: '8', origin: 'a test' } as const;
  await expect(startMongodb(bench.context, program, 'a test')).rejects.toThrow(/ended during its start/);
  await bench.children.stopAll();
  const key = join(dir, 'mongodb.key');
  const given = readFileSync(join(dir, 'arguments'), 'utf8').trim().split(' ');
  expect(given.slice(given.indexOf('--replSet'))).toEqual(['--replSet', 'chatlake', '--keyFile', key]);
  expect(given[given.indexOf('--bind_ip') + 1]).toBe('127.0.0.1');
  expect(statSync(key).mode & 0o777).toBe(0o600);
  const { mongodbKey, mongodbPassword } = bench.context.secrets;
  expect(readFileSync(key, 'utf8')).toBe(mongodbKey);
  for (const secret of [mongodbKey, mongodbPassword]) expect(given.join(' ')).not.toContain(secret);
});
