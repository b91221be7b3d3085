/** pollUpdates over HTTP, against the emulator: raw first, then the confirmation. */
import { gunzipSync } from 'node:zlib';
import { afterEach, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Announcer } from '../../../src/adapters/announce/announcer.ts';
import { createMemoryStore } from '../../../src/adapters/object-store/memory.ts';
import type { ObjectStore } from '../../../src/adapters/object-store/object-store.ts';
import { createPollUpdates } from '../../../src/activities/intake/poll-updates.ts';
import type { PollResult } from '../../../src/activities/types.ts';
import { PermanentError, SetupError, TransientError } from '../../../src/domain/errors.ts';
import { NO_TRACER } from '../../../src/observe/trace/tracer.ts';
import { parseRawKey } from '../../../src/domain/formats/layout.ts';
import { type RawLine, decodeRawLine } from '../../../src/domain/formats/raw.ts';
import { decorateStore } from '../../support/decorate-store.ts';
import { BOT, TOKEN, closeAll, emulated, said } from '../../support/telegram.ts';
import { SILENT_ANNOUNCER } from '../../support/silent-announcer.ts';

const WEBHOOK = { url: 'http://127.0.0.1:9/', secretToken: 's', maxConnections: 1, allowedUpdates: [] };
const QUIET = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** All that any test here has logged or seen happen. */
const told: string[][] = [];

afterEach(async () => {
  await closeAll();
  expect(JSON.stringify(told)).not.toContain(TOKEN.split(':')[1]);
});

/** An emulated bot, a store, and slices over them; `events` is what happened, in order. */
async function scene(decorate: (store: ObjectStore, events: string[]) => ObjectStore = (store) => store) {
  const { api, control } = await emulated();
  const events: string[] = [];
  told.push(events);
  const memory = createMemoryStore();
  const noted = decorateStore(memory, {
    put: async (key, perform) => (
      events.push(`put ${parseRawKey(key)?.count} while ${control.pending} wait`),
      perform()
    ),
  });
  const announcer: Announcer = {
    announce: (source) => void events.push(`announced ${source}`),
    wake: () => Promise.resolve(),
    close: async () => undefined,
  };
  const log = {
    info: (event: string) => void events.push(event),
    warn: (event: string, facts: object) => void events.push(`${event} ${JSON.stringify(facts)}`),
  };
  const ports = {
    store: decorate(noted, events),
    telegram: { api, webhook: () => WEBHOOK },
    log,
    now: Date.now,
    announcer,
    tracer: NO_TRACER,
  };
  const environment = new MockActivityEnvironment(undefined, { logger: QUIET });
  const slice = (sliceMs: number, bot = BOT): Promise<PollResult> =>
    environment.run(createPollUpdates(ports, new AbortController().signal), { bot, sliceMs });
  const lines = async (): Promise<RawLine[]> => {
    const all: RawLine[] = [];
    for await (const { key } of memory.list('raw/source=telegram/'))
      all.push(
        ...gunzipSync((await memory.get(key))!)
          .toString()
          .trimEnd()
          .split('\n')
          .map(decodeRawLine),
      );
    return all;
  };
  return { api, control, events, slice, lines, environment };
}

test('a slice keeps updates byte for byte with how they came, announces them, and confirms them', async () => {
  const { control, slice, lines, events } = await scene();
  const odd = '{"message": {"chat":{"id":-4000123,"type":"group"},"text":"caf\\u00e9 😀"},"x":1.0}';
  const id = control.update(odd)!;
  control.update({ a_kind_of_tomorrow: { anything: true } });
  expect(await slice(300)).toEqual({ outcome: 'slice', messages: 2, objects: 1 });
  const [first, second] = await lines();
  expect(first).toMatchObject({
    id: '',
    headers: { origin: 'poll', bot: BOT },
    body: `{"update_id":${id},${odd.slice(1)}`,
  });
  expect(second?.body).toContain('a_kind_of_tomorrow');
  expect(events).toEqual(['put 2 while 2 wait', 'announced telegram', 'batch.landed']);
  expect(control.pending).toBe(0);
});

test('the last updates of a slice are confirmed at its end, and nothing comes twice', async () => {
  const { control, slice, lines } = await scene();
  for (let n = 0; n < 250; n += 1) control.update(said(`m${n}`));
  expect(await slice(1)).toMatchObject({ messages: 100, objects: 1 });
  expect(control.pending).toBe(150);
  expect(await slice(1_000)).toMatchObject({ messages: 150, objects: 2 });
  const texts = (await lines()).map(({ body = '' }) => (JSON.parse(body) as ReturnType<typeof said>).message.text);
  expect(texts.sort()).toEqual(Array.from({ length: 250 }, (_, n) => `m${n}`).sort());
});

