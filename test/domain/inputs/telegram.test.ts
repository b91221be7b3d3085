/** Inputs of the workflows of Telegram: wrong ones say what is allowed, with a sample, and repeat no token. */
import { describe, expect, test } from '@jest/globals';
import { readImportInput, readPollInput, readWatchInput } from '../../../src/domain/inputs/telegram.ts';
import { fault } from './fault.ts';

describe('importExport', () => {
  const IMPORT = 'Allowed fields: file, zone, bot, account. Sample: {"file":"result.json"}';

  test.each([
    [{ file: 'result.json' }],
    [{ file: 'ChatExport_2026-11-20 (2)/result.json', zone: 'America/Sao_Paulo', bot: '77', account: 'reception-2' }],
  ])('%j is taken', (value) => expect(readImportInput(value)).toEqual(value));

  test.each([
    [undefined, '"file" must be the name'],
    [{ file: '/etc/passwd' }, '"file" must be the name'],
    [{ file: '../secret.json' }, '"file" must be the name'],
    [{ file: 'a/../../secret.json' }, '"file" must be the name'],
    [{ file: 'C:\\secret.json' }, '"file" must be the name'],
    [{ file: '.ssh/secret' }, '"file" must be the name'],
    [{ file: 7 }, '"file" must be the name'],
    [{ file: 'a', zone: 'Brazil/Nowhere' }, '"zone" must be a time zone by its IANA name'],
    [{ file: 'a', zone: 3 }, '"zone" must be a time zone'],
    [{ file: 'a', bot: 77 }, '"bot" must be the numeric id'],
    [{ file: 'a', bot: '77:secret' }, '"bot" must be the numeric id'],
    [{ file: 'a', account: 77 }, '"account" must be a word'],
    [{ file: 'a', account: 'Ana Souza' }, '"account" must be a word'],
    [{ file: 'a', path: '/b' }, 'it has a field that is not known'],
  ])('%j is refused', (value, what) => {
    const message = fault(() => readImportInput(value));
    expect(message).toContain(what);
    expect(message).toContain(IMPORT);
    expect(message).not.toContain('secret');
  });
});

describe('poll and watchWebhook', () => {
  test('take a bot, also where it was typed as a number', () => {
    expect(readPollInput({ bot: '1234567' })).toEqual({ bot: '1234567' });
    expect(readPollInput({ bot: 1234567 })).toEqual({ bot: '1234567' });
    const settings = { bot: '1', fallBack: true, pendingLimit: 0, everySeconds: 60 };
    expect(readWatchInput(settings)).toEqual(settings);
    expect(readWatchInput({ bot: '1' })).toEqual({ bot: '1', fallBack: false, pendingLimit: 100, everySeconds: 180 });
  });

  test.each([
    [undefined, '"bot" is needed'],
    [{}, '"bot" is needed'],
    [{ bot: '@chatlake_bot' }, '"bot" is needed'],
    [{ bot: '1', fallBack: 'yes' }, '"fallBack" must be true or false'],
    [{ bot: '1', pendingLimit: -1 }, '"pendingLimit" must be a whole number, at least 0'],
    [{ bot: '1', everySeconds: 0.5 }, '"everySeconds" must be a whole number, at least 1'],
    [{ bot: '1', every: 5 }, 'it has a field that is not known'],
  ])('%j is refused', (value, what) => {
    const message = fault(() => readWatchInput(value));
    expect(message).toContain(what);
    expect(message).toContain('Allowed fields: bot, fallBack, pendingLimit, everySeconds. Sample: {"bot":"1234567"}');
  });

  test('a whole token in place of the id is refused without being repeated', () => {
    const message = fault(() => readPollInput({ bot: '1234567:AA-secret' }));
    expect(message).toContain('Allowed fields: bot.');
    expect(message).not.toContain('secret');
  });
});
