/** Which messages are the same delivery, and which are states of the same thing. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NO_MOVES, cleanseLine } from '../../../../src/domain/judge/cleanse.ts';
import { telegramContract } from '../../../../src/domain/sources/telegram/contract.ts';
import { FIX_OF } from '../../../../src/domain/judge/fix.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { ANA, BOT, NOW, PRIVATE, context, identified, message, row, update } from './support.ts';

const CONTRACT = telegramContract({ texts: true, chats: undefined });
const cleansing = {
  ...context,
  identityHash: (parts: readonly (string | Uint8Array)[]) =>
    parts
      .reduce((hash, part) => hash.update(part), createHash('sha256'))
      .digest('hex')
      .slice(0, 32),
  fromBase64: (text: string) => Buffer.from(text, 'base64'),
};

const poll = { origin: 'poll' };
const sent = { origin: 'sent', method: 'sendMessage' };
const fromExport = { origin: 'import', chat: '-1001234567890', chat_type: 'supergroup' };
const answer = (result: JsonObject): JsonObject => ({ ok: true, result });
const exported = (more: JsonObject = {}): JsonObject => ({
  id: 10,
  type: 'message',
  date_unixtime: String(NOW - 60),
  from_id: 'user71',
  text: 'Bom dia',
  ...more,
});

describe('an update', () => {
  test('is the same by webhook and by poll', () => {
    expect(identified(update(message()))).toEqual({
      transportId: '4242:1',
      discriminator: `message:${NOW - 60}`,
      claimKey: 'u000000000000',
    });
    expect(identified(update(message()), poll)).toEqual(identified(update(message())));
  });

  test('of another bot, kind or date is another', () => {
    const same = identified(update(message()));
    expect(identified(update(message()), { bot: '4243' })).not.toEqual(same);
    expect(identified(update(message(), 'edited_message'))).not.toEqual(same);
    expect(identified(update(message({ date: NOW - 59 })))).not.toEqual(same);
  });

  test('has a claim key that never changes', () => {
    const key = (id: number): string | undefined => identified(update(message(), 'message', id))?.claimKey;
    expect([0, 99_999, 100_000, 62_257_549, Number.MAX_SAFE_INTEGER].map(key)).toEqual([
      'u000000000000',
      'u000000000000',
      'u000000000001',
      'u000000000622',
      'u090071992547',
    ]);
  });

  test('without a date, of no kind or of two still has one', () => {
    expect(identified(update({}, 'inline_query'))?.discriminator).toBe('inline_query:');
    expect(identified(update({ date: 'x' }, 'Ana Souza'))?.discriminator).toBe('*:');
    expect(identified({ update_id: 1 })?.discriminator).toBe('');
    expect(identified({ update_id: 1, message: {}, poll: {} })?.discriminator).toBe('');
  });

  test.each(['1', 1e30, -1, 1.5, null, true, 9_007_199_254_740_992])('with the id %j has none', (id) => {
    expect(identified({ update_id: id, message: message() })).toBeUndefined();
    expect(identified({ message: message() })).toBeUndefined();
  });

  test('of no bot, or received in an unknown way, has none', () => {
    expect(identified(update(message()), { bot: '' })).toBeUndefined();
    expect(identified(update(message()), { origin: 'fax' })).toBeUndefined();
  });
});

describe('what the bot sent', () => {
  const own = message({ message_id: 11 });

  test('is told apart by chat, id and content, without showing them', () => {
    const identity = identified(answer(own), sent);
    expect(identity?.transportId).toBe(`${BOT}:sent:k1:telegram/identity:-1001234567890/11`);
    expect(identity?.claimKey).toBeUndefined();
    expect(identified(answer(own), sent)).toEqual(identity);
    expect(identified(answer({ ...own, edit_date: NOW }), sent)).not.toEqual(identity);
  });

  test.each([{ ok: true, result: true }, { ok: true, result: { message_id: 3 } }, { ok: true }, { result: [] }])(
    '%j holds no message',
    (body) => expect(identified(body, sent)).toBeUndefined(),
  );
});

describe('an imported message', () => {
  test('is its chat, id and dates in whatever export', () => {
    const identity = identified(exported(), fromExport);
    expect(identity).toEqual({
      transportId: 'import:k1:telegram/identity:-1001234567890/10/',
      discriminator: String(NOW - 60),
    });
    expect(identified(exported({ reactions: [] }), fromExport)).toEqual(identity);
    expect(identified(exported({ edited_unixtime: String(NOW) }), fromExport)).not.toEqual(identity);
    expect(identified(exported(), { ...fromExport, chat: '-1001234567891' })).not.toEqual(identity);
  });

  test('of a private chat or a basic group is its account’s too', () => {
    for (const chat of [
      { chat: '71', chat_type: 'private' },
      { chat: '-555', chat_type: 'group' },
    ]) {
      const headers = { origin: 'import', ...chat, account: 'reception' };
      const identity = identified(exported(), headers);
      expect(identity?.transportId).toContain(`reception/2025-11-01T09:25:40/${chat.chat}/10/`);
      expect(identified(exported(), headers)).toEqual(identity);
      expect(identified(exported(), { ...headers, account: '72' })).not.toEqual(identity);
    }
  });

  test('that cannot be used does not stand in the way of a better import', () => {
    const old = { id: 10, type: 'message', date: '2021-01-01T10:00:00', from_id: 'user71', text: 'Bom dia' };
    expect(identified(old, fromExport)).toBeUndefined();
    expect(identified(old, { ...fromExport, zone: 'America/Sao_Paulo' })?.discriminator).toBe('1609506000');
    expect(identified({}, fromExport)).toBeUndefined();
  });
});

describe('an imported message that cannot be read', () => {
  const place = { origin: 'import', chat: '-1001234567890', chat_type: 'supergroup', position: '7' };
  const staged = (body: string, headers: Record<string, string>, key = 'raw') =>
    cleanseLine({ contract: CONTRACT, moves: NO_MOVES }, cleansing, key, {
      v: 1,
      n: 0,
      id: '',
      receivedAt: NOW * 1000,
      headers,
      body,
    });

  test.each(['{"id":2,"text":"a\\x0Bb"}', '[1]', '', '{"date_unixtime":"5"}', '{"id":"7"}', '{"id":1,"id":2}'])(
    '%s is its place in the export and its bytes, wherever it lies in raw',
    (body) => {
      const first = staged(body, place);
      expect(first.reason).not.toBeNull();
      expect(staged(body, place, 'elsewhere').identityHash).toBe(first.identityHash);
      expect(staged(`${body} `, place).identityHash).not.toBe(first.identityHash);
      expect(staged(body, { ...place, position: '8' }).identityHash).not.toBe(first.identityHash);
      expect(staged(body, { ...place, chat: '-1009' }).identityHash).not.toBe(first.identityHash);
      expect(first.transportId).toMatch(/^import:/);
    },
  );

  test('of a private chat is its account’s; of a chat of members it is everybody’s', () => {
    const of = (headers: Record<string, string>, account: string): string =>
      staged('{', { ...headers, account }).identityHash;
    const group = { ...place, chat: '-5', chat_type: 'group' };
    expect(of(group, 'a')).not.toBe(of(group, 'b'));
    expect(of(place, 'a')).toBe(of(place, 'b'));
  });

  test('of another way than an import is only itself', () => {
    const update = { origin: 'webhook', bot: BOT, chat: '-5', position: '1' };
    expect(staged('{', update, 'elsewhere').identityHash).not.toBe(staged('{', update).identityHash);
  });
});

test('a fixed message is the place of the one it was made of, whatever the rules made of it', () => {
  const fixed = { origin: 'webhook', bot: BOT, [FIX_OF]: 'raw/x#7' };
  const judged = (body: JsonObject | string, headers: Record<string, string> = fixed) =>
    cleanseLine({ contract: CONTRACT, moves: NO_MOVES }, cleansing, 'raw', {
      v: 1,
      n: 0,
      id: '',
      receivedAt: NOW * 1000,
      headers,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const first = judged(update(message()));
  for (const other of [update(message({ date: NOW - 61 }), 'message', 900_000), exported(), '{'])
    expect(judged(other)).toMatchObject({ identityHash: first.identityHash, claimKey: first.claimKey });
  expect(judged(exported(), { ...fromExport, [FIX_OF]: 'raw/x#7' }).identityHash).toBe(first.identityHash);
  expect(judged(update(message()), { ...fixed, [FIX_OF]: 'raw/x#8' }).identityHash).not.toBe(first.identityHash);
});

describe('an entity', () => {
  const entity = (body: JsonObject, headers: Record<string, string> = {}): string | undefined =>
    row(body, { headers }).entity;
  const live = entity(update(message()));

  test('of a supergroup is met by every bot, by what was sent and by an export', () => {
    expect(live).toBe('k1:telegram/entity:-1001234567890/10/2025-11-01');
    expect(entity(update(message({ edit_date: NOW }), 'edited_message'))).toBe(live);
    expect(entity(update(message()), { bot: '4243' })).toBe(live);
    expect(entity(answer(message()), sent)).toBe(live);
    expect(entity(exported(), fromExport)).toBe(live);
  });

  test('of a private chat or a basic group is its bot’s, and an export’s is another', () => {
    for (const chat of [PRIVATE, { id: -555, type: 'group' }]) {
      const received = entity(update(message({ chat })));
      expect(received).toBe(`k1:telegram/entity:4242/${chat.id}/10/2025-11-01`);
      expect(entity(answer(message({ chat })), sent)).toBe(received);
      expect(entity(update(message({ chat })), { bot: '4243' })).not.toBe(received);
      const headers = { origin: 'import', chat: String(chat.id), chat_type: chat.type, account: 'reception' };
      expect(entity(exported(), headers)).toBe(
        `k1:telegram/entity:import/reception/2025-11-01T09:25:40/${chat.id}/10/2025-11-01`,
      );
      expect(entity(exported(), { ...headers, account: '72' })).not.toBe(entity(exported(), headers));
    }
  });

  test('of a business connection or a guest query lives in a space of its own', () => {
    const business = message({ chat: PRIVATE, business_connection_id: 'c1' });
    expect(entity(update(business, 'business_message'))).toBe('k1:telegram/entity:4242/business/c1/71/10/2025-11-01');
    expect(entity(answer(business), sent)).toBe(entity(update(business, 'edited_business_message')));
    expect(entity(update(message({ guest_query_id: 'q1' }), 'guest_message'))).toContain('4242/guest/q1/');
  });

  test('is the message itself for events and for messages without an id', () => {
    expect(row(update(message({ message_id: 0 }))).entity).toBeUndefined();
    expect(row(update({}, 'poll')).entity).toBeUndefined();
  });

  test('has states in order: by edit, then live after sent after import, then by update', () => {
    const states = [
      row(exported(), { headers: fromExport }),
      row(answer(message()), { headers: sent }),
      row(update(message(), 'message', 7)),
      row(update(message({ from: ANA }), 'message', 8), { headers: poll }),
      row(exported({ edited_unixtime: String(NOW - 30) }), { headers: fromExport }),
      row(update(message({ edit_date: NOW - 30 }), 'edited_message', 9)),
    ];
    expect(states.map(({ version }) => version)).toEqual([
      [NOW - 60, 0, 0],
      [NOW - 60, 1, 0],
      [NOW - 60, 2, 7],
      [NOW - 60, 2, 8],
      [NOW - 30, 0, 0],
      [NOW - 30, 2, 9],
    ]);
    expect(new Set(states.map((state) => state.entity)).size).toBe(1);
  });

  test('imported under another zone is the same, on the same day, and the later import is current', () => {
    const written = fc
      .date({ min: new Date('2014-01-01T00:00:00Z'), max: new Date('2020-12-30T00:00:00Z'), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 19));
    const zone = fc.constantFrom('America/Sao_Paulo', 'UTC', 'Asia/Tokyo', 'America/Manaus', 'Pacific/Kiritimati');
    const chat = fc.constantFrom(
      { chat: '71', chat_type: 'private', account: 'a' },
      { chat: '-555', chat_type: 'group', account: 'a' },
      { chat: '-1001234567890', chat_type: 'supergroup' },
    );
    fc.assert(
      fc.property(written, zone, zone, chat, fc.boolean(), (date, one, other, headers, edited) => {
        const body = {
          id: 10,
          type: 'message',
          date,
          from_id: 'user71',
          text: 'oi',
          ...(edited ? { edited: date } : {}),
        };
        const [first, second] = [one, other].map((name) =>
          row(body, { headers: { origin: 'import', ...headers, zone: name } }),
        );
        expect(second!.entity).toBe(first!.entity);
        expect(second!.eventDate).toBe(first!.eventDate);
        // What follows in a version is the time of the receipt.
        expect(second!.version).toEqual(first!.version);
      }),
    );
  });

  test('is met by an old and a new export of a message, where the old one was made in the source’s zone', () => {
    for (const chat of [
      { chat: '71', chat_type: 'private', account: 'a' },
      { chat: '-555', chat_type: 'group', account: 'a' },
      { chat: '-1001234567890', chat_type: 'supergroup' },
    ]) {
      const old = { id: 10, type: 'message', date: '2019-03-01T23:30:00', from_id: 'user71', text: 'oi' };
      const now = { ...old, date: '2019-03-02T03:30:00', date_unixtime: String(Date.UTC(2019, 2, 2, 2, 30) / 1000) };
      const headers = { origin: 'import', ...chat };
      const [first, second] = [row(old, { headers: { ...headers, zone: 'UTC' } }), row(now, { headers })];
      expect(second).toMatchObject({ entity: first.entity, eventDate: '2019-03-01' });
      expect(first.eventDate).toBe('2019-03-01');
      // What names the instant is current, whenever it was imported.
      expect(Number(second.version[0])).toBeGreaterThan(Number(first.version[0]));
    }
  });

  test('has one day, whatever states of it say', () => {
    const instant = fc.integer({ min: NOW - 3 * 86_400, max: NOW - 60 });
    const written = fc.integer({ min: 0, max: 72 }).map((hour) => new Date(Date.UTC(2025, 9, 30, hour)).toISOString());
    const any = fc.oneof(
      instant.map((date) => row(update(message({ date })))),
      instant.map((date) => row(update(message({ date, edit_date: NOW }), 'edited_message'))),
      instant.map((date) => row(answer(message({ date })), { headers: sent })),
      instant.map((date) => row(exported({ date_unixtime: String(date) }), { headers: fromExport })),
      fc.tuple(written, fc.constantFrom('UTC', 'Asia/Tokyo', 'Pacific/Kiritimati')).map(([date, zone]) => {
        const { date_unixtime: _, ...old } = exported();
        return row({ ...old, date: date.slice(0, 19) }, { headers: { ...fromExport, zone } });
      }),
    );
    fc.assert(
      fc.property(any, any, (one, other) => {
        expect(one.entity === other.entity).toBe(one.eventDate === other.eventDate);
      }),
    );
  });

  test('of two messages of one chat and id is two, where the chat is an account’s', () => {
    const headers = { origin: 'import', chat: '71', chat_type: 'private', account: 'a' };
    expect(entity(exported({ date_unixtime: '1500000000' }), headers)).not.toBe(entity(exported(), headers));
  });
});
