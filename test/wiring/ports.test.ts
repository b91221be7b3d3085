/** The ports as a configuration gives them. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createMemoryStore } from '../../src/adapters/object-store/memory.ts';
import { tableFile, tableRoot } from '../../src/domain/formats/layout.ts';
import { loadConfig } from '../../src/wiring/config.ts';
import { openReaders } from '../../src/wiring/ports.ts';

let work: string;
beforeEach(() => void (work = mkdtempSync(join(tmpdir(), 'chatlake-ports-'))));
afterEach(() => rmSync(work, { recursive: true }));

test.each(['on', 'off'])('no copy of a text stays on the local disk, with texts switched %s', async (texts) => {
  const store = createMemoryStore();
  const { ports, close } = await openReaders(loadConfig({ WORK_DIR: work, TELEGRAM_TEXTS: texts }), store);
  await ports.cache.withScratch(async (scratch) => {
    for (const table of ['telegram_texts', 'telegram_messages']) {
      const sha256 = createHash('sha256').update(table).digest('hex');
      const key = `${tableRoot(table)}${tableFile('run', 0, sha256)}`;
      await store.put(key, Buffer.from(table), { ifAbsent: true });
      await ports.cache.fetch(key, scratch, 'a file of a table');
    }
  });
  await close();
  const copies = readdirSync(join(work, 'objects'));
  expect(copies.map((name) => readFileSync(join(work, 'objects', name), 'utf8'))).toEqual(['telegram_messages']);
});
