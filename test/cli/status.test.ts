/** What `chatlake status` and `chatlake schedules` answer when parts are away, and what they print. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Command } from 'commander';
import { addSchedules } from '../../src/cli/schedules.ts';
import { addStatus } from '../../src/cli/status.ts';
import { status } from '../../src/inspect/status.ts';
import { PermanentError } from '../../src/domain/errors.ts';
import { replay } from '../../src/cli/replay.ts';
import { openStore } from '../../src/wiring/store.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { type Lake, openLake } from '../support/lake.ts';

let lake: Lake;
beforeAll(async () => {
  lake = await openLake();
  await writeDesk(openStore(lake.config), windowAfter(0), ['a']);
});
afterAll(() => lake.close());
afterEach(() => void (process.exitCode = 0));

/** Runs a command line; returns what it printed and the exit code it asked for. */
async function run(...words: string[]): Promise<{ readonly text: string; readonly code: unknown }> {
  const lines: string[] = [];
  const program = new Command().exitOverride();
  const needs = { config: () => lake.config, print: (line: string): void => void lines.push(line) };
  addStatus(program, needs);
  addSchedules(program, needs);
  await program.parseAsync(words, { from: 'user' });
  return { text: lines.join('\n'), code: process.exitCode ?? 0 };
}

test('without Temporal it answers from the store and says what is not known', async () => {
  const { config } = lake;
  const away = { ...config, TEMPORAL_ADDRESS: '127.0.0.1:9', temporal: { TEMPORAL_ADDRESS: '127.0.0.1:9' } };
  const found = await status(away, Date.UTC(2026, 0, 1, 1));
  expect(found.sources['desk']).toMatchObject({ pending: { windows: 1, oldest: '2026-01-01T00' }, parkedWindows: 0 });
  expect(found.missing.map(({ en }) => en)).toEqual(['what Temporal is doing']);
  expect(found.problems.map(({ en }) => en)).toEqual([
    expect.stringMatching(/^what Temporal is doing: Temporal does not answer at 127/),
  ]);
});

test('a store that is away is said in one sentence, and Temporal is asked all the same', async () => {
  const found = await status({ ...lake.config, S3_BUCKET: 'nobody-made-this-bucket' }, Date.now());
  expect(found.problems[0]?.en).toMatch(/^what the store holds: .*nobody-made-this-bucket/);
  expect(found.schedules?.known).not.toHaveLength(0);
});

test('schedules: diff ends with 1 until apply made them; list shows a pause and its note; status ends with 1', async () => {
  const before = await run('schedules', 'diff');
  expect(before).toEqual({ code: 1, text: expect.stringMatching(/etl-desk +is missing there/) });
  process.exitCode = 0;
  expect((await run('schedules', 'apply')).text).toMatch(/close-day +created/);
  expect(await run('schedules', 'diff')).toEqual({ code: 0, text: 'nothing differs' });
  for (const id of ['etl-desk', 'etl-telegram']) await lake.client.schedule.getHandle(id).pause('moving house');
  expect((await run('schedules')).text).toMatch(/etl-desk +etl +paused: moving house; 0 runs, 0 missed, 0 skipped/);
  const { text, code } = await run('status');
  expect(text).toMatch(/pending {4}1 windows, the oldest 2026-01-01T00; 0 need a person/);
  expect(text).toMatch(/paused +schedule etl-desk: moving house/);
  expect(text).toMatch(/desk\/2026-01-01T00 is not done although its hour is long over/);
  expect(code).toBe(1);
});

test('replay without windows, or with a name that is none, is wrong use', async () => {
  const print = (): void => undefined;
  await expect(replay(lake.config, [], {}, print)).rejects.toThrow(PermanentError);
  await expect(replay(lake.config, ['fax/2026-01-01T00'], {}, print)).rejects.toThrow(/one looks like desk\//);
});
