/** Exports as Telegram Desktop lays them out, with messages that are broken: the others are read, whatever broke. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type BrokenPlace, type ReadMessage, openExport } from '../../../src/adapters/telegram/export-reader.ts';
import type { ExportPosition } from '../../../src/adapters/telegram/export-splitter.ts';

const dir = mkdtempSync(join(tmpdir(), 'chatlake-broken-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function itemsOf(text: string | Buffer, from?: ExportPosition): Promise<(ReadMessage | BrokenPlace)[]> {
  const path = join(dir, 'result.json');
  writeFileSync(path, text);
  const items = [];
  for await (const item of (await openExport(path)).messages(from)) items.push(item);
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
  ['a beginning in its middle', (text) => text.slice(text.indexOf('"date_unixtime"'))],
  ['no opening brace', (text) => text.slice(1)],
  ['a hole in its first lines', (text) => `{${'\0'.repeat(20)}${text.slice(21)}`],
  ['a text that quotes turn inside out', (text) => text.replace('"oi :] {",', '"oi" } ,\\" },')],
  ['a line of something else', (text) => text.replace(/\n/, '\n{"x": ] }, [\n')],
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
        // Where its brackets match all the same, it is a message that cannot be read.
        const unread = items.filter((item) => item.kind === 'message' && !isJson(item.bytes)).length;
        expect([[true], ...(unread === 1 ? [[]] : [])]).toContainEqual(places.map(({ next }) => next !== undefined));
        const expected = chats.flatMap(({ id, messages }) => messages.map((one) => `${id}/${one.id}`));
        const found = items
          .filter((item) => item.kind === 'message')
          .filter((item) => isJson(item.bytes))
          .map((item) => `${item.chat.id}/${(JSON.parse(Buffer.from(item.bytes).toString()) as Message).id}`);
        // A brace too many leaves the message whole in front of it; what begins in its middle leaves none.
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

/** Messages whose texts hold what could be taken for structure. */
const STRANGE = ['oi', '}', ']', '{', '[', '",', '\\', 'a "b" }', 'x\ny', '{"id":1}', 'say \\" }', 'é'];
const strange = fc.tuple(fc.constantFrom(...STRANGE), fc.constantFrom(...STRANGE));
const strangeChats = fc.array(fc.array(strange, { minLength: 2, maxLength: 5 }), { minLength: 1, maxLength: 3 });
/** Ways to damage bytes; each may reach over several messages, and over the end of a chat. */
const HARM: Readonly<Record<string, (bytes: Buffer, a: number, b: number) => readonly Buffer[]>> = {
  taken: (bytes, a, b) => [bytes.subarray(0, a), bytes.subarray(Math.min(b, a + 60))],
  blanked: (bytes, a, b) => [
    bytes.subarray(0, a),
    Buffer.alloc(Math.min(60, b - a), 0x20),
    bytes.subarray(Math.min(b, a + 60)),
  ],
  zeroed: (bytes, a, b) => [bytes.subarray(0, a), Buffer.alloc(b - a), bytes.subarray(b)],
  overwritten: (bytes, a, b) => [
    bytes.subarray(0, a),
    Buffer.from('}],"{\n[:\\\n'.repeat(b - a)).subarray(0, b - a),
    bytes.subarray(b),
  ],
};

test('whatever happens to some bytes, no message is given to another chat, and none is lost silently', async () => {
  await fc.assert(
    fc.asyncProperty(
      strangeChats,
      fc.constantFrom(...Object.keys(HARM)),
      fc.nat(),
      fc.constantFrom(1, 2, 20, 60, 300),
      async (texts, harm, where, length) => {
        const chats = texts.map((list, c) =>
          chat(
            c + 1,
            list.map(([text, other], n) => ({ ...message(100 * (c + 1) + n, text), from: other })),
          ),
        );
        const single = chats.length === 1;
        const whole = Buffer.from(laidOut(single ? chats[0] : { about: 'x', chats: { about: 'y', list: chats } }));
        const places = placesOf(whole, single ? '  ' : '     ');
        const a = places[0]!.start + (where % (places.at(-1)!.end - places[0]!.start));
        const b = Math.min(places.at(-1)!.end, a + length);
        const items = await itemsOf(Buffer.concat(HARM[harm]!(whole, a, b)));
        const found = items.flatMap((item) => (item.kind === 'message' && isJson(item.bytes) ? [nameOf(item)] : []));
        const untouched = places.filter(({ start, end }) => end <= a || start >= b);
        const names = untouched.map(({ id }) => `${Math.floor(id / 100)}/${id}`);
        for (const name of found.filter((one) => untouched.some(({ id }) => one.endsWith(`/${id}`))))
          expect(names).toContain(name);
        expect(found.slice(0, untouched.filter(({ end }) => end <= a).length)).toEqual(
          names.slice(0, untouched.filter(({ end }) => end <= a).length),
        );
        const isTold = items.some(({ kind }) => kind === 'broken');
        if (!isTold) expect(names.filter((name) => !found.includes(name))).toEqual([]);
      },
    ),
    { numRuns: 600 },
  );
});

/** Where the messages of a file stand, by the layout alone. */
function placesOf(bytes: Buffer, indent: string) {
  const text = bytes.toString('latin1');
  return [...text.matchAll(new RegExp(`\\n${indent}(\\{\\n[^]*?\\n${indent}\\})`, 'g'))].map(
    ({ index, 1: found = '' }) => ({
      start: index + 1 + indent.length,
      end: index + 1 + indent.length + found.length,
      id: (JSON.parse(found) as Message).id,
    }),
  );
}

