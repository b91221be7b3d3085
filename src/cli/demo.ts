/** `chatlake demo`: the seed's 45 messages to the desk's topic and, where an emulator stands for Telegram, what happens in its chats. */
import { setTimeout as sleep } from 'node:timers/promises';
import { demoBodies } from '../domain/sources/desk/demo.ts';
import { TransientError } from '../domain/errors.ts';
import { demoUpdates } from '../domain/sources/telegram/demo.ts';
import type { Config } from '../wiring/config.ts';
import { openPublisher } from '../wiring/ports.ts';
import { botIdOf } from '../wiring/telegram.ts';

/** Messages sent, by source. */
export interface DemoSent {
  readonly desk: number;
  readonly telegram: number;
}

/** Sends the demo; resolves when the broker has stored it and Telegram has delivered it. */
export async function demo(config: Config): Promise<DemoSent> {
  return { desk: await publishDesk(config), telegram: isEmulated(config) ? await playTelegram(config) : 0 };
}

/** Telegram itself is reached over https only. */
export const isEmulated = (config: Config): boolean => config.TELEGRAM_API_ROOT.startsWith('http:');

async function publishDesk(config: Config): Promise<number> {
  const publisher = await openPublisher(config);
  try {
    const messages = demoBodies().map((body) => ({ body }));
    await publisher.publish(messages);
    return messages.length;
  } finally {
    await publisher.close();
  }
}

const DELIVERED_MS = 60_000;

/** Makes the updates happen at the emulator. Those of a kind the bot did not ask for are not delivered, as by Telegram itself. */
async function playTelegram(config: Config): Promise<number> {
  const ids = new Map<unknown, number>();
  let sent = 0;
  for (const { update_id: id, ...update } of demoUpdates(Date.now(), Number(botIdOf(config)))) {
    // Telegram sends none that says nothing, and so does the emulator.
    if (Object.keys(update).length === 0) continue;
    const earlier = ids.get(id);
    if (earlier === undefined) {
      const { update_id: given } = (await control(config, 'update', update)) as { readonly update_id: number | null };
      if (given === null) continue;
      ids.set(id, given);
    } else await control(config, 'repeat', { update_id: earlier });
    sent += 1;
  }
  const started = Date.now();
  while (((await control(config, 'state', {})) as { readonly pending: number }).pending > 0) {
    if (Date.now() - started > DELIVERED_MS)
      throw new TransientError(
        'The gateway did not take the updates of the demo within a minute; see its log. They wait at the emulator.',
      );
    await sleep(100);
  }
  return sent;
}

async function control(config: Config, verb: string, body: object): Promise<unknown> {
  const response = await fetch(`${config.TELEGRAM_API_ROOT}/control/${verb}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${config.TELEGRAM_BOT_TOKEN ?? ''}` },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok)
    throw new TransientError(`The emulator of the Bot API answered ${response.status} to ${verb}: ${text}`);
  return JSON.parse(text);
}