test('what could not be written is not confirmed, and comes again', async () => {
  let broken = true;
  const { control, slice, lines } = await scene((store) =>
    decorateStore(store, {
      put: async (_, perform) => {
        if (broken) throw new TransientError('the store is down');
        return perform();
      },
    }),
  );
  control.update(said('once'));
  await expect(slice(500)).rejects.toThrow('the store is down');
  expect(control.pending).toBe(1);
  broken = false;
  expect(await slice(100)).toMatchObject({ messages: 1 });
  expect(await lines()).toHaveLength(1);
});

test('ended between raw and confirmation, the updates come again and none is lost', async () => {
  const { control, slice, lines } = await scene((store) =>
    decorateStore(store, {
      put: async (_, perform) => {
        const outcome = await perform();
        // From here on nothing arrives at Telegram, as from a process that is gone.
        control.fail('getUpdates', { code: 500, description: 'gone', times: 2 });
        return outcome;
      },
    }),
  );
  for (let n = 0; n < 3; n += 1) control.update(said(`m${n}`));
  for (const landed of [3, 6]) {
    await expect(slice(5_000)).rejects.toThrow(TransientError);
    expect(control.pending).toBe(3);
    expect((await lines()).length).toBe(landed);
  }
  expect(new Set((await lines()).map(({ body }) => body)).size).toBe(3);
});

test('ids that restart lower are taken like all others', async () => {
  const { control, slice } = await scene();
  control.update(said('before'));
  expect(await slice(50)).toMatchObject({ messages: 1 });
  control.jump(7);
  control.update(said('after'));
  expect(await slice(50)).toMatchObject({ messages: 1 });
  expect(control.pending).toBe(0);
});

test('a webhook ends the slice at once; the other way round what waits is polled', async () => {
  const { api, control, slice, events } = await scene();
  await api.setWebhook(WEBHOOK);
  control.update(said('waits'));
  expect(await slice(5_000)).toEqual({ outcome: 'webhookActive', messages: 0, objects: 0 });
  expect(events).toContain(`poll.ended ${JSON.stringify({ bot: BOT, how: 'webhookActive' })}`);
  await api.deleteWebhook(false);
  expect(await slice(100)).toMatchObject({ outcome: 'slice', messages: 1 });
});

test('another poller ends the slice, and is left alone', async () => {
  const { api, control, slice } = await scene();
  const first = slice(20_000);
  while ((control.calls.get('getupdates') ?? 0) === 0) await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setTimeout(resolve, 50));
  const other = api.getUpdates({ limit: 1, timeoutS: 20, allowedUpdates: [] }, new AbortController().signal);
  expect(await first).toEqual({ outcome: 'otherPoller', messages: 0, objects: 0 });
  control.update(said('to the other'));
  expect(await other).toMatchObject({ kind: 'updates' });
});

test('a cancelled slice ends at once and takes nothing that was not written', async () => {
  const { control, slice, environment } = await scene();
  const running = slice(60_000);
  while ((control.calls.get('getupdates') ?? 0) === 0) await new Promise((resolve) => setImmediate(resolve));
  environment.cancel();
  await expect(running).rejects.toThrow(/CANCELLED/i);
  control.update(said('later'));
  expect(control.pending).toBe(1);
});

test('a wait that Telegram asks for is handed on', async () => {
  const { control, slice } = await scene();
  control.fail('getUpdates', { code: 429, description: 'Too Many Requests', parameters: { retry_after: 9 }, times: 1 });
  await expect(slice(100)).rejects.toMatchObject({ retryAfterMs: 9_000 });
});

test('another bot, or no token, is told in one sentence without a token', async () => {
  const { slice } = await scene();
  await expect(slice(100, '42')).rejects.toThrow(PermanentError);
  const ports = {
    store: createMemoryStore(),
    log: { info() {}, warn() {} },
    announcer: SILENT_ANNOUNCER,
    tracer: NO_TRACER,
    now: Date.now,
  };
  const none = createPollUpdates(ports, new AbortController().signal);
  await expect(
    new MockActivityEnvironment(undefined, { logger: QUIET }).run(none, { bot: BOT, sliceMs: 1 }),
  ).rejects.toThrow(SetupError);
});
