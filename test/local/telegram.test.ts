/** The emulated Telegram: what waits for whom, and how often it is tried again. */
import { type RequestOptions, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { startTelegramEmulator } from '../../src/local/telegram/emulator.ts';
import { scaledClock } from '../../src/local/telegram/clock.ts';
import { GROUP, NEVER, TOKEN, closeAll, emulated, said } from '../support/telegram.ts';
import { type Delivery, OK, answer, hookOf, until } from '../support/webhook.ts';

const KINDS = ['message', 'edited_message', 'callback_query', 'message_reaction'];
const SECOND = 1_000;
const AUTHORIZED = { authorization: `Bearer ${TOKEN}` };

afterEach(closeAll);

const textsOf = (deliveries: readonly Delivery[]) =>
  deliveries.map(({ update }) => update.message?.text ?? update.edited_message?.text ?? Object.keys(update)[1]);

describe('delivery to a webhook', () => {
  const set = (url: string, maxConnections = 40) => ({
    url,
    secretToken: 'se-cret_1',
    maxConnections,
    allowedUpdates: KINDS,
  });

  test('carries the secret, and ids that follow one another', async () => {
    const { api, control } = await emulated();
    const { deliveries, url } = await hookOf(OK);
    await api.setWebhook(set(url));
    for (const text of ['a', 'b', 'c']) control.update(said(text));
    await until(() => control.pending === 0);
    expect(textsOf(deliveries)).toEqual(['a', 'b', 'c']);
    expect(deliveries.map(({ headers }) => headers['x-telegram-bot-api-secret-token'])).toEqual(
      Array(3).fill('se-cret_1'),
    );
    const ids = deliveries.map(({ update }) => update.update_id);
    expect(ids).toEqual([ids[0], ids[0]! + 1, ids[0]! + 2]);
    expect(await api.getWebhookInfo()).toMatchObject({ pending: 0, lastErrorAt: null });
  });

  test('keeps the order of a chat’s messages and edits; others do not wait for them', async () => {
    const { api, control } = await emulated();
    const held: Delivery[] = [];
    const { deliveries, url } = await hookOf((delivery) =>
      delivery.update.message?.text === 'stuck' ? held.push(delivery) : OK(delivery),
    );
    await api.setWebhook(set(url));
    control.update(said('stuck'));
    const { message } = said('its edit');
    control.update({ edited_message: { ...message, message_id: 1, date: 1, edit_date: 2 } });
    control.update(said('next in the chat'));
    control.update(said('another chat', GROUP - 1));
    control.update({
      callback_query: { id: '1', from: { id: 501, is_bot: false, first_name: 'A' }, chat_instance: '1' },
    });
    await until(() => deliveries.length === 3);
    await sleep(100);
    expect(textsOf(deliveries).sort()).toEqual(['another chat', 'callback_query', 'stuck']);
    OK(held[0]!);
    await until(() => control.pending === 0);
    expect(textsOf(deliveries).slice(3)).toEqual(['its edit', 'next in the chat']);
  });

  test('uses no more connections than it was told', async () => {
    const { api, control } = await emulated();
    const held: Delivery[] = [];
    const { deliveries, url } = await hookOf((delivery) => held.push(delivery));
    await api.setWebhook(set(url, 2));
    for (let n = 0; n < 6; n += 1) control.update(said(`m${n}`, GROUP - n));
    await until(() => held.length === 2);
    await sleep(100);
    expect(deliveries.length).toBe(2);
    while (control.pending > 0) {
      held.splice(0).forEach(OK);
      await sleep(5);
    }
    expect(textsOf(deliveries).sort()).toEqual(['m0', 'm1', 'm2', 'm3', 'm4', 'm5']);
  });

  test('is tried again at once, then after 2, 4, 8 … seconds up to a minute or two, on the scaled clock', async () => {
    const factor = 100;
    const { api, control } = await emulated(factor);
    const { deliveries, url } = await hookOf((delivery, nth) => (nth < 9 ? answer(500) : OK)(delivery));
    await api.setWebhook(set(url));
    control.update(said('again and again'));
    await until(() => control.pending === 0);
    const gaps = deliveries.slice(1).map(({ at }, n) => ((at - deliveries[n]!.at) * factor) / SECOND);
    const least = [0, 2, 4, 8, 16, 32, 60, 60];
    expect(gaps).toHaveLength(least.length);
    gaps.forEach((gap, n) => {
      expect(gap).toBeGreaterThanOrEqual(least[n]! - (2 * factor) / SECOND);
      // A loaded machine answers late, and its milliseconds count hundredfold.
      expect(gap).toBeLessThan((n >= 6 ? 120 : least[n]!) + 300);
    });
    expect(new Set(deliveries.map(({ update }) => update.update_id)).size).toBe(1);
    expect((await api.getWebhookInfo()).lastError).toBe('Wrong response from the webhook: 500 Internal Server Error');
  });

  test('waits as long as the webhook asks with Retry-After', async () => {
    const factor = 100;
    const { api, control } = await emulated(factor);
    const { deliveries, url } = await hookOf((delivery, nth) =>
      (nth === 1 ? answer(503, { 'retry-after': '40' }) : OK)(delivery),
    );
    await api.setWebhook(set(url));
    control.update(said('later'));
    await until(() => control.pending === 0);
    expect(((deliveries[1]!.at - deliveries[0]!.at) * factor) / SECOND).toBeGreaterThanOrEqual(39.5);
  });

  test('ends when an update has expired: a callback after 150 seconds, not a message', async () => {
    const { api, control } = await emulated(100);
    const { deliveries, url } = await hookOf(answer(500));
    await api.setWebhook(set(url));
    control.update(said('kept for a day'));
    control.update({
      callback_query: { id: '1', from: { id: 501, is_bot: false, first_name: 'A' }, chat_instance: '1' },
    });
    await until(() => control.pending === 1);
    const [first, ...rest] = deliveries.filter(({ update }) => update.callback_query !== undefined);
    expect(rest.length).toBeGreaterThanOrEqual(2);
    expect(((rest.at(-1)!.at - first!.at) * 100) / SECOND).toBeLessThanOrEqual(300);
    expect((await api.getWebhookInfo()).pending).toBe(1);
  });

  test('takes a redirect and no answer for failures, and 204 for success', async () => {
    const { api, control } = await emulated(100);
    const replies = [
      answer(302, { location: '/elsewhere' }),
      ({ response }: Delivery) => void response.destroy(),
      answer(204),
    ];
    const { deliveries, url } = await hookOf((delivery, nth) => replies[nth - 1]?.(delivery));
    await api.setWebhook(set(url));
    control.update(said('stubborn'));
    await until(() => control.pending === 0);
    expect(deliveries).toHaveLength(3);
  });

  test('leaves out member changes and reactions that were not asked for, never a kind it does not know', async () => {
    const { api, control } = await emulated();
    await api.setWebhook({ ...set('http://127.0.0.1:9/'), allowedUpdates: [] });
    const from = { user: { id: 1 }, chat: { id: GROUP } };
    expect(control.update({ message_reaction: from })).toBeUndefined();
    expect(control.update({ kind_of_tomorrow: from })).toEqual(expect.any(Number));
    await api.setWebhook(set('http://127.0.0.1:9/'));
    expect(control.update({ message_reaction: from })).toEqual(expect.any(Number));
    expect(control.update({ poll_answer: from })).toBeUndefined();
  });

  test('an answer that names a method is a call of it', async () => {
    const { api, control } = await emulated();
    const { url } = await hookOf(
      ({ response }) =>
        void response.writeHead(200).end(JSON.stringify({ method: 'sendMessage', chat_id: GROUP, text: 'yes?' })),
    );
    await api.setWebhook(set(url));
    control.update(said('bot?'));
    await until(() => control.calls.get('sendmessage') === 1);
  });
});

describe('what can be made to happen', () => {
  test('a repeat, a turned order, ids that jump, a group that moves', async () => {
    const { api, control } = await emulated();
    const { deliveries, url } = await hookOf(OK);
    const one = control.update(said('one'))!;
    control.update(said('two'));
    control.reorder();
    control.jump(17);
    control.update(said('three'));
    const to = control.migrate(String(GROUP));
    await api.setWebhook({ url, secretToken: 's', maxConnections: 1, allowedUpdates: KINDS });
    await until(() => control.pending === 0);
    control.repeat(one);
    await until(() => control.pending === 0 && deliveries.length === 6);
    const texts = deliveries.map(
      ({ update }) =>
        update.message?.text ?? update.message?.migrate_to_chat_id ?? update.message?.migrate_from_chat_id,
    );
    expect(texts).toEqual(['two', 'one', 'three', Number(to), GROUP, 'one']);
    expect(deliveries.map(({ update }) => update.update_id)).toEqual([one + 1, one, 17, 18, 19, one]);
    expect(deliveries[4]?.update.message?.chat).toMatchObject({ id: Number(to), type: 'supergroup' });
    expect(deliveries[4]?.update.message?.message_id).toBe(1);
  });

  test('all of it over HTTP, on loopback, with wrong calls refused', async () => {
    const { emulator, api } = await emulated();
    const post = async (name: string, body: unknown): Promise<unknown> => {
      const response = await fetch(`${emulator.address}/control/${name}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKEN}` },
        body: JSON.stringify(body),
      });
      return response.json();
    };
    const { update_id: id } = (await post('update', said('over HTTP'))) as { update_id: number };
    expect(await post('repeat', { update_id: id })).toBe(true);
    expect(await post('reorder', {})).toBe(true);
    expect(await post('jump', { next: 5 })).toBe(true);
    expect(await post('migrate', { chat_id: GROUP })).toMatchObject({ to: expect.stringMatching(/^-100/) });
    expect(await post('fail', { method: 'getMe', code: 403, description: 'Forbidden' })).toBe(true);
    await expect(api.getMe()).rejects.toThrow(/Forbidden/);
    expect(await post('state', {})).toEqual({ pending: 4, calls: { getme: 1 } });
    expect(await post('repeat', { update_id: 1 })).toMatchObject({
      ok: false,
      description: 'Bad Request: there was no update 1',
    });
    expect(await post('update', { update_id: 3 })).toMatchObject({ ok: false });
    expect(await post('nothing', {})).toMatchObject({ ok: false, error_code: 404 });
  });

  test.each<[string, RequestOptions, number]>([
    ['without the token', { method: 'POST' }, 401],
    ['with another token', { method: 'POST', headers: { authorization: 'Bearer 1:x' } }, 401],
    ['by a link', { method: 'GET', headers: { authorization: `Bearer ${TOKEN}` } }, 401],
    ['from a page', { method: 'POST', headers: { ...AUTHORIZED, origin: 'http://evil.example' } }, 403],
    ['from a page that hides itself', { method: 'POST', headers: { ...AUTHORIZED, origin: 'null' } }, 403],
    ['as a picture', { method: 'POST', headers: { ...AUTHORIZED, 'sec-fetch-site': 'cross-site' } }, 403],
    ['by another name', { method: 'POST', headers: { ...AUTHORIZED, host: 'evil.example:8081' } }, 403],
  ])('a call %s makes nothing happen', async (_, options, status) => {
    const { emulator, control } = await emulated();
    const asked = request(`${emulator.address}/control/update`, options);
    const answered = new Promise((resolve, reject) => {
      asked.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject);
    });
    asked.end(options.method === 'POST' ? JSON.stringify(said('from a neighbour')) : undefined);
    expect(await answered).toBe(status);
    expect(control.pending).toBe(0);
  });

  test('a token of another form and a taken port are refused in one sentence', async () => {
    await expect(startTelegramEmulator({ port: 0, token: 'none' })).rejects.toThrow(/must look like/);
    const { emulator } = await emulated();
    const port = Number(new URL(emulator.address).port);
    await expect(startTelegramEmulator({ port, token: TOKEN })).rejects.toThrow(/cannot listen/);
  });
});

test('getUpdates: a negative offset takes the last, an offset far ahead is none, a limit is kept', async () => {
  const { api, control } = await emulated();
  const read = async (offset: number | undefined, limit = 100): Promise<number[]> => {
    const got = await api.getUpdates(
      { ...(offset === undefined ? {} : { offset }), limit, timeoutS: 0, allowedUpdates: KINDS },
      NEVER,
    );
    return got.kind === 'updates' ? got.updates.map(({ updateId }) => updateId) : [];
  };
  const ids = ['a', 'b', 'c', 'd'].map((text) => control.update(said(text))!);
  expect(await read(undefined, 2)).toEqual(ids.slice(0, 2));
  expect(await read(ids[3]! + 1_000)).toEqual(ids);
  expect(await read(-2)).toEqual(ids.slice(2));
  expect(await read(undefined)).toEqual(ids.slice(2));
  expect(await read(ids[3]! + 1)).toEqual([]);
});

test('the scaled clock runs by its factor', async () => {
  const clock = scaledClock(1_000);
  const start = clock.now();
  await new Promise<void>((resolve) => clock.after(50_000, resolve));
  expect(clock.now() - start).toBeGreaterThanOrEqual(49_000);
});
