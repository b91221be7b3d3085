/** One suite for every object store, and what only one kind of store can get wrong. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createDirectoryStore } from '../../../src/adapters/object-store/directory.ts';
import { createMemoryStore } from '../../../src/adapters/object-store/memory.ts';
import { createRetryingStore } from '../../../src/adapters/object-store/retrying.ts';
import { type S3Options, createS3Store } from '../../../src/adapters/object-store/s3.ts';
import { SetupError, TransientError } from '../../../src/domain/errors.ts';
import { uniqueName } from '../../support/stack.ts';
import { openS3Part, s3Options } from '../../support/stores.ts';
import { describeObjectStore } from './conformance.ts';

function openDirectory() {
  const root = mkdtempSync(join(tmpdir(), 'chatlake-store-'));
  return {
    root,
    store: createDirectoryStore(join(root, 'bucket')),
    close: async () => rmSync(root, { recursive: true, force: true }),
  };
}

describeObjectStore('memory', () => ({ store: createMemoryStore(), close: async () => undefined }));
describeObjectStore('a local directory', openDirectory);
describeObjectStore('S3', openS3Part);
describeObjectStore('S3, tried again', () => {
  const { store, close } = openS3Part();
  return { store: createRetryingStore(store), close };
});

const BODY = new TextEncoder().encode('body');

describe('a local directory', () => {
  test('refuses keys that lead out of it, or that no directory can hold', async () => {
    const { store, close } = openDirectory();
    for (const key of ['../out', 'a/../../out', 'a/./b', '/etc/passwd', 'a//b', 'a/', '', 'a\0b'])
      await expect(store.put(key, BODY, { ifAbsent: false })).rejects.toThrow(SetupError);
    await close();
  });

  test('says so where a key would have to be a file and a folder at once', async () => {
    const { store, close } = openDirectory();
    await store.put('a/b', BODY, { ifAbsent: true });
    for (const key of ['a', 'a/b/c', 'a/b/c/d'])
      for (const ifAbsent of [true, false])
        await expect(store.put(key, BODY, { ifAbsent })).rejects.toThrow(SetupError);
    await close();
  });

  test('a folder whose last object is gone is no folder', async () => {
    const { store, close } = openDirectory();
    await store.put('a/b/c', BODY, { ifAbsent: true });
    await store.remove('a/b/c');
    for await (const folder of store.folders('a/')) expect(folder).toBe('none');
    await close();
  });
});

describe('S3', () => {
  /** What each operation throws, with the wrong options; some are left out. */
  async function faults(change: Partial<S3Options>, without: readonly string[] = []): Promise<Error[]> {
    const store = createS3Store(s3Options(change));
    const operations = {
      put: () => store.put('x', BODY, { ifAbsent: true }),
      get: () => store.get('x'),
      head: () => store.head('x'),
      list: () => store.list('x/')[Symbol.asyncIterator]().next(),
      folders: () => store.folders('x/')[Symbol.asyncIterator]().next(),
    };
    const asked = Object.entries(operations).filter(([name]) => !without.includes(name));
    const outcomes = await Promise.allSettled(asked.map(([, operation]) => operation()));
    store.close();
    return outcomes.map((outcome) => {
      if (outcome.status === 'fulfilled') throw new Error(`${JSON.stringify(outcome.value)} instead of an error`);
      return outcome.reason as Error;
    });
  }

  test('wrong credentials are for an operator to mend, and the secret is not told', async () => {
    const { accessKeyId } = s3Options().credentials!;
    const secretAccessKey = uniqueName('secret');
    for (const credentials of [
      { accessKeyId, secretAccessKey },
      { accessKeyId: 'nobody', secretAccessKey },
    ]) {
      for (const fault of await faults({ credentials })) {
        expect(fault).toBeInstanceOf(SetupError);
        expect(fault.message).toContain('credentials');
        expect(fault.message).not.toContain(secretAccessKey);
      }
    }
  });

  test('a missing bucket is for an operator to mend', async () => {
    const bucket = uniqueName('nowhere');
    // A HEAD has no body that could tell a missing bucket from a missing key, and some stores make a bucket for a put.
    for (const fault of await faults({ bucket }, ['head', 'put'])) {
      expect(fault).toBeInstanceOf(SetupError);
      expect(fault.message).toContain(bucket);
    }
  });

  /** Runs `work` with the address of a server that gives every request this answer. */
  async function answering<T>(status: number, body: string, work: (endpoint: string) => Promise<T>): Promise<T> {
    const server = createServer((request, answer) => void (request.resume(), answer.writeHead(status).end(body)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  test('a store that cannot be reached is tried again', async () => {
    const endpoint = await answering(200, '', async (address) => address);
    for (const fault of await faults({ endpoint })) expect(fault).toBeInstanceOf(TransientError);
  });

  test.each([
    ['TransientError', 409, 'ConditionalRequestConflict'],
    ['TransientError', 503, 'SlowDown'],
    ['TransientError', 500, 'InternalError'],
    ['TransientError', 400, 'RequestTimeout'],
    ['SetupError', 404, 'NoSuchBucket'],
    ['SetupError', 400, 'ExpiredToken'],
    ['SetupError', 403, 'AccessDenied'],
    ['SetupError', 301, 'PermanentRedirect'],
  ])('is a %s when it answers %d %s', async (kind, status, code) => {
    const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`;
    const thrown = await answering(status, body, (endpoint) => faults({ endpoint }, ['head']));
    expect(thrown.map(({ name }) => name)).toEqual([kind, kind, kind, kind]);
  });

  test('a server that knows nothing of S3 is not taken for an empty store', async () => {
    const thrown = await answering(404, 'nothing here', (endpoint) => faults({ endpoint }, ['get', 'head']));
    for (const fault of thrown) expect(fault).toBeInstanceOf(SetupError);
  });
});
