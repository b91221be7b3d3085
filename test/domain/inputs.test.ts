/** Inputs as people type them: wrong ones say what is allowed, with a sample. */
import { describe, expect, test } from '@jest/globals';
import { PermanentError } from '../../src/domain/errors.ts';
import {
  readConsumeInput,
  readEtlInput,
  readEtlWindowInput,
  readLiveInput,
  readWindows,
  readImportInput,
  readPollInput,
  readWatchInput,
  sourcesOf,
} from '../../src/domain/inputs.ts';

const ETL = 'Allowed fields: source, window, from, to. Sample: {"source":"desk","window":"2026-11-22T03"}';
const WINDOW = 'Allowed fields: source, window. Sample: {"source":"desk","window":"2026-11-22T03"}';
const LIVE =
  'Allowed fields: source, intervalMs, windows, paused, waitMs. Sample: {"source":"desk"} or {"source":"desk",';
const CONSUME = 'Allowed fields: subscription. Sample: {"subscription":"desk"}';

/** The message of what `read` throws, which must be a PermanentError. */
function fault(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(PermanentError);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}

describe('etl', () => {
  test.each([undefined, null, {}, { source: '', window: null, from: '', to: undefined }])(
    'nothing given is everything pending (%#)',
    (value) => expect(readEtlInput(value)).toEqual({}),
  );

  test('a window, a day, a range', () => {
    const window = { source: 'desk', window: '2026-11-22T03' };
    expect(readEtlInput(window)).toEqual(window);
    expect(readEtlInput({ from: '2026-11-21', to: '2026-11-21' })).toEqual({
      from: '2026-11-21T00',
      to: '2026-11-21T23',
    });
    expect(readEtlInput({ from: '2026-11-21T05', source: 'desk' })).toEqual({ from: '2026-11-21T05', source: 'desk' });
  });

  test.each([
    [{ windw: '2026-11-22T03' }, '"windw" is not a field'],
    [{ source: 'desk', Window: '2026-11-22T03' }, '"Window" is not a field'],
    [JSON.parse('{"__proto__": {}}'), '"__proto__" is not a field'],
    [{ source: 'desk', window: '2026-02-30T10' }, '"2026-02-30T10" is not an hour that exists'],
    [{ source: 'desk', window: '2026-11-22' }, '"2026-11-22" is not an hour that exists'],
    [{ source: 'desk', window: 3 }, '3 is not an hour that exists'],
    [{ window: '2026-11-22T03' }, 'a window belongs to one source'],
    [{ source: 'dsk' }, '"dsk" is not a source; there are: desk'],
    [{ source: ['desk'] }, '["desk"] is not a source'],
    [{ from: '2026-02-30' }, '"from" must be a day'],
    [{ to: '22/11/2026' }, '"to" must be a day'],
    [{ from: 20261122 }, '"from" must be a day'],
    [{ from: '2026-11-22', to: '2026-11-21' }, '"from" lies after "to"'],
    [{ source: 'desk', window: '2026-11-22T03', from: '2026-11-22' }, 'give "window", or "from" and "to", not both'],
    [['desk'], 'it must be a JSON object, not ["desk"]'],
    ['desk', 'it must be a JSON object, not "desk"'],
    [7, 'it must be a JSON object, not 7'],
    [false, 'it must be a JSON object, not false'],
    ['', 'it must be a JSON object, not ""'],
  ])('%j says what is wrong, what is allowed, and shows a sample', (value, what) => {
    const message = fault(() => readEtlInput(value));
    expect(message).toContain(what);
    expect(message).toContain(ETL);
  });
});

describe('etlWindow', () => {
  test('takes a source and a window', () => {
    const input = { source: 'desk', window: '2026-11-22T03' };
    expect(readEtlWindowInput(input)).toEqual(input);
  });

  test.each([
    [undefined, '"source" and "window" are both needed'],
    [{ source: 'desk' }, '"source" and "window" are both needed'],
    [{ window: '2026-11-22T03' }, '"source" and "window" are both needed'],
    [{ source: '', window: '' }, '"source" and "window" are both needed'],
    [{ source: 'desk', window: '2026-11-31T00' }, 'not an hour that exists'],
    [{ source: 'nobody', window: '2026-11-22T03' }, 'not a source'],
    [{ source: 'desk', window: '2026-11-22T03', from: '2026-11-22' }, '"from" is not a field'],
    [[], 'it must be a JSON object'],
  ])('%j is refused', (value, what) => {
    const message = fault(() => readEtlWindowInput(value));
    expect(message).toContain(what);
    expect(message).toContain(WINDOW);
  });
});

