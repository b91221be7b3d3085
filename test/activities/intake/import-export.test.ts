/** Imports into a store in memory: whole, in slices, and through crashes. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createImportExport } from '../../../src/activities/intake/import-export.ts';
import type { ImportProgress, ImportSlice } from '../../../src/activities/types.ts';
import { createMemoryStore } from '../../../src/adapters/object-store/memory.ts';
import { openExport } from '../../../src/adapters/telegram/export-reader.ts';
import { PermanentError, SetupError, messageOf } from '../../../src/domain/errors.ts';
import { decorateStore } from '../../support/decorate-store.ts';
import { exportMessageText, writeExport } from '../../support/export-file.ts';
import { finish, linesOf, runOn } from '../../support/import-run.ts';
import { heldBytes } from '../../support/held-memory.ts';
import { SILENT_ANNOUNCER } from '../../support/silent-announcer.ts';

const MB = 1024 * 1024;
const dir = mkdtempSync(join(tmpdir(), 'chatlake-import-'));
const large = join(dir, 'large.json');
let count = 0;
beforeAll(() => void (count = writeExport(large, 12 * MB)));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function fileOf(text: string): string {
  const path = join(dir, 'small.json');
  writeFileSync(path, text);
  return path;
}

/** Of the texts in any order. */
const hash = (texts: readonly string[]): string => {
  const sum = createHash('sha256');
  for (const text of texts.toSorted()) sum.update(`${text}\n`);
  return sum.digest('hex');
};
const expected = (): string[] => Array.from({ length: count }, (_, n) => exportMessageText(n + 1));

describe('a large export', () => {
  test('is in raw message by message, byte for byte, over as many slices as it takes; and again the same', async () => {
    const [run, again] = [runOn(createMemoryStore(), '77'), runOn(createMemoryStore(), '77')];
    const { done, slices } = await finish(run, { file: large, sliceMs: 0 });
    expect(slices).toBeGreaterThan(3);
    expect(done).toMatchObject({ messages: count, chats: 1, ofUnknownChats: 0, fileBytes: statSync(large).size });
    const lines = await linesOf(run.store);
    expect(lines.length).toBe(count);
    expect(hash(lines.map(({ body }) => body!))).toBe(hash(expected()));
    const chat = { origin: 'import', bot: '77', chat: '-1001500000001', chat_type: 'supergroup' };
    expect(lines[0]?.headers).toEqual({ ...chat, position: '1' });
    expect(new Set(lines.map(({ headers }) => headers['position'])).size).toBe(count);
    expect(run.announced.length).toBe(done.objects);
    expect(run.announced[0]).toMatch(/^telegram \d{4}-\d\d-\d\dT\d\d$/);

    await finish(again, { file: large, sliceMs: 600_000 });
    const whole = (all: typeof lines) => hash(all.map(({ body, headers }) => JSON.stringify([headers, body])));
    expect(whole(await linesOf(again.store))).toBe(whole(lines));
  });

  test('through crashes every message is in raw, and nothing else', async () => {
    let puts = 0;
    const store = decorateStore(createMemoryStore(), {
      put: (_, perform) => {
        puts += 1;
        return puts % 3 === 0 ? Promise.reject(new SetupError('the bucket is gone')) : perform();
      },
    });
    const run = runOn(store);
    let beat: ImportProgress | undefined;
    for (let attempts = 0; attempts < 40; attempts += 1) {
      const { beats, result } = await run.attempt({ file: large, sliceMs: 600_000 }, beat);
      if ('done' in result) break;
      // The last beat of a worker that dies is not always sent: what came after the one before is written again.
      if (attempts % 2 === 0) beat = beats.at(-2) ?? beat;
      else beat = beats.at(-1) ?? beat;
    }
    const bodies = (await linesOf(store)).map(({ body }) => body!);
    expect(bodies.length).toBeGreaterThan(count);
    expect(hash([...new Set(bodies)])).toBe(hash(expected()));
  });

  test('is read with flat memory', async () => {
    const path = join(dir, 'larger.json');
    const written = writeExport(path, 20 * MB);
    const file = await openExport(path);
    let [read, before, most] = [0, 0, 0];
    for await (const message of file.messages()) {
      read += message.kind === 'message' ? 1 : 0;
      if (read === 1_000) before = heldBytes();
      if (read > 1_000 && read % 4_000 === 0) most = Math.max(most, heldBytes());
    }
    expect(read).toBe(written);
    expect(most - before).toBeLessThan(6 * MB);
  });

  test('that changes while it is imported is not read on', async () => {
    const run = runOn(createMemoryStore());
    const path = fileOf('{"type":"public_channel","id":7,"messages":[{"id":1},{"id":2}]}');
    const { result } = await run.attempt({ file: path, sliceMs: 0 });
    utimesSync(path, 1_000, 1_000);
    const second = await run.attempt({ file: path, sliceMs: 0, from: result as ImportProgress });
    expect(second.result).toBeInstanceOf(PermanentError);
    expect(messageOf(second.result)).toMatch(/^The export was changed or replaced/);
  });
});

