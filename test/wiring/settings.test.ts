/** A configuration as it may be shown: neither a secret nor who is talked to. */
import { expect, test } from '@jest/globals';
import { loadConfig } from '../../src/wiring/config.ts';
import { describeSettings, shownAddress } from '../../src/wiring/settings.ts';

test('secrets, private chats and users are told of by whether they are set', () => {
  const config = loadConfig({
    ...{
      PSEUDONYM_KEY: 'hunter2',
      STOMP_PASSCODE: 'hunter2',
      S3_SECRET_ACCESS_KEY: 'hunter2',
      TELEGRAM_BOT_TOKEN: 'hunter2',
    },
    ...{ TELEGRAM_CHATS: '5550000017', DASHBOARD_USERS: 'ana:scrypt:hunter2', S3_ACCESS_KEY_ID: 'hunter2' },
    MONGODB_URI: 'mongodb://user:hunter2@db/?authSource=admin&tlsCertificateKeyFilePassword=hunter2',
    STOMP_URL: 'stomp://a:hunter2@one:1?x=hunter2,wss://b:hunter2@two/stomp?token=hunter2',
    ALERT_WEBHOOK_URL: 'https://chat.example.org/hooks/hunter2',
  });
  const text = JSON.stringify(describeSettings(config));
  expect(text).not.toMatch(/hunter2|5550000017|ana:/);
  expect(text).toContain('wss://…@two/stomp?…');
});

test('an address keeps what tells it apart', () => {
  expect(shownAddress('stomp://127.0.0.1:61613')).toBe('stomp://127.0.0.1:61613');
  expect(shownAddress('https://a.example/b?c=d')).toBe('https://a.example/b?…');
});
