/** An emulated bot for a test: started on a free port, closed after the test, with updates as people cause them. */
import { createBotApi } from '../../src/adapters/telegram/client.ts';
import { type TelegramEmulator, startTelegramEmulator } from '../../src/local/telegram/emulator.ts';

export const BOT = '7000001';
export const TOKEN = `${BOT}:AA-emulated_token_of_the_tests`;
export const GROUP = -4_000_123;
export const NEVER = new AbortController().signal;

const open = new Set<{ close(): Promise<unknown> }>();

/** Closes everything that was opened with closeLater, the last first. */
export async function closeAll(): Promise<void> {
  for (const closeable of [...open].reverse()) await closeable.close();
  open.clear();
}

export function closeLater<T extends { close(): Promise<unknown> }>(closeable: T): T {
  open.add(closeable);
  return closeable;
}

/** The emulator and a client of its bot. */
export async function emulated(clockFactor = 1) {
  const emulator: TelegramEmulator = closeLater(await startTelegramEmulator({ port: 0, token: TOKEN, clockFactor }));
  const api = createBotApi({ apiRoot: emulator.address, token: TOKEN, timeoutMs: 5_000 });
  return { emulator, control: emulator.control, api };
}

/** Somebody writes in a chat. */
export const said = (text: string, chat = GROUP, from = 501) => ({
  message: { chat: { id: chat, type: chat > 0 ? 'private' : 'group' }, from: { id: from, is_bot: false }, text },
});
