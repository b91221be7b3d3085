/** Exports as Telegram Desktop lays them out, with messages that are broken: the others are read, whatever broke. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type BrokenPlace, type ReadMessage, openExport } from '../../../src/adapters/telegram/export-reader.ts';

const dir = mkdtempSync(join(tmpdir(), 'chatlake-broken-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function itemsOf(text: string): Promise<(ReadMessage | BrokenPlace)[]> {
  const path = join(dir, 'result.json');
  writeFileSync(path, text);
  const items = [];
  for await (const item of (await openExport(path)).messages()) items.push(item);
  return items;
}

const message = (id: number, text = 'oi :] {') => ({
  id,
  type: 'message',
  date_unixtime: '1700000060',
  text: [text, { type: 'bold', text: 'x' }],
  text_entities: [{ type: 'plain', text }],
});
type Message = ReturnType<typeof message>;
const chat = (id: number, messages: readonly Message[]) => ({ name: 'G', type: 'private_supergroup', id, messages });
const laidOut = (value: unknown): string => JSON.stringify(value, undefined, 1);

/** Ways to break a message's text; each leaves its lines where they are. */
const BREAKS: readonly (readonly [string, (text: string) => string])[] = [
  ['a string without its end', (text) => text.replace(/oi :] {",/, 'oi :] {,')],
  ['a string without its beginning', (text) => text.replace(/"oi/, 'oi')],
  ['a bracket that is not closed', (text) => text.replace('],', ',')],
  ['a bracket too many', (text) => text.replace(/"message"/, '"message"]')],
  ['no closing brace', (text) => text.replace(/\n *\}$/, '')],
  ['a closing brace too many', (text) => `${text}}`],
  ['an end in its middle', (text) => text.slice(0, text.indexOf('"date_unixtime"'))],
];

describe.each(BREAKS)('%s', (_, broken) => {
  test('costs that message alone, in any chat and place', async () => {
    const lists = fc.array(fc.integer({ min: 2, max: 5 }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(lists, fc.nat(), fc.nat(), async (sizes, pickChat, pickMessage) => {
        const c = pickChat % sizes.length;
        const m = pickMessage % sizes[c]!;
        const chats = sizes.map((size, i) =>
          chat(
            i + 1,
            Array.from({ length: size }, (_n, n) => message(n + 1)),
          ),
        );
        const whole = laidOut({ about: 'x', chats: { about: 'y', list: chats } });
        const texts = [...whole.matchAll(/\n {5}(\{\n[^]*?\n {5}\})/g)];
        const nth = sizes.slice(0, c).reduce((sum, size) => sum + size, 0) + m;
        const start = texts[nth]!.index + 6;
        const text = texts[nth]![1]!;
        const items = await itemsOf(whole.slice(0, start) + broken(text) + whole.slice(start + text.length));
        const places = items.filter((item) => item.kind === 'broken');
        expect(places.map((place) => place.next !== undefined)).toEqual([true]);
        const expected = chats.flatMap(({ id, messages }) => messages.map((one) => `${id}/${one.id}`));
        const found = items
          .filter((item) => item.kind === 'message')
          .filter((item) => isJson(item.bytes))
          .map((item) => `${item.chat.id}/${(JSON.parse(Buffer.from(item.bytes).toString()) as Message).id}`);
        // A brace too many leaves the message whole in front of it.
        const lost = expected.filter((one) => !found.includes(one));
        expect(found).toEqual(expected.filter((one) => !lost.includes(one)));
        expect([[], [`${c + 1}/${m + 1}`]]).toContainEqual(lost);
        if (places[0]?.what.includes('ends inside')) expect(places[0].at).toBe(start);
      }),
      { numRuns: 25 },
    );
  });
});

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(Buffer.from(bytes).toString());
    return true;
  } catch {
    return false;
  }
}

test('a message that is cut is named by where it begins, and what stands before it is given', async () => {
  const whole = laidOut(chat(1, [message(1), message(2), message(3)]));
  const third = whole.lastIndexOf('\n  {') + 3;
  const items = await itemsOf(whole.slice(0, third + 40));
  expect(items.map(({ kind }) => kind)).toEqual(['message', 'message', 'broken']);
  expect(items[2]).toMatchObject({ at: third, what: 'the file ends inside a message', next: undefined });
});

test('many broken messages are each told, and numbered with the others', async () => {
  const messages = Array.from({ length: 9 }, (_, n) => message(n + 1, n % 3 === 1 ? 'BREAK' : 'oi'));
  const items = await itemsOf(laidOut(chat(1, messages)).replaceAll('BREAK"', 'BREAK'));
  const told = items.map((item) => (item.kind === 'message' ? item.next.count : 'broken'));
  expect(told).toEqual([1, 'broken', 3, 4, 'broken', 6, 7, 'broken', 9]);
});

test.each([
  ['one line', (text: string) => text.replace(/\n */g, '')],
  ['no indentation', (text: string) => text.replace(/\n */g, '\n')],
])('in a file of %s nothing is certain, and nothing is guessed', async (_, layout) => {
  const whole = layout(laidOut(chat(1, [message(1), message(2, 'BREAK'), message(3)])));
  const items = await itemsOf(whole.replace('BREAK"', 'BREAK'));
  expect(items.map(({ kind }) => kind)).toEqual(['message', 'broken']);
  expect(items[1]).toMatchObject({ next: undefined });
});

test('what is broken behind the messages is told where it stands', async () => {
  const whole = laidOut(chat(1, [message(1)]));
  const items = await itemsOf(`${whole} }`);
  expect(items[1]).toMatchObject({ kind: 'broken', at: whole.length + 1, next: undefined });
});
