/** `chatlake backfill` as a person types it, against a real worker. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Command } from 'commander';
import { addBackfill, backfill } from '../../src/cli/backfill.ts';
import { PermanentError } from '../../src/domain/errors.ts';
import { openStore } from '../../src/wiring/store.ts';
import { type StoreHooks, decorateStore } from '../support/decorate-store.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { until } from '../support/until.ts';

const WINDOWS = 6;
const RANGE = { source: 'desk', receivedFrom: windowAfter(0), receivedTo: windowAfter(WINDOWS - 1) };
const ID = `backfill/desk/received-${RANGE.receivedFrom}..${RANGE.receivedTo}`;

let lake: Lake;
let put: NonNullable<StoreHooks['put']>;
beforeAll(async () => {
  lake = await openLake();
  for (let n = 0; n < WINDOWS; n += 1) await writeDesk(lake.ports.store, windowAfter(n), [`a${n}`]);
  const store = decorateStore(openStore(lake.config), { put: (key, perform) => put(key, perform) });
  put = (_, perform) => perform();
  await lake.startWorker({ overrides: { store } });
});
afterAll(() => lake.close());
beforeEach(() => {
  put = (_, perform) => perform();
});

/** Runs the verb; answers its exit code and what it printed. */
async function run(
  options: object,
  { answer, detach = new AbortController().signal }: { answer?: boolean; detach?: AbortSignal } = {},
) {
  const printed: string[] = [];
  const seen: string[] = [];
  const code = await backfill(
    lake.config,
    { ...RANGE, ...options },
    {
      print: (text) => void printed.push(text),
      screen: { isTTY: true, write: (text: string) => seen.push(text) > 0 },
      detach,
      ...(answer === undefined ? {} : { confirm: () => Promise.resolve(answer) }),
    },
  );
  return { code, text: printed.join('\n'), seen: seen.join('') };
}

const runsOf = async (): Promise<number> =>
  (await lake.client.workflow
    .getHandle(ID)
    .describe()
    .catch(() => undefined)) === undefined
    ? 0
    : 1;

test('a dry run and a refused question print the plan and start nothing', async () => {
  const dry = await run({ dryRun: true });
  expect(dry).toMatchObject({ code: 0 });
  expect(dry.text).toMatch(/^6 window\(s\) from 2026-01-01T00 to 2026-01-01T05: 6 messages, .* about 6 s/);
  const json: unknown = JSON.parse((await run({ dryRun: true, json: true })).text);
  expect(json).toMatchObject({ windows: 6, lines: 6, ref: null });
  expect((await run({}, { answer: false })).text).toBe(dry.text);
  expect(await runsOf()).toBe(0);
});

test('told to a backfill that does not run, two things at once, or a wrong range: wrong use, said in a sentence', async () => {
  await expect(run({ cancel: true })).rejects.toThrow(/does not run, so it cannot be told to cancel/);
  await expect(run({ cancel: true, pause: true })).rejects.toThrow(/--pause and --cancel cannot be told at once/);
  await expect(run({ receivedFrom: '2026-13-01' })).rejects.toThrow(PermanentError);
  await expect(run({ concurrency: 'many' })).rejects.toThrow(/"concurrency" must be a whole number/);
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  addBackfill(program, { config: () => lake.config, print: () => undefined });
  await expect(
    program.parseAsync(['backfill', '--source', 'desk', '--receive-from', 'x'], { from: 'user' }),
  ).rejects.toThrow(/received-from/);
});

test('paused, left, joined and resumed; a failed window makes the exit code 1, and the next run takes only that', async () => {
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  put = async (key, perform) => {
    if (key.startsWith('seals/')) await gate;
    if (key.startsWith(`staging/desk-${windowAfter(4)}`)) throw new PermanentError('the disk is full');
    return perform();
  };
  const away = new AbortController();
  const left = run({}, { answer: true, detach: away.signal });
  await until(async () => (await runsOf()) === 1);
  expect((await run({ pause: true })).text).toBe(`${ID} was told to pause.`);
  away.abort();
  expect(await left).toMatchObject({ code: 0 });
  expect((await left).text).toContain(
    `It goes on without you as ${ID}. To follow it: chatlake backfill --source desk --received-from 2026-01-01T00 --received-to 2026-01-01T05; to end it: the same with --cancel.`,
  );
  // The same command joins the one that runs: no plan, no question.
  const joined = run({}, { answer: false });
  open();
  await run({ resume: true });
  const { code, text, seen } = await joined;
  expect([code, text.split('\n')]).toEqual([
    1,
    [
      '5 window(s) done, 1 failed, 0 were done before; 5 received = 5 enriched + 0 duplicates + 0 quarantined.',
      'failed 2026-01-01T04: the disk is full',
      'Mend the cause and start the same backfill again: it takes only what is missing.',
    ],
  ]);
  expect(seen).toMatch(/█|░/);
  put = (_, perform) => perform();
  const again = await run({ yes: true, json: true });
  expect(again.code).toBe(0);
  expect(JSON.parse(again.text)).toMatchObject({ workflow: ID, done: 1, failed: 0, plan: { skipped: 5 } });
  expect((await run({ yes: true })).text).toBe('Nothing is to be done. 6 of the range are done already.');
});
