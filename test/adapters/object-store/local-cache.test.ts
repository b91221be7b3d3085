/** Local copies: checked, shared, evicted, and never more than a matter of speed. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createLocalCache } from '../../../src/adapters/object-store/local-cache.ts';
import { createMemoryStore } from '../../../src/adapters/object-store/memory.ts';
import type { ObjectStore } from '../../../src/adapters/object-store/object-store.ts';
import { InvariantViolation, SetupError } from '../../../src/domain/errors.ts';
import { RAW_PREFIX, rawKey, stagingKey } from '../../../src/domain/formats/layout.ts';
import { parseWindow } from '../../../src/domain/window.ts';
import { decorateStore } from '../../support/decorate-store.ts';

const MB = 1_000_000;
let root: string;
let store: ObjectStore;
let gets: number;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'chatlake-cache-'));
  gets = 0;
  store = decorateStore(createMemoryStore(), { get: (_key, perform) => ((gets += 1), perform()) });
});
afterEach(() => rmSync(root, { recursive: true }));

/** Puts `size` bytes under their content-addressed key. */
async function put(name: string, size = 20): Promise<{ key: string; body: Buffer }> {
  const body = Buffer.alloc(size, `${name} `);
  const key = stagingKey('run', name, 0, `${createHash('sha256').update(body).digest('hex')}.parquet`);
  await store.put(key, body, { ifAbsent: true });
  return { key, body };
}
const open = (maxBytes = MB) => createLocalCache(store, root, maxBytes, [RAW_PREFIX]);
const copies = (): string[] => readdirSync(join(root, 'objects')).map((name) => join(root, 'objects', name));

test('an object is fetched once, and each caller gets a path of its own', async () => {
  const { key, body } = await put('a');
  const cache = await open();
  await cache.withScratch(async (folder) => {
    const paths = [await cache.fetch(key, folder, 'a file'), await cache.fetch(key, folder, 'a file')];
    expect(new Set(paths).size).toBe(2);
    for (const path of paths) expect(readFileSync(path)).toEqual(body);
  });
  expect(gets).toBe(1);
});

test('many callers at once all get the bytes', async () => {
  const { key, body } = await put('a', 10_000);
  const cache = await open();
  await cache.withScratch(async (folder) => {
    const paths = await Promise.all(Array.from({ length: 16 }, () => cache.fetch(key, folder, 'a file')));
    for (const path of paths) expect(readFileSync(path).equals(body)).toBe(true);
  });
  expect(copies()).toHaveLength(1);
});

test('a remembered file is not fetched', async () => {
  const { key, body } = await put('a');
  const cache = await open();
  await cache.withScratch(async (folder) => {
    await writeFile(join(folder, 'out'), body);
    await cache.remember(key, join(folder, 'out'));
    expect(readFileSync(await cache.fetch(key, folder, 'a file'))).toEqual(body);
  });
  expect(gets).toBe(0);
});

test('an altered object is refused, by name and at once, and no copy of it is kept', async () => {
  const { key } = await put('a');
  await store.put(key, Buffer.from('altered'), { ifAbsent: false });
  const cache = await open();
  await cache.withScratch(async (folder) => {
    await expect(cache.fetch(key, folder, 'a live file')).rejects.toThrow(InvariantViolation);
    await expect(cache.fetch(key, folder, 'a live file')).rejects.toThrow(`a live file: the bytes of ${key}`);
  });
  expect(copies()).toEqual([]);
});

test('an answer that was cut short is asked for once more', async () => {
  const { key, body } = await put('a');
  const cutting = decorateStore(store, {
    get: async (_key, perform) => {
      const whole = await perform();
      return gets === 1 ? whole?.subarray(0, 5) : whole;
    },
  });
  const cache = await createLocalCache(cutting, root, MB, []);
  await cache.withScratch(async (folder) => expect(readFileSync(await cache.fetch(key, folder, 'a'))).toEqual(body));
});

test('an object that is gone is named with what it was for', async () => {
  const { key } = await put('a');
  await store.remove(key);
  const cache = await open();
  await expect(cache.fetch(key, root, 'a live file')).rejects.toThrow(`a live file is gone from the store: ${key}`);
  await expect(cache.fetch('seals/g0001.json', root, 'a seal')).rejects.toThrow(InvariantViolation);
});

test('a copy that a crash of the machine has cut is fetched again by the next process', async () => {
  const { key, body } = await put('a');
  const first = await open();
  await first.withScratch((folder) => first.fetch(key, folder, 'a file'));
  truncateSync(copies()[0]!, 3);
  const second = await open();
  await second.withScratch(async (folder) => {
    expect(readFileSync(await second.fetch(key, folder, 'a file'))).toEqual(body);
    expect(readFileSync(await second.fetch(key, folder, 'a file'))).toEqual(body);
  });
  expect(gets).toBe(2);
});

