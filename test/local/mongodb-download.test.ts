/** The official MongoDB is fetched once, checked, and refused in one sentence where it cannot be had. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Children, openChildren } from '../../src/local/parts/children.ts';
import type { PartContext } from '../../src/local/parts/context.ts';
import { downloadedMongod } from '../../src/local/parts/mongodb-download.ts';
import { createPortBook } from '../../src/local/parts/ports.ts';
import { openRefusals } from '../../src/local/parts/refusals.ts';
import { secretsOf } from '../../src/local/parts/secrets.ts';

let dir: string;
let children: Children;
let mirror: Server;
let asked: string[];

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'chatlake-mongod-'));
  children = await openChildren(dir, () => undefined);
  asked = [];
});
afterEach(async () => {
  await children.stopAll();
  mirror.close();
  rmSync(dir, { recursive: true, force: true });
});

/** A mirror whose every archive holds a program that says its version. `sum` answers for its checksum. */
async function serve(sum: (archive: Buffer) => string): Promise<string> {
  const bin = join(dir, 'mongodb', 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'mongod'), '#!/bin/sh\necho db version v8.0.15\n', { mode: 0o755 });
  execFileSync('tar', ['czf', join(dir, 'archive.tgz'), '-C', dir, 'mongodb']);
  const archive = readFileSync(join(dir, 'archive.tgz'));
  mirror = createServer(({ url = '' }, response) => {
    asked.push(url);
    response.end(url.endsWith('.md5') ? `${sum(archive)}  archive.tgz\n` : archive);
  });
  await new Promise<void>((resolve) => mirror.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(mirror.address() as AddressInfo).port}`;
}

const contextWith = (mirrorUrl: string): PartContext => ({
  dir,
  env: {
    ...process.env,
    XDG_CACHE_HOME: join(dir, 'cache'),
    MONGOMS_DOWNLOAD_MIRROR: mirrorUrl,
    MONGOMS_USE_HTTP: 'true',
  },
  log: () => undefined,
  ports: createPortBook(false),
  children,
  secrets: secretsOf(dir),
  refusals: openRefusals({ XDG_CACHE_HOME: join(dir, 'cache') }, false),
});

test('is fetched once per machine', async () => {
  const context = contextWith(await serve((archive) => createHash('md5').update(archive).digest('hex')));
  const program = await downloadedMongod(context);
  expect(execFileSync(program, { encoding: 'utf8' })).toContain('v8.0.15');
  const before = asked.length;
  expect(before).toBeGreaterThan(0);
  expect(await downloadedMongod(context)).toBe(program);
  expect(asked).toHaveLength(before);
});

test('is refused when the archive is not the one that was published, and nothing is kept of it', async () => {
  const context = contextWith(await serve(() => '0'.repeat(32)));
  await expect(downloadedMongod(context)).rejects.toThrow(/the download of MongoDB .* failed/);
  await expect(downloadedMongod(context)).rejects.toThrow(/the download of MongoDB .* failed/);
});
