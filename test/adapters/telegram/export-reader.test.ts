/** Exports are cut up byte for byte, wherever chunks end, and read on from any message. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type BrokenPlace,
  type ExportFile,
  type ReadMessage,
  openExport,
} from '../../../src/adapters/telegram/export-reader.ts';
import { ExportFault } from '../../../src/adapters/telegram/export-scan.ts';
import {
  type ExportPosition,
  type ExportedMessage,
  ExportSplitter,
  MAX_MESSAGE_BYTES,
} from '../../../src/adapters/telegram/export-splitter.ts';
import { anyExport } from './export-text.ts';

const dir = mkdtempSync(join(tmpdir(), 'chatlake-export-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const fileOf = (text: string | Buffer): string => {
  const path = join(dir, 'result.json');
  writeFileSync(path, text);
  return path;
};
async function itemsOf(file: ExportFile, from?: ExportPosition): Promise<(ReadMessage | BrokenPlace)[]> {
  const items = [];
  for await (const item of file.messages(from)) items.push(item);
  return items;
}
const textOf = ({ bytes }: ExportedMessage): string => Buffer.from(bytes).toString('utf8');

function split(bytes: Buffer, cuts: readonly number[]): ExportedMessage[] {
  const splitter = new ExportSplitter();
  const found: ExportedMessage[] = [];
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let start = 0;
  for (const end of ends) {
    found.push(...splitter.push(bytes.subarray(start, end)));
    start = end;
  }
  splitter.end();
  return found;
}

describe('any export', () => {
  test('gives every message exactly, in order, with its chat, wherever chunks end', () => {
    fc.assert(
      fc.property(anyExport, fc.array(fc.nat(), { maxLength: 20 }), ({ text, messages }, cuts) => {
        const bytes = Buffer.from(text);
        const found = split(bytes, cuts);
        expect(found.map((one) => ({ text: textOf(one), chat: one.chat }))).toEqual(messages);
        for (const one of found) expect(bytes.subarray(one.at, one.next.at).equals(one.bytes)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('is read on behind any of its messages', async () => {
    await fc.assert(
      fc.asyncProperty(anyExport, fc.nat(), async ({ text, messages }, pick) => {
        fc.pre(messages.length > 0);
        const file = await openExport(fileOf(text));
        const all = await itemsOf(file);
        const n = pick % all.length;
        expect(await itemsOf(file, all[n]!.next)).toEqual(all.slice(n + 1));
      }),
      { numRuns: 50 },
    );
  });

  test('cut short anywhere gives all that is whole, and names where what is not begins', async () => {
    await fc.assert(
      fc.asyncProperty(anyExport, fc.nat(), async ({ text }, pick) => {
        const bytes = Buffer.from(text);
        const end = pick % bytes.length;
        const all = split(bytes, []);
        const items = await itemsOf(await openExport(fileOf(bytes.subarray(0, end))));
        expect(items.slice(0, -1)).toMatchObject(all.filter((one) => one.next.at <= end).map(({ at }) => ({ at })));
        const cut = all.find((one) => one.at < end && end < one.next.at);
        expect(items.at(-1)).toMatchObject({ kind: 'broken', at: cut?.at ?? end, next: undefined });
      }),
      { numRuns: 100 },
    );
  });

  test('with a byte order mark is the same', () => {
    fc.assert(
      fc.property(anyExport, fc.nat({ max: 3 }), ({ text, messages }, cut) => {
        const found = split(Buffer.from(`\ufeff${text}`), [cut]);
        expect(found.map(textOf)).toEqual(messages.map((one) => one.text));
      }),
    );
  });

  test('numbers its messages, chat by chat', () => {
    const list = (id: number) => `{"type":"personal_chat","id":${id},"messages":[{"id":1},{"id":2}]}`;
    const found = split(Buffer.from(`{"chats":{"list":[${list(1)},${list(2)}]}}`), []);
    expect(found.map(({ next }) => next.count)).toEqual([1, 2, 1, 2]);
  });

  test('says whose it is where it does, also when it is read on', async () => {
    const person = '"personal_information":{"user_id":4242,"first_name":"\\"user_id\\":7"}';
    const chats = '"chats":{"list":[{"type":"personal_chat","id":9,"messages":[{"id":1},{"id":2}]}]}';
    const file = await openExport(fileOf(`{"about":"x",${person},${chats}}`));
    const [first, second] = await itemsOf(file);
    expect(first).toMatchObject({ account: '4242' });
    expect(await itemsOf(file, first!.next)).toEqual([second]);
    const [without] = await itemsOf(await openExport(fileOf(`{${chats}}`)));
    expect(without).toMatchObject({ account: undefined });
  });
});

describe('a file that is no export', () => {
  const chat = (rest: string): string => `{"type":"private_group","id":7,${rest}}`;
  test.each([
    ['', 0, 'the file ends in the middle'],
    ['[]', 0, 'it is not a JSON object'],
    [' \ufeff{}', 1, 'it is not a JSON object'],
    ['{"messages":[]}', 12, 'the id and the type of a chat do not stand in front'],
    ['{"messages":[],"id":7,"type":"private_group"}', 12, 'the id and the type of a chat do not stand in front'],
    [chat('"messages":{}'), 42, 'an export has something else there'],
    [chat('"messages":[1]'), 43, 'an export has something else there'],
    [chat('"messages":[{} {}]'), 46, 'an export has something else there'],
    [chat('"messages":[{"a":[}]'), 49, 'a bracket closes what is not open'],
    ['{"id":"7"}', 9, 'an id is not a whole number'],
    ['{"chats":[]}', 9, 'an export has something else there'],
    [`${chat('"messages":[]')} {}`, 46, 'something follows its end'],
    [`{"a":${'['.repeat(1_001)}`, 1_005, 'values are nested deeper than 1000'],
  ])('%# is refused where it is none', (text, at, what) => {
    const fault = (() => {
      try {
        return split(Buffer.from(text), [3]);
      } catch (error) {
        return error;
      }
    })();
    expect(fault).toBeInstanceOf(ExportFault);
    expect(fault).toMatchObject({ at, message: expect.stringContaining(what) });
  });

  test.each(['{}', '{"a":{"messages":[{}]}}', '{"chats":{}}'])('%s holds no chats', (text) => {
    expect(() => split(Buffer.from(text), [])).toThrow('holds no chats');
  });

  test('an export of everything without a chat is one', () => {
    expect(split(Buffer.from('{"chats":{"list":[]}}'), [])).toEqual([]);
  });

  test('a message over the limit is refused where it begins, before it is whole', () => {
    const splitter = new ExportSplitter();
    const push = (text: string): unknown => [...splitter.push(Buffer.from(text))];
    push(chat('').slice(0, -1) + '"messages":[{"text":"');
    const chunk = 'x'.repeat(1024 * 1024);
    for (let sent = 0; sent + chunk.length < MAX_MESSAGE_BYTES; sent += chunk.length) push(chunk);
    expect(() => push(chunk)).toThrow('a message is longer than 8388608 bytes');
    expect(splitter.brokenAt(43)).toMatchObject({ place: { at: 43, count: 1 }, inMessage: true });
  });

  test('what the disk says is told apart', async () => {
    await expect(openExport(join(dir, 'absent.json'))).rejects.toThrow(/sees no file .*absent\.json: put the export/);
    await expect(openExport(dir)).rejects.toThrow(/is not a file; give the path of the export’s result\.json/);
  });
});
