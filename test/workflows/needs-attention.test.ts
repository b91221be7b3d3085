/** Windows that trying again cannot help, and a store that is forbidden for a while, on the real server. */
import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import { replay } from '../../src/cli/replay.ts';
import { status } from '../../src/inspect/status.ts';
import { PermanentError, SetupError } from '../../src/domain/errors.ts';
import { parkedWindows, readParked } from '../../src/lake/parked.ts';
import type { Readers } from '../../src/wiring/ports.ts';
import { openStore } from '../../src/wiring/store.ts';
import { checkLake } from '../support/check-lake.ts';
import { decorateStore } from '../support/decorate-store.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { until } from '../support/until.ts';

let lake: Lake | undefined;
afterEach(async () => {
  await lake?.close();
  lake = undefined;
});

const [bad, good] = [windowAfter(0), windowAfter(1)];

/** A lake of two windows whose worker meets `fault` when it stages lines of the first, while there is one. */
async function lakeWithFault(fault: { error?: Error }): Promise<Lake> {
  const opened = await openLake();
  lake = opened;
  const store = openStore(opened.config);
  await writeDesk(store, bad, ['a', 'b']);
  await writeDesk(store, good, ['c']);
  const faulty = decorateStore(store, {
    put: (key, perform) => {
      if (fault.error !== undefined && key.startsWith(`staging/desk-${bad}`)) throw fault.error;
      return perform();
    },
  });
  await opened.startWorker({ overrides: { store: faulty } });
  return opened;
}

const parkedOf = async (ports: Readers) => {
  const key = (await parkedWindows(ports, 'desk')).get(bad);
  return key === undefined ? undefined : readParked(ports, key);
};

test('a permanent failure parks its window; etl {} leaves it out, status says it, replay finishes it after the mend', async () => {
  const fault: { error?: Error } = { error: new PermanentError('the rule file names a column that does not exist') };
  const { client, config, ports, etl } = await lakeWithFault(fault);
  await expect(etl()).rejects.toMatchObject({ cause: { message: expect.stringMatching(/1 of 2 windows failed/) } });
  const ended = client.workflow.getHandle(`etl/desk/${bad}`).result();
  await expect(ended).rejects.toMatchObject({
    cause: {
      type: 'NeedsAttention',
      message: expect.stringMatching(
        /cleanse failed: the rule file .*safe in raw; .*chatlake replay desk\/2026-01-01T00/,
      ),
    },
  });
  const first = await parkedOf(ports);
  expect(first).toMatchObject({ step: 'cleanse', kind: 'Permanent', workflowId: `etl/desk/${bad}` });

  // The same code leaves it out; a range does not, and since when stays.
  expect(await etl()).toMatchObject({ windows: 0, leftOut: 1 });
  await expect(etl({ source: 'desk', from: bad, to: good })).rejects.toThrow();
  expect((await parkedOf(ports))?.since).toBe(first?.since);
  const found = await status(config, Date.now());
  expect(found.well).toBe(false);
  expect(found.problems).toContainEqual({
    en: expect.stringMatching(/^desk\/2026-01-01T00 needs a person since .*: cleanse failed: the rule file names a/),
    pt: expect.stringMatching(/^desk\/2026-01-01T00 precisa de uma pessoa desde .*: cleanse falhou: the rule file/),
    at: `workflows/${encodeURIComponent(`etl/desk/${bad}`)}`,
  });
  expect(found.sources['desk']).toMatchObject({ parkedWindows: 1, pending: { windows: 1, oldest: bad } });

  // Replayed too early it fails again and is named; after the mend it is done, and the record is gone.
  const lines: string[] = [];
  expect(await replay(config, [`desk/${bad}`], {}, (line) => lines.push(line))).toBe(1);
  expect(lines[0]).toMatch(/^desk\/2026-01-01T00 {2}failed: the rule file/);
  delete fault.error;
  expect(await replay(config, [], { all: true }, (line) => lines.push(line))).toBe(0);
  expect(lines.at(-1)).toBe('1 windows replayed, 2 messages published, 0 at work in other runs, 0 failed');
  expect(await parkedOf(ports)).toBeUndefined();
  expect((await checkLake(ports)).counts).toMatchObject({ received: 3, enriched: 3 });
  const after = await status(config, Date.now());
  expect([after.problems, after.well]).toEqual([[], true]);
});

test('other code tries a parked window again by itself', async () => {
  const fault: { error?: Error } = { error: new PermanentError('this version does not know the format') };
  const { ports, etl } = await lakeWithFault(fault);
  await expect(etl()).rejects.toThrow();
  const key = (await parkedWindows(ports, 'desk')).get(bad)?.key ?? '';
  const store = openStore((lake as Lake).config);
  const body = await store.get(key);
  await store.remove(key);
  await store.put(key.replace(/-[0-9a-f]{12}-/, '-0123456789ab-'), body ?? new Uint8Array(), { ifAbsent: true });
  delete fault.error;
  expect(await etl()).toMatchObject({ windows: 1, counts: { received: 2 } });
  expect(await parkedWindows(ports, 'desk')).toEqual(new Map());
});

test('a store that is forbidden: the run waits, status says why in a sentence, allowed again it ends by itself', async () => {
  const fault: { error?: Error } = {
    error: new SetupError('the bucket answers 403: allow s3:PutObject to this account'),
  };
  const { client, config, ports } = await lakeWithFault(fault);
  const { CHATLAKE_TASK_QUEUE: taskQueue } = config;
  const run = await client.workflow.start('etl', { workflowId: `etl-${randomUUID()}`, taskQueue, args: [{}] });
  let sentence = '';
  await until(async () => {
    const { problems } = await status(config, Date.UTC(2026, 0, 1, 2));
    sentence = problems.find(({ en }) => en.includes('403'))?.en ?? '';
    return sentence !== '';
  }, 1_000);
  expect(sentence).toMatch(
    /^cleanse of etl\/desk\/2026-01-01T00 fails, attempt \d+: the bucket answers 403: allow s3:PutObject/,
  );
  delete fault.error;
  expect(await run.result()).toMatchObject({ windows: 2, counts: { received: 3 } });
  expect((await checkLake(ports)).counts).toMatchObject({ received: 3, enriched: 3 });
});

test('live drops a window that needs a person, and says so', async () => {
  const { client, config } = await lakeWithFault({ error: new PermanentError('the rule file is wrong') });
  const announce = () =>
    client.workflow.signalWithStart('live', {
      workflowId: 'live/desk',
      taskQueue: config.CHATLAKE_TASK_QUEUE,
      args: [{ source: 'desk', intervalMs: 100 }],
      signal: 'announce',
      signalArgs: [[bad]],
    });
  const handle = client.workflow.getHandle('live/desk', (await announce()).signaledRunId);
  await until(async () => (await handle.query<{ parked: readonly string[] }>('progress')).parked.length > 0);
  expect(await handle.query('progress')).toMatchObject({ parked: [bad], failed: [], waiting: [] });
});