const nameOf = ({ chat: of, bytes }: ReadMessage): string =>
  `${of.id}/${(JSON.parse(Buffer.from(bytes).toString()) as Message).id}`;

test('a hole over the end of a chat leaves out the rest of that chat, and goes on with the next', async () => {
  const whole = laidOut({ chats: { list: [1, 2, 3].map((id) => chat(id, [message(1), message(2)])) } });
  const [from, to] = [
    whole.indexOf('"id": 2', whole.indexOf('"id": 1,\n    "messages"')),
    whole.indexOf('"messages"', whole.indexOf('"id": 2,\n    "messages"')),
  ];
  const broken = `${whole.slice(0, from)}${'\0'.repeat(to - from)}${whole.slice(to)}`;
  const items = await itemsOf(broken);
  const told = (some: readonly (ReadMessage | BrokenPlace)[]): readonly string[] =>
    some.map((item) => (item.kind === 'message' ? nameOf(item) : `to ${item.next?.at}`));
  expect(told(items)).toEqual(['1/1', `to ${whole.lastIndexOf('\n   {\n    "name"') + 4}`, '3/1', '3/2']);
  // A slice may end anywhere, and the next goes on from there.
  for (const [n, item] of items.entries())
    expect(told(await itemsOf(broken, item.next))).toEqual(told(items.slice(n + 1)));
});

test('what is broken in front of the chats, or in the head of one, costs no other chat', async () => {
  const whole = laidOut({
    personal_information: { user_id: 77 },
    contacts: { list: [{ user_id: 5, first_name: 'x' }] },
    chats: { list: [chat(1, [message(1)]), chat(2, [message(1)])] },
  });
  for (const [broken, expected] of [
    [whole.replace('"first_name": "x"', '"first_name": "x'), ['1/1', '2/1']],
    [whole.replace('"id": 1,\n    "messages"', '"id": "x",\n    "messages"'), ['2/1']],
  ] as const) {
    const items = await itemsOf(broken);
    expect(items[0]?.kind).toBe('broken');
    const messages = items.filter((item) => item.kind === 'message');
    expect(messages.map(nameOf)).toEqual(expected);
    expect(messages.map(({ account }) => account)).toEqual(expected.map(() => '77'));
  }
});

test.each([
  ['a comma that is not there', (text: string) => text.replace('},{"id":2', '}{"id":2'), [1, 2, 3]],
  ['a comma too many', (text: string) => text.replace('},{"id":2', '},,{"id":2'), [1, 2, 3]],
  ['a comma behind the last', (text: string) => text.replace(/\}\]\}$/, '},]}'), [1, 2, 3]],
  ['something else between two', (text: string) => text.replace('},{"id":2', '},x{"id":2'), [1]],
])('in a file of one line, %s', async (_, broken, expected) => {
  const whole = JSON.stringify(chat(1, [message(1), message(2), message(3)]));
  const items = await itemsOf(broken(whole));
  expect(
    items.flatMap((item) =>
      item.kind === 'message' ? [(JSON.parse(Buffer.from(item.bytes).toString()) as Message).id] : [],
    ),
  ).toEqual(expected);
  expect(items.filter(({ kind }) => kind === 'broken').length).toBe(1);
});

describe('in a file of a message per line, as scripts write them,', () => {
  const perLine = (id: number, texts: readonly string[]): string =>
    `{"name":"G","type":"private_supergroup","id":${id},"messages":[${texts.map((text, n) => JSON.stringify({ ...message(n + 1, text), from: 'say \\" }' })).join(',\n')}]}`;
  const idsOf = (items: readonly (ReadMessage | BrokenPlace)[]) =>
    items.flatMap((item) =>
      item.kind === 'message' && isJson(item.bytes)
        ? [`${item.chat.id}/${(JSON.parse(Buffer.from(item.bytes).toString()) as Message).id}`]
        : [],
    );

  test.each<[string, (line: string) => string]>([
    ['a string without its end', (line) => line.replace('BREAK"', 'BREAK')],
    ['a bracket too many', (line) => line.replace('BREAK"', 'BREAK"]')],
    ['no closing brace', (line) => line.slice(0, -1)],
    ['an end in its middle', (line) => line.slice(0, line.indexOf('BREAK'))],
    ['something else in its place', () => '}]{'],
  ])('%s costs that message alone', async (_, broken) => {
    for (const nth of [1, 2, 3]) {
      const lines = perLine(
        1,
        [1, 2, 3, 4].map((n) => (n === nth + 1 ? 'BREAK' : 'oi')),
      ).split('\n');
      const end = nth === 3 ? ']}' : ',';
      lines[nth] = `${broken(lines[nth]!.slice(0, -end.length))}${end}`;
      const items = await itemsOf(lines.join('\n'));
      const expected = [1, 2, 3, 4].filter((n) => n !== nth + 1).map((n) => `1/${n}`);
      expect(idsOf(items)).toEqual(expected);
      expect(items.some((item) => item.kind === 'broken' || !isJson(item.bytes))).toBe(true);
    }
  });

  test('of several chats nothing is certain: the end of one may be on the line that is broken', async () => {
    const chats = [perLine(1, ['oi', 'BREAK', 'oi']), perLine(2, ['oi'])];
    const items = await itemsOf(`{"chats":{"list":[${chats.join(',\n').replace('BREAK"', 'BREAK')}]}}`);
    expect(idsOf(items)).toEqual(['1/1']);
    expect(items.at(-1)).toMatchObject({ kind: 'broken', next: undefined });
  });
});

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
