/** The list of chats that are used, also when a group becomes a supergroup. */
import { describe, expect, test } from '@jest/globals';
import { telegramContract } from '../../../../src/domain/sources/telegram/contract.ts';
import type { Json, JsonObject } from '../../../../src/domain/json.ts';
import { ANA, GROUP, NOW, judged, message, refused, update } from './support.ts';

const OLD = { id: -555, type: 'group', title: 'Posto' };
const chats = ['-555'];
const passes = (body: JsonObject, moves: [string, string][] = []): boolean =>
  judged(body, { chats, moves }).kind === 'row';
const moveOf = (body: JsonObject): unknown => telegramContract({ texts: true, chats }).rules.moveOf?.(body);

test('another chat is refused, with its path', () => {
  expect(passes(update(message({ chat: OLD })))).toBe(true);
  expect(refused(update(message()), { chats })).toBe('chat_not_allowed message.chat.id');
  expect(refused({ ok: true, result: message() }, { chats, headers: { origin: 'sent' } })).toBe(
    'chat_not_allowed result.chat.id',
  );
  const headers = { origin: 'import', chat: '-1001234567890', chat_type: 'supergroup' };
  expect(refused({ id: 1, date_unixtime: String(NOW) }, { chats, headers })).toBe('chat_not_allowed chat');
  const pressed = update({ from: ANA, message: message() }, 'callback_query');
  expect(refused(pressed, { chats })).toBe('chat_not_allowed callback_query.message.chat.id');
});

test('an empty list allows no chat; what has none passes', () => {
  expect(judged(update(message()), { chats: [] }).kind).toBe('rejected');
  for (const kind of ['inline_query', 'poll', 'hologram']) expect(passes(update({ from: ANA }, kind))).toBe(true);
});

test.each<[string, Json]>([
  ['chat_member', { id: '-555' }],
  ['hologram', 'x'],
  ['message_reaction', { id: 1e30 }],
])('a chat of %s that cannot be read is not let by', (kind, chat) => {
  expect(refused(update({ chat }, kind), { chats })).toBe(`wrong_type ${kind === 'hologram' ? '*' : kind}.chat.id`);
  expect(judged(update({ chat }, kind)).kind).toBe('row');
});

test('options are a word of the code version, and moves are followed only for a list', () => {
  const contract = (texts: boolean, list?: string[]) => telegramContract({ texts, chats: list });
  const variant = (texts: boolean, list?: string[]): string => contract(texts, list).variant;
  expect([variant(true), variant(false)]).toEqual(['', 'notexts']);
  expect(variant(false, ['-555', '71'])).toMatch(/^notexts-chats[0-9a-f]{5}$/);
  expect(variant(true, ['-555', '71'])).toBe(variant(true, ['71', '-555']));
  expect(variant(true, ['-555'])).not.toBe(variant(true, ['-556']));
  expect(contract(true).rules.moveOf).toBeUndefined();
  expect(contract(true, []).rules.moveOf).toBeDefined();
});

describe('a group that becomes a supergroup', () => {
  const told = message({ chat: OLD, text: null, migrate_to_chat_id: GROUP.id });
  const first = message({ text: null, migrate_from_chat_id: OLD.id });
  const move = { from: '-555', to: '-1001234567890' };

  test('is a move, told in either chat and in an answer', () => {
    expect(moveOf(update(told))).toEqual(move);
    expect(moveOf(update(first))).toEqual(move);
    expect(moveOf({ ok: true, result: first })).toEqual(move);
    expect(moveOf(update(message()))).toBeUndefined();
    expect(moveOf(update({ ...first, migrate_from_chat_id: 'x' }))).toBeUndefined();
    expect(moveOf(update(7))).toBeUndefined();
    expect(moveOf(update({ ...first, chat: { id: 71, type: 'private' } }))).toBeUndefined();
  });

  test('is followed, over several moves, and in the message that tells of it', () => {
    expect(passes(update(first))).toBe(true);
    expect(passes(update(message()))).toBe(false);
    expect(passes(update(message()), [['-1001234567890', '-555']])).toBe(true);
    expect(
      passes(update(message()), [
        ['-1001234567890', '-600'],
        ['-600', '-555'],
      ]),
    ).toBe(true);
    expect(
      passes(update(message()), [
        ['-1001234567890', '-600'],
        ['-600', '-1001234567890'],
      ]),
    ).toBe(false);
  });
});
