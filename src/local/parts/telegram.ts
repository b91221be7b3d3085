/** Telegram: the real Bot API where there is a token, else an emulator in this process; and the address of the gateway it delivers to. */
import type { PartContext, ReadyPart } from './context.ts';
import type { StackFile } from './types.ts';

type Entry = Pick<StackFile, 'gateway' | 'telegram'>;

export interface TelegramPart extends ReadyPart<Entry> {
  stop(): Promise<void>;
}

const REAL_ROOT = 'https://api.telegram.org';

/** A bot that an emulator can stand for: the id of no real one. */
const EMULATED_BOT = 1_000_000_001;

/** Ready when the emulator listens; the gateway itself is started with the worker. */
export async function startTelegram(context: PartContext): Promise<TelegramPart> {
  const { env, ports, secrets } = context;
  const secret = env['TELEGRAM_WEBHOOK_SECRET'] || secrets.telegramSecret;
  const gateway = { url: `http://127.0.0.1:${await ports.claim('gateway', 8088, 'the gateway')}` };
  if (env['TELEGRAM_BOT_TOKEN']) {
    const apiRoot = env['TELEGRAM_API_ROOT'] || REAL_ROOT;
    return {
      entry: { gateway, telegram: { apiRoot, token: env['TELEGRAM_BOT_TOKEN'], secret } },
      choice: {
        part: 'Telegram',
        chosen: 'Bot API',
        version: '',
        origin: 'TELEGRAM_BOT_TOKEN',
        licence: '',
        address: `${apiRoot}, gateway ${gateway.url}`,
        why: 'a token always wins',
      },
      stop: () => Promise.resolve(),
    };
  }
  const token = `${EMULATED_BOT}:${secrets.telegramToken}`;
  const port = await ports.claim('telegram', 8081, 'the emulator of the Bot API');
  const { startTelegramEmulator } = await import('../telegram/emulator.ts');
  const emulator = await startTelegramEmulator({ port, token });
  return {
    entry: { gateway, telegram: { apiRoot: emulator.address, token, secret } },
    choice: {
      part: 'Telegram',
      chosen: 'emulator, not Telegram',
      version: '',
      origin: 'part of chatlake',
      licence: 'Apache-2.0',
      address: `${emulator.address}, gateway ${gateway.url}`,
      why: 'TELEGRAM_BOT_TOKEN is not set',
    },
    stop: () => emulator.close(),
  };
}
