/** What is told of a webhook, and when falling back to polling would help. */
import { describe, expect, test } from '@jest/globals';
import { UPDATE_KINDS } from '../../../src/domain/sources/telegram/kinds.ts';
import { type WebhookInfo, judgeWebhook } from '../../../src/domain/plans/webhook-watch.ts';

const NOW = Date.UTC(2026, 10, 22, 3);
const LIMITS = { pendingLimit: 100, recentMs: 180_000 };
const judge = (changes: Partial<WebhookInfo>) =>
  judgeWebhook(
    {
      url: 'https://x/telegram/1',
      pending: 0,
      lastErrorAt: null,
      lastError: null,
      maxConnections: 40,
      allowedUpdates: UPDATE_KINDS,
      ...changes,
    },
    NOW,
    LIMITS,
  );

describe('a webhook', () => {
  test.each<[string, Partial<WebhookInfo>, boolean, RegExp[]]>([
    ['nothing wrong', {}, false, []],
    ['as much waiting as is allowed', { pending: 100 }, false, []],
    ['more waiting', { pending: 101 }, true, [/101 updates wait.*fallBack/]],
    ['an error just now', { pending: 1, lastErrorAt: NOW - 60_000, lastError: '503' }, true, [/1 min ago \(503\)/]],
    ['an error that was made good', { lastErrorAt: NOW - 60_000, lastError: '503' }, false, [/1 min ago/]],
    ['an error of long ago', { pending: 1, lastErrorAt: NOW - 180_001 }, false, []],
    ['both', { pending: 101, lastErrorAt: NOW }, true, [/101/, /0 min ago \(no reason given\)/]],
    [
      'kinds left out',
      { allowedUpdates: ['message', 'chat_member'] },
      false,
      [/leaves out message_reaction, message_reaction_count:/],
    ],
    ['the default kinds', { allowedUpdates: null }, false, [/leaves out chat_member/]],
  ])('with %s', (_, changes, failing, sentences) => {
    const judgement = judge(changes);
    expect(judgement).toMatchObject({ set: true, failing });
    expect(judgement.alerts).toHaveLength(sentences.length);
    sentences.forEach((sentence, n) => expect(judgement.alerts[n]).toMatch(sentence));
  });

  test('that is not set is told; it fails only when much waits', () => {
    expect(judge({ url: '', pending: 3 })).toMatchObject({
      set: false,
      failing: false,
      alerts: [expect.stringContaining('No webhook is set')],
    });
    expect(judge({ url: '', pending: 300 })).toMatchObject({
      set: false,
      failing: true,
      alerts: [expect.stringContaining('300 updates wait')],
    });
  });
});
