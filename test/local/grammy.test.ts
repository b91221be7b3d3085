/** A bot made with a library finds a Telegram in the emulator. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Bot, webhookCallback } from 'grammy';
import { BOT, TOKEN, closeAll, closeLater, emulated, said } from '../support/telegram.ts';
import { until } from '../support/webhook.ts';

afterEach(closeAll);

describe('a grammY bot', () => {
  const botAt = (apiRoot: string): Bot => {
    const bot = new Bot(TOKEN, { client: { apiRoot } });
    bot.on('message:text', (context) => context.reply(`you said ${context.message.text}`));
    return bot;
  };

  test('finds a Telegram by long polling', async () => {
    const { emulator, control } = await emulated();
    const bot = botAt(emulator.address);
    const running = bot.start({ drop_pending_updates: false });
    for (const text of ['one', 'two']) control.update(said(text));
    await until(() => control.calls.get('sendmessage') === 2);
    expect(bot.botInfo.id).toBe(Number(BOT));
    await bot.stop();
    await running;
    expect(control.pending).toBe(0);
    expect(control.calls.get('getupdates')).toBeLessThan(10);
  });

  test('finds a Telegram that delivers to its webhook, with the secret', async () => {
    const { emulator, control, api } = await emulated();
    const handle = webhookCallback(botAt(emulator.address), 'http', { secretToken: 'right' });
    const server = createServer((request, response) => void handle(request, response));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    closeLater({ close: async () => (server.closeAllConnections(), server.close()) });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    await api.setWebhook({ url, secretToken: 'right', maxConnections: 4, allowedUpdates: ['message'] });
    for (const text of ['one', 'two', 'three']) control.update(said(text));
    await until(() => control.calls.get('sendmessage') === 3 && control.pending === 0);
    await api.setWebhook({ url, secretToken: 'wrong', maxConnections: 4, allowedUpdates: ['message'] });
    control.update(said('four'));
    await until(() => control.pending === 1);
    await sleep(100);
    expect((await api.getWebhookInfo()).lastError).toContain('401');
  });
});
