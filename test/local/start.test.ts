/** What a person may ask of npm start. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { PermanentError } from '../../src/domain/errors.ts';
import { stepClock } from '../../src/local/clock.ts';
import { readWishes } from '../../src/local/options.ts';
import { openChildren } from '../../src/local/parts/children.ts';
import { reset } from '../../src/local/reset.ts';

test('wishes are read; whatever is not understood is answered with all that is', () => {
  const none = { once: false, retry: false, reset: false, yes: false, demo: true, ports: {} };
  expect(readWishes([], {})).toEqual(none);
  expect(readWishes(['--demo', 'none', '--port-ui', '8300', '--retry'], {})).toEqual({
    ...{ ...none, demo: false, retry: true },
    ports: { ui: 8300 },
  });
  expect(readWishes([], { DASHBOARD_PORT: '8300' })).toEqual({ ...none, ports: { pages: 8300 } });
  expect(readWishes(['--port-pages', '8301'], { DASHBOARD_PORT: '8300' }).ports).toEqual({ pages: 8301 });
  expect(readWishes([], { DASHBOARD_PORT: '0' })).toEqual(none);
  expect(() => readWishes([], { DASHBOARD_PORT: 'eighty' })).toThrow(/DASHBOARD_PORT eighty is no port/);
  for (const wrong of [['--twice'], ['--port-ui', '80'], ['--port-ui', 'x'], ['--demo', 'half'], ['--once', '--reset']])
    expect(() => readWishes(wrong, {})).toThrow(/what is understood: npm start -- \[--once\].*\[--port-telegram N\]/);
});

/** A terminal at which somebody types this, and leaves. */
function typing(text: string, isTTY = true) {
  const output = new PassThrough();
  const input = Object.assign(new PassThrough(), { isTTY });
  input.end(text);
  return { input, output, said: () => String(output.read() ?? '') };
}

test('reset removes the folder only after a yes, and never one in use', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'chatlake-reset-'));
  try {
    writeFileSync(join(dir, 'stays'), '');
    await expect(reset(dir, false, typing('', false))).rejects.toThrow(/Nobody can be asked here: add --yes/);
    for (const answer of ['no\n', 'y\n', '\n', '']) {
      const terminal = typing(answer);
      await expect(reset(dir, false, terminal)).rejects.toThrow(new PermanentError('Nothing was removed.'));
      expect(terminal.said()).toContain(`--reset removes ${dir}: every message`);
    }
    const children = await openChildren(dir, () => undefined);
    await expect(reset(dir, true, typing(''))).rejects.toThrow(/already running/);
    await children.stopAll();
    expect(existsSync(join(dir, 'stays'))).toBe(true);
    const yes = typing('yes\n');
    await reset(dir, false, yes);
    expect(existsSync(dir)).toBe(false);
    expect(yes.said()).toContain(`${dir} was removed`);
    const again = typing('');
    await reset(dir, true, again);
    expect(again.said()).toBe(`${dir} is not there: nothing to remove\n`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test('the time of a start is told step by step', () => {
  let now = 2_000;
  const clock = stepClock(() => now);
  clock.step('to get ready');
  now = 7_500;
  clock.step('parts');
  expect(clock.line({ S3: 3.24 })).toBe(
    'seconds: to get ready 2.0, parts 5.5 (parts side by side: S3 3.2); 7.5 in all',
  );
});
