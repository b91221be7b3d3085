/** Exports are cut up byte for byte, wherever chunks end, and read on from any message. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { openExport } from '../../../src/adapters/telegram/export-reader.ts';
import {
  type ExportedMessage,
  ExportSplitter,
  MAX_MESSAGE_BYTES,
} from '../../../src/adapters/telegram/export-splitter.ts';
import { PermanentError } from '../../../src/domain/errors.ts';
import { anyExport } from './export-text.ts';

const dir = mkdtempSync(join(tmpdir(), 'chatlake-export-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const fileOf = (text: string | Buffer): string => {
  const path = join(dir, 'result.json');
  writeFileSync(path, text);
  return path;
};
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
        const all: ExportedMessage[] = [];
        for await (const one of file.messages()) all.push(one);
        const n = pick % all.length;
        const rest: string[] = [];
        for await (const one of file.messages(all[n]!.next)) rest.push(textOf(one));
        expect(rest).toEqual(messages.slice(n + 1).map((one) => one.text));
      }),
      { numRuns: 50 },
    );
  });

  test('cut short anywhere is refused, naming the byte', () => {
    fc.assert(
      fc.property(anyExport, fc.nat(), ({ text }, at) => {
        const bytes = Buffer.from(text);
        const end = at % bytes.length;
        expect(() => split(bytes.subarray(0, end), [])).toThrow(`cannot be read at byte ${end}: it ends in the middle`);
      }),
    );
  });
});

describe('a file that is no export', () => {
  const chat = (rest: string): string => `{"type":"private_group","id":7,${rest}}`;
  test.each([
    ['', 0, 'it ends in the middle'],
    ['[]', 0, 'it is not a JSON object'],
    ['\ufeff{}', 0, 'it is not a JSON object'],
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
    expect(() => split(Buffer.from(text), [3])).toThrow(PermanentError);
    expect(() => split(Buffer.from(text), [3])).toThrow(`cannot be read at byte ${at}: ${what}`);
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
    expect(() => push(chunk)).toThrow('at byte 43: a message is longer than 8388608 bytes');
  });

  test('what the disk says is told apart', async () => {
    await expect(openExport(join(dir, 'absent.json'))).rejects.toThrow(/sees no file .*absent\.json: put the export/);
    await expect(openExport(dir)).rejects.toThrow(/is not a file; give the path of the export’s result\.json/);
  });
});
