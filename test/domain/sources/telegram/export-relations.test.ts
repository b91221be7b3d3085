/** What a message of an export answers and what it forwards. */
import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { type ExportMessage, exportMessage } from '../../../../src/domain/sources/telegram/export-message.ts';

const SUPERGROUP = { chat: '-1001500000001', chat_type: 'supergroup' };
const base = { id: 7, type: 'message', date: '2026-11-20T09:00:00', date_unixtime: '1795003200', from_id: 'user99' };

function read(message: JsonObject, headers: Readonly<Record<string, string>> = SUPERGROUP): ExportMessage {
  const outcome = exportMessage(message, headers);
  if (outcome.kind === 'rejected') throw new Error(`${outcome.reason} ${outcome.field}`);
  return outcome.message;
}

describe('replies', () => {
  const reply = { ...base, reply_to_message_id: 3 };

  test('go to the same chat, or to another', () => {
    expect(read(reply)).toMatchObject({ replyTo: 3, isReply: true });
    expect(read(base)).toMatchObject({ replyTo: null, isReply: false });
    expect(read({ ...reply, reply_to_peer_id: 'channel1500000001' })).toMatchObject({ replyTo: 3, isReply: true });
    for (const peer of ['channel1999999999', 'user7', 'chat1500000001', null, 7, 'somewhere'])
      expect(read({ ...reply, reply_to_peer_id: peer })).toMatchObject({ replyTo: null, isReply: true });
  });

  test('a message is no reply to the topic it stands in', () => {
    const headers = { ...SUPERGROUP, topic: '3' };
    expect(read(reply, headers)).toMatchObject({ replyTo: null, isReply: false, topic: 3 });
    expect(read({ ...reply, reply_to_message_id: 4 }, headers)).toMatchObject({ replyTo: 4, isReply: true, topic: 3 });
    expect(read({ ...reply, reply_to_peer_id: 'channel9' }, headers)).toMatchObject({ replyTo: null, isReply: true });
    expect(read(base, { ...SUPERGROUP, topic: 'x' }).topic).toBeNull();
  });
});

describe('forwards', () => {
  test.each<[JsonObject, boolean, string | null]>([
    [{ forwarded_from: 'X', forwarded_from_id: 'channel1234567890' }, true, 'channel'],
    [{ forwarded_from: 'X', forwarded_from_id: 'user7' }, true, 'user'],
    [{ forwarded_from: 'X', forwarded_from_id: 'chat7' }, true, 'chat'],
    [{ forwarded_from: 'X', forwarded_from_id: 'constructor7' }, true, null],
    [{ forwarded_from: 'X' }, true, null],
    [{ forwarded_from: null }, true, null],
    [{ forwarded_from_id: 'user7' }, true, 'user'],
    [{ saved_from: 'Y' }, true, null],
    [{}, false, null],
  ])('%j', (more, forwarded, kind) =>
    expect(read({ ...base, ...more })).toMatchObject({ forwarded, forwardKind: kind }),
  );

  test('and bots between', () => expect(read({ ...base, via_bot: '@gif' }).viaBot).toBe(true));
});
