/** Imports of chats whose ids are an account's, of forums, and of exports that are broken. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { ImportProgress } from '../../../src/activities/types.ts';
import { createMemoryStore } from '../../../src/adapters/object-store/memory.ts';
import { PermanentError, messageOf } from '../../../src/domain/errors.ts';
import { type Run, finish, linesOf, runOn } from '../../support/import-run.ts';

const dir = mkdtempSync(join(tmpdir(), 'chatlake-import-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function fileOf(text: string): string {
  const path = join(dir, 'result.json');
  writeFileSync(path, text);
  return path;
}
const idOf = (body: string | undefined): number => (JSON.parse(body ?? '') as { id: number }).id;

describe('a private chat or a basic group', () => {
  const of = (type: string, rest: string): string =>
    `{"name":"x","type":"${type}","id":9,"messages":[{"id":1,"date_unixtime":"1700000060"${rest}}]}`;

  test.each(['personal_chat', 'bot_chat', 'saved_messages', 'private_group'])(
    '(%s) is refused where nobody says whose export it is, and nothing of it is in raw',
    async (type) => {
      const run = runOn(createMemoryStore(), '77');
      const { result } = await run.attempt({ file: fileOf(of(type, '')), sliceMs: 0 });
      expect(result).toBeInstanceOf(PermanentError);
      expect(messageOf(result)).toMatch(/is of a private chat or a basic group.*--account reception/);
      expect(await linesOf(run.store)).toEqual([]);
    },
  );

  test('so are the messages of the group that a supergroup was, and no others', async () => {
    const supergroup = (id: number): string =>
      `{"type":"private_supergroup","id":9,"messages":[{"id": ${id},"date_unixtime":"1700000060"}]}`;
    const run = runOn(createMemoryStore());
    const { result } = await run.attempt({ file: fileOf(supergroup(-999_999_990)), sliceMs: 0 });
    expect(messageOf(result)).toMatch(/--account/);
    await finish(run, { file: fileOf(supergroup(10)), sliceMs: 0 });
    expect((await linesOf(run.store)).length).toBe(1);
  });

  test('has its account from the operator, else from the export', async () => {
    const everything = `{"personal_information":{"user_id":4242},"chats":{"list":[${of('personal_chat', '')}]}}`;
    const run = runOn(createMemoryStore());
    await finish(run, { file: fileOf(everything), sliceMs: 0 });
    await finish(run, { file: fileOf(everything), sliceMs: 0, account: 'reception' });
    expect((await linesOf(run.store)).map(({ headers }) => headers['account']).toSorted()).toEqual([
      '4242',
      'reception',
    ]);
  });
});

test.each(['3000000000001', '12345678901234567890', '-7'])(
  'a chat of the id %s is in raw and told of, for there is none',
  async (id) => {
    const run = runOn(createMemoryStore());
    const text = `{"type":"private_supergroup","id":${id},"messages":[{"id":1}]}`;
    const { done } = await finish(run, { file: fileOf(text), sliceMs: 0 });
    expect(done).toMatchObject({ messages: 1, ofUnknownChats: 1 });
    expect((await linesOf(run.store))[0]?.headers['chat_type']).toBe('unknown');
  },
);

describe('a forum', () => {
  const forum = (): string => {
    const said = (id: number, more: object) => ({
      id,
      type: 'message',
      date_unixtime: '1700000600',
      text: 'x',
      ...more,
    });
    const opened = { type: 'service', action: 'topic_created', title: 'T' };
    const to = (id: number) => ({ reply_to_message_id: id });
    const messages = [
      said(1, {}),
      said(10, opened),
      said(11, to(10)),
      said(12, to(11)),
      said(13, { ...to(11), reply_to_peer_id: 'channel7' }),
      said(20, opened),
      said(21, to(20)),
      said(22, to(1)),
      ...Array.from({ length: 6_000 }, (_, n) => said(100 + n, to(n % 2 === 0 ? 12 : 21))),
    ];
    return JSON.stringify({ name: 'F', type: 'private_supergroup', id: 9, messages });
  };
  const topics = async ({ store }: Run) =>
    new Map((await linesOf(store)).map(({ headers, body }) => [idOf(body), headers['topic']]));

  test('names the topic of each message, also of answers to answers, over slices and on another worker', async () => {
    const path = fileOf(forum());
    const whole = runOn(createMemoryStore());
    await finish(whole, { file: path, sliceMs: 600_000 });
    const expected = await topics(whole);
    expect([1, 10, 11, 12, 13, 20, 21, 22, 100, 101].map((id) => expected.get(id))).toEqual([
      undefined,
      '10',
      '10',
      '10',
      undefined,
      '20',
      '20',
      undefined,
      '10',
      '20',
    ]);
    const sliced = runOn(createMemoryStore());
    const { result } = await sliced.attempt({ file: path, sliceMs: 0 });
    await sliced.attempt({ file: path, sliceMs: 600_000, from: result as ImportProgress });
    expect(await topics(sliced)).toEqual(expected);
    const store = createMemoryStore();
    const { result: half } = await runOn(store).attempt({ file: path, sliceMs: 0 });
    const moved = runOn(store);
    await moved.attempt({ file: path, sliceMs: 600_000, from: half as ImportProgress });
    expect(await topics(moved)).toEqual(expected);
  });
});

describe('a broken export', () => {
  const small = (ids: readonly number[]): string =>
    JSON.stringify(
      { name: 'G', type: 'private_supergroup', id: 9, messages: ids.map((id) => ({ id, text: 'x' })) },
      undefined,
      1,
    );
  const idsOf = async ({ store }: Run) =>
    (await linesOf(store)).map(({ body }) => idOf(body)).toSorted((a, b) => a - b);

  test('that is cut has in raw what was whole, and the sentence says where the cut message begins', async () => {
    const run = runOn(createMemoryStore());
    const text = small([1, 2, 3]).slice(0, -20);
    const { result } = await run.attempt({ file: fileOf(text), sliceMs: 0 });
    expect(result).toBeInstanceOf(PermanentError);
    expect(messageOf(result)).toBe(
      `The file cannot be read from byte ${text.lastIndexOf('{')} on: the file ends inside a message. The 2 message(s) that stand before it are in raw, and importing again adds none of them twice: if the file is a copy that was cut short, copy it again, else export again with Telegram Desktop, as JSON; then import the result.json.`,
    );
    expect(await idsOf(run)).toEqual([1, 2]);
  });

  test('is read on behind a broken message, and fails at its end with the place', async () => {
    const text = small([1, 2, 3, 4]).replace('"id": 2,', '"id": 2,]');
    for (const sliceMs of [0, 600_000]) {
      const run = runOn(createMemoryStore());
      const outcome = await finish(run, { file: fileOf(text), sliceMs }).catch((error: unknown) => error);
      expect(messageOf(outcome)).toMatch(
        /^The export is broken at byte 110: a bracket closes what is not open\. The 3 message\(s\) that are certainly whole, before and behind it, are in raw,/,
      );
      expect(await idsOf(run)).toEqual([1, 3, 4]);
    }
  });

  test('that never was one says that nothing was imported', async () => {
    const run = runOn(createMemoryStore());
    for (const [text, what] of [
      ['<html>', 'byte 0 on: it is not a JSON object'],
      ['{"messages":[{}]}', 'byte 12 on: the id and the type of a chat do not stand in front of its messages'],
    ] as const) {
      const { result } = await run.attempt({ file: fileOf(text), sliceMs: 0 });
      expect(messageOf(result)).toBe(
        `The file cannot be read from ${what}. Nothing was imported: give the result.json of an export that Telegram Desktop made as “Machine-readable JSON”.`,
      );
    }
    const { result } = await run.attempt({ file: fileOf(small([1]).slice(0, -10)), sliceMs: 0 });
    expect(messageOf(result)).toMatch(/Nothing was imported: if the file is a copy that was cut short, copy it again/);
    expect(run.announced).toEqual([]);
  });
});