test('a copy that is changed between two uses of one process is not used: the object is fetched again', async () => {
  const { key, body } = await put('a', 3_000_000);
  const cache = await open(10 * MB);
  await cache.withScratch(async (folder) => {
    await cache.fetch(key, folder, 'a file');
    const [copy] = copies() as [string];
    const { atime, mtime } = statSync(copy);
    // As somebody who hides it would: the same size, the same times, one byte of three million.
    const changed = Buffer.from(body);
    changed[2_000_000]! ^= 1;
    writeFileSync(copy, changed);
    utimesSync(copy, atime, mtime);
    expect(readFileSync(await cache.fetch(key, folder, 'a file')).equals(body)).toBe(true);
    expect(gets).toBe(2);
    expect(readFileSync(await cache.fetch(key, folder, 'a file')).equals(body)).toBe(true);
    expect(gets).toBe(2);
  });
});

test('what was put under a wrong name is never taken for the object', async () => {
  const { key, body } = await put('a');
  const cache = await open();
  await cache.withScratch(async (folder) => {
    await writeFile(join(folder, 'other'), 'not what the key says');
    await cache.remember(key, join(folder, 'other'));
    expect(readFileSync(await cache.fetch(key, folder, 'a file'))).toEqual(body);
  });
});

test('the least recently used copies go when the room is full, and a job keeps the bytes it has', async () => {
  const cache = await open(10_000);
  const first = await put('first', 1_000);
  const used = await put('used', 1_000);
  await cache.withScratch(async (folder) => {
    const held = await cache.fetch(first.key, folder, 'a file');
    for (let i = 0; i < 30; i += 1) {
      await cache.fetch(used.key, folder, 'a file');
      await cache.fetch((await put(`more${i}`, 1_000)).key, folder, 'a file');
      // Files' times are in milliseconds here: let the clock move on, so that "least recently" has one meaning.
      for (const now = Date.now(); Date.now() === now;);
    }
    expect(copies().reduce((sum, path) => sum + statSync(path).size, 0)).toBeLessThanOrEqual(11_000);
    expect(readFileSync(held)).toEqual(first.body);
    gets = 0;
    await cache.fetch(used.key, folder, 'a file');
    expect(gets).toBe(0);
    await cache.fetch(first.key, folder, 'a file');
    expect(gets).toBe(1);
  });
});

test.each([0, 100])('without room for an object (%d bytes) it is used all the same', async (room) => {
  const { key, body } = await put('large', 5_000);
  const cache = await open(room);
  await cache.withScratch(async (folder) => {
    expect(readFileSync(await cache.fetch(key, folder, 'a file')).equals(body)).toBe(true);
    expect(readFileSync(await cache.fetch(key, folder, 'a file')).equals(body)).toBe(true);
  });
  expect(copies()).toEqual([]);
});

test('the folder of a job is removed, also when the job fails', async () => {
  const cache = await open();
  let folder = '';
  const job = cache.withScratch((own) => ((folder = own), Promise.reject(new Error('the job failed'))));
  await expect(job).rejects.toThrow('the job failed');
  expect(() => statSync(folder)).toThrow('ENOENT');
});

test('what a killed job left is swept a day later, what a running one has is not', async () => {
  const scratch = join(root, 'scratch');
  for (const name of ['job-old', 'job-young']) mkdirSync(join(scratch, name), { recursive: true });
  const twoDaysAgo = new Date(Date.now() - 48 * 3_600_000);
  utimesSync(join(scratch, 'job-old'), twoDaysAgo, twoDaysAgo);
  await open();
  expect(readdirSync(scratch)).toEqual(['job-young']);
});

test('raw, which is people’s data in clear, is gone with the job that read it', async () => {
  const body = Buffer.from('a raw object');
  const sha256 = createHash('sha256').update(body).digest('hex');
  const key = rawKey({
    source: 'desk',
    window: parseWindow('2026-11-22T03')!,
    openedAtMs: 1_790_000_000_000,
    count: 1,
    size: 12,
    sha256,
  });
  await store.put(key, body, { ifAbsent: true });
  const cache = await open();
  await cache.withScratch(async (folder) => {
    expect(readFileSync(await cache.fetch(key, folder, 'a raw object'))).toEqual(body);
  });
  expect(copies()).toEqual([]);
  expect(readdirSync(join(root, 'scratch'))).toEqual([]);
});

test('what a process that is gone has left is swept at the next start; what a living one has is not', async () => {
  const gone = spawnSync(process.execPath, ['--version']).pid;
  const folder = (name: string): string => join(root, 'scratch', name);
  for (const name of [`job-${gone}-0a1b2c3d-x`, `job-${process.pid}-0a1b2c3d-x`, `job-${process.ppid}-0a1b2c3d-x`])
    mkdirSync(folder(name), { recursive: true });
  const first = await open();
  await first.withScratch(async (own) => {
    await open();
    expect(readdirSync(join(root, 'scratch')).sort()).toEqual([`job-${process.ppid}-0a1b2c3d-x`, basename(own)].sort());
  });
});

test('a folder that others may write into, or that is a link, is refused before anything is read', async () => {
  await open();
  for (const place of [root, join(root, 'objects'), join(root, 'scratch')]) {
    chmodSync(place, 0o777);
    await expect(open()).rejects.toThrow(SetupError);
    chmodSync(place, 0o700);
  }
  symlinkSync(root, `${root}-link`);
  try {
    await expect(createLocalCache(store, `${root}-link`, MB, [])).rejects.toThrow(
      /is a link, another user's, or others may write/,
    );
  } finally {
    rmSync(`${root}-link`);
  }
});