describe('an old export', () => {
  const old =
    '{"type":"private_group","id":8589934599,"messages":[{"id":1,"type":"message","date":"2019-01-02T03:04:05"}]}';

  test('is refused without a zone, and nothing of it is in raw', async () => {
    const run = runOn(createMemoryStore());
    const { result } = await run.attempt({ file: fileOf(old), sliceMs: 0 });
    expect(result).toBeInstanceOf(PermanentError);
    expect(messageOf(result)).toMatch(/^The message at byte 52 has a local date only.*--zone/);
    expect(await linesOf(run.store)).toEqual([]);
  });

  test('with a zone has it in every line, and the id of its chat without the mark', async () => {
    const run = runOn(createMemoryStore());
    const zone = 'America/Sao_Paulo';
    await finish(run, { file: fileOf(old), sliceMs: 0, zone, bot: '5', account: 'reception' });
    const chat = { origin: 'import', bot: '5', account: 'reception', chat: '-7', chat_type: 'group' };
    expect((await linesOf(run.store)).map(({ headers }) => headers)).toEqual([{ ...chat, position: '1', zone }]);
  });
});

test('a chat of an unknown type is in raw, and told of; bytes that are not UTF-8 are kept', async () => {
  const path = join(dir, 'odd.json');
  const chat = (type: string, message: Buffer) =>
    Buffer.concat([Buffer.from(`{"type":${type},"id":9,"messages":[`), message, Buffer.from(']}')]);
  const odd = Buffer.from([...Buffer.from('{"text":"'), 0xff, ...Buffer.from('"}')]);
  writeFileSync(
    path,
    Buffer.concat([
      Buffer.from('{"chats":{"list":['),
      chat('null', odd),
      Buffer.from(','),
      chat('"personal_chat"', Buffer.from('{"text":"\\x0B"}')),
      Buffer.from(']}}'),
    ]),
  );
  const run = runOn(createMemoryStore());
  const { done } = await finish(run, { file: path, sliceMs: 0, account: 'reception' });
  expect(done).toMatchObject({ messages: 2, chats: 2, ofUnknownChats: 1 });
  const [first, second] = await linesOf(run.store);
  expect(first).toMatchObject({ headers: { chat: '9', chat_type: 'unknown' }, bodyBase64: odd.toString('base64') });
  expect(second).toMatchObject({ headers: { chat: '9', chat_type: 'private' }, body: '{"text":"\\x0B"}' });
});

test('cancelled, it stops between two batches', async () => {
  const environment = new MockActivityEnvironment();
  environment.on('heartbeat', () => environment.cancel());
  const store = createMemoryStore();
  const importExport = createImportExport({
    store,
    openExport,
    botId: undefined,
    announcer: SILENT_ANNOUNCER,
    log: { info: () => undefined, warn: () => undefined },
    now: Date.now,
  });
  const slice: ImportSlice = { file: large, sliceMs: 600_000 };
  await expect(
    environment.run<[ImportSlice], ImportProgress, typeof importExport>(importExport, slice),
  ).rejects.toThrow(/cancel/i);
  expect((await linesOf(store)).length).toBeLessThan(count);
});
