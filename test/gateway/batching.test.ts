/** Batches, what is answered when, and a store that is away, slow or lies about its outcome. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { SetupError, TransientError } from '../../src/domain/errors.ts';
import { parseRawKey } from '../../src/domain/formats/layout.ts';
import { loadConfig } from '../../src/wiring/config.ts';
import { activityLog } from '../../src/wiring/log.ts';
import { openAnnouncer } from '../../src/wiring/temporal.ts';
import { random } from '../support/desk-lines.ts';
import { until } from '../support/until.ts';
import { LIMITS, type Scene, type SceneOptions, bytesOf, openScene } from './scene.ts';

let scene: Scene;
const open = async (options: SceneOptions): Promise<Scene> => (scene = await openScene(options));
afterEach(() => scene.stop());

const update = (n: number): string => `{"update_id":${n},"message":{"text":"número ${n}"}}`;
const postAll = (from: number, count: number) =>
  Promise.all(Array.from({ length: count }, (_, i) => scene.post(update(from + i))));
const statuses = (answers: readonly { readonly status: number }[]): number[] => [
  ...new Set(answers.map((a) => a.status)),
];
const batch = (change: Partial<typeof LIMITS.batch>) => ({ limits: { batch: { ...LIMITS.batch, ...change } } });
const stored = async (): Promise<string[]> =>
  (await scene.raw()).flatMap(({ lines }) => lines.map((line) => bytesOf(line).toString()));

/** Puts wait until they are let go. */
function gate() {
  const held: (() => void)[] = [];
  let isOpen = false;
  return {
    held,
    put: async (_: string, perform: () => Promise<'stored' | 'exists'>) => {
      if (!isOpen) await new Promise<void>((go) => held.push(go));
      return perform();
    },
    open(): void {
      isOpen = true;
      held.splice(0).forEach((go) => go());
    },
  };
}

describe('a batch', () => {
  test('holds what arrives within its time, in one object, announced once', async () => {
    await open(batch({ maxWaitMs: 3_000 }));
    expect(statuses(await postAll(0, 40))).toEqual([200]);
    const objects = await scene.raw();
    expect(objects.map(({ lines }) => lines.length)).toEqual([40]);
    expect(parseRawKey(objects[0]!.key)?.count).toBe(40);
    expect(scene.announced).toEqual([`telegram ${parseRawKey(objects[0]!.key)!.window}`]);
  });

  test('is written at once when it has its messages', async () => {
    await open(batch({ maxMessages: 5, maxWaitMs: 60_000 }));
    expect(statuses(await postAll(0, 10))).toEqual([200]);
    expect((await scene.raw()).map(({ lines }) => lines.length)).toEqual([5, 5]);
  });

  test('is written at once when it has its bytes, and a larger body is a batch of its own', async () => {
    await open(batch({ maxBytes: 1_000, maxWaitMs: 60_000 }));
    const sizes = [600, 600, 5_000, 1_000];
    const answers = await Promise.all(sizes.map((size) => scene.post('x'.repeat(size))));
    expect(statuses(answers)).toEqual([200]);
    for (const { lines } of await scene.raw())
      expect(lines.length === 1 || lines.every((line) => bytesOf(line).length < 1_000)).toBe(true);
  });

  test('is not answered before its object is durable', async () => {
    const { held, put, open: letGo } = gate();
    await open({ hooks: { put } });
    let answered = 0;
    const answers = [1, 2, 3].map((n) => scene.post(update(n)).then(({ status }) => ((answered += 1), status)));
    await until(() => held.length > 0);
    await sleep(100);
    expect(answered).toBe(0);
    letGo();
    expect(await Promise.all(answers)).toEqual([200, 200, 200]);
  });

  test('fills while every write is under way; writes are bounded', async () => {
    const { held, put, open: letGo } = gate();
    await open({ hooks: { put }, ...batch({ maxWaitMs: 5, maxWrites: 2 }) });
    const answers = [postAll(0, 1)];
    await until(() => held.length === 1);
    answers.push(postAll(1, 1));
    await until(() => held.length === 2);
    answers.push(postAll(2, 20));
    await sleep(200);
    expect(held).toHaveLength(2);
    letGo();
    expect(statuses((await Promise.all(answers)).flat())).toEqual([200]);
    expect((await scene.raw()).map(({ lines }) => lines.length).sort()).toEqual([1, 1, 20]);
  });
});