describe('consume', () => {
  test('takes a subscription', () =>
    expect(readConsumeInput({ subscription: 'desk' })).toEqual({ subscription: 'desk' }));

  test.each([[undefined], [{}], [{ subscription: '' }], [{ subscription: 7 }], [{ source: 'desk' }], [['desk']]])(
    '%j is refused',
    (value) => expect(fault(() => readConsumeInput(value))).toContain(CONSUME),
  );
});

describe('live', () => {
  test('takes a source; the rest has defaults', () => {
    expect(readLiveInput({ source: 'desk' })).toEqual({
      source: 'desk',
      intervalMs: 30_000,
      windows: [],
      paused: false,
      waitMs: 0,
    });
    const input = { source: 'desk', intervalMs: 100, windows: ['2026-11-22T03'], paused: true, waitMs: 7 };
    expect(readLiveInput(input)).toEqual(input);
  });

  test.each([
    [undefined, '"source" is needed'],
    [{ source: 'fax' }, '"fax" is not a source'],
    [{ source: 'desk', intervalMs: 99 }, '"intervalMs" must be a whole number of milliseconds, at least 100'],
    [{ source: 'desk', intervalMs: '2000' }, '"intervalMs" must be'],
    [{ source: 'desk', intervalMs: 100.5 }, '"intervalMs" must be'],
    [{ source: 'desk', waitMs: -1 }, '"waitMs" must be'],
    [{ source: 'desk', windows: '2026-11-22T03' }, '"windows" must be a list'],
    [{ source: 'desk', windows: ['2026-02-30T03'] }, '"windows" must be a list'],
    [{ source: 'desk', windows: Array(501).fill('2026-11-22T03') }, 'at most 500 hours'],
    [{ source: 'desk', paused: 'yes' }, '"paused" must be true or false'],
    [{ source: 'desk', window: '2026-11-22T03' }, '"window" is not a field'],
  ])('%j is refused', (value, what) => {
    const message = fault(() => readLiveInput(value));
    expect(message).toContain(what);
    expect(message).toContain(LIVE);
  });

  test('an announcement is a list of hours that exist, or nothing', () => {
    expect(readWindows(['2026-11-22T03', '2026-11-22T04'])).toEqual(['2026-11-22T03', '2026-11-22T04']);
    for (const value of [undefined, null, '2026-11-22T03', {}, [7], ['2026-02-30T03'], ['2026-11-22T03', '']])
      expect(readWindows(value)).toBeUndefined();
  });
});

describe('importExport', () => {
  const IMPORT = 'Allowed fields: file, zone, bot. Sample: {"file":"/imports/result.json"}';

  test.each([
    [{ file: '/imports/result.json' }],
    [{ file: 'C:\\imports\\result.json', zone: 'America/Sao_Paulo', bot: '77' }],
  ])('%j is taken', (value) => expect(readImportInput(value)).toEqual(value));

  test.each([
    [undefined, '"file" must be the absolute path'],
    [{ file: 'result.json' }, '"file" must be the absolute path'],
    [{ file: 7 }, '"file" must be the absolute path'],
    [{ file: '/a', zone: 'Brazil/Nowhere' }, '"zone" must be a time zone by its IANA name'],
    [{ file: '/a', zone: 3 }, '"zone" must be a time zone'],
    [{ file: '/a', bot: 77 }, '"bot" must be the numeric id'],
    [{ file: '/a', bot: '77:secret' }, '"bot" must be the numeric id'],
    [{ file: '/a', path: '/b' }, '"path" is not a field'],
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
    [{ bot: '1', every: 5 }, '"every" is not a field'],
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

test('no source named means all of them', () => {
  expect(sourcesOf({})).toContain('desk');
  expect(sourcesOf({ source: 'desk' })).toEqual(['desk']);
});