describe('a store', () => {
  test('that is away: 503 with Retry-After, health yellow; when it is back: 200, health green', async () => {
    let away = true;
    const put = (_: string, perform: () => Promise<'stored' | 'exists'>) =>
      away ? Promise.reject(new TransientError('no route')) : perform();
    await open({ hooks: { put } });
    const answer = await scene.post(update(1));
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '5']);
    expect(JSON.parse((await scene.get('/health')).body)).toMatchObject({ status: 'yellow' });
    expect(scene.announced).toEqual([]);
    away = false;
    expect((await scene.post(update(1))).status).toBe(200);
    expect(JSON.parse((await scene.get('/health')).body)).toMatchObject({
      status: 'green',
      waiting: { requests: 0, bytes: 0 },
    });
    expect(await stored()).toEqual([update(1)]);
  });

  test('that refuses: 503 at once, health red until it takes writes again, without any traffic', async () => {
    let refuses = true;
    const put = (_: string, perform: () => Promise<'stored' | 'exists'>) =>
      refuses ? Promise.reject(new SetupError('The bucket does not exist.')) : perform();
    await open({ hooks: { put } });
    const answer = await scene.post(update(1));
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '30']);
    refuses = false;
    expect((await scene.get('/health')).status).toBe(503);
    while ((await scene.get('/health')).status === 503) await sleep(50);
    expect(await stored()).toEqual([]);
  });

  test('that hangs: 503 when the time is over, and memory is given back when the write ends', async () => {
    const { put, open: letGo } = gate();
    await open({ hooks: { put }, ...batch({ maxWaitMs: 5, answerMs: 300, maxWrites: 1 }) });
    const first = await scene.post(update(1));
    const queued = await scene.post(update(2));
    expect([first.status, queued.status]).toEqual([503, 503]);
    const health = async () => JSON.parse((await scene.get('/health')).body) as { waiting: { requests: number } };
    // The first is still being written; the second was never begun.
    expect((await health()).waiting.requests).toBe(1);
    letGo();
    while ((await health()).waiting.requests > 0) await sleep(10);
    expect(await stored()).toEqual([update(1)]);
    expect((await scene.post(update(2))).status).toBe(200);
  });

  test('that is slow under a flood: 503 at once for what finds no room, 200 for the rest', async () => {
    const { held, put, open: letGo } = gate();
    await open({ hooks: { put }, limits: { room: { maxRequests: 10, maxBytes: 1_000_000 } } });
    const kept = postAll(0, 10);
    await until(() => held.length > 0);
    while ((JSON.parse((await scene.get('/health')).body) as { waiting: { requests: number } }).waiting.requests < 10);
    const answer = await scene.post(update(99));
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1']);
    letGo();
    expect(statuses(await kept)).toEqual([200]);
    expect((await stored()).sort()).toEqual(Array.from({ length: 10 }, (_, n) => update(n)));
  });

  test('that has no room for more bytes: 503, and a body that fits is taken', async () => {
    await open({ limits: { room: { maxRequests: 10, maxBytes: 1_000 } } });
    expect((await scene.post('x'.repeat(2_000))).status).toBe(503);
    expect((await scene.post('x'.repeat(900))).status).toBe(200);
  });

  test.each([1, 2, 3])(
    'that fails at random, also after it stored: every 200 has its bytes in raw (seed %d)',
    async (seed) => {
      const next = random(seed);
      const put = async (_: string, perform: () => Promise<'stored' | 'exists'>) => {
        const luck = next();
        await sleep(next() * 20);
        if (luck < 0.2) throw new TransientError('lost before');
        if (luck < 0.3) throw new SetupError('refused');
        const outcome = await perform();
        if (luck < 0.5) throw new TransientError('answer lost');
        return outcome;
      };
      await open({ hooks: { put }, ...batch({ maxMessages: 7, maxWaitMs: 3 }) });
      const answers = await Promise.all(
        Array.from({ length: 150 }, async (_, n) => {
          await sleep(next() * 300);
          return { n, status: (await scene.post(update(n))).status };
        }),
      );
      expect(statuses(answers).sort()).toEqual([200, 503]);
      const there = new Set(await stored());
      expect(answers.filter(({ n, status }) => status === 200 && !there.has(update(n)))).toEqual([]);
    },
  );
});

test('Temporal away: updates are answered 200 all the same', async () => {
  const logger = pino({ level: 'silent' });
  const announcer = openAnnouncer(loadConfig({ TEMPORAL_ADDRESS: '127.0.0.1:1' }), activityLog(logger));
  await open({ announcer });
  expect(statuses(await postAll(0, 5))).toEqual([200]);
  await announcer.close();
  expect(await stored()).toHaveLength(5);
});

test('a graceful stop answers what it holds, and takes nothing new', async () => {
  const { held, put, open: letGo } = gate();
  await open({ hooks: { put } });
  const answers = postAll(0, 10);
  await until(() => held.length > 0);
  let stopped = false;
  const stopping = scene.stop().then(() => (stopped = true));
  await sleep(100);
  expect(stopped).toBe(false);
  await expect(scene.post(update(99))).rejects.toThrow(/ECONNREFUSED/);
  letGo();
  expect(statuses(await answers)).toEqual([200]);
  await stopping;
  expect((await stored()).sort()).toEqual(Array.from({ length: 10 }, (_, n) => update(n)));
});
