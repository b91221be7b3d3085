/** recordSent: what the bot sends never comes back as an update, so Telegram's own response is kept as received. */
import { TELEGRAM } from '../../domain/sources/telegram/kinds.ts';
import type { Ports } from '../ports.ts';
import { type WrittenRaw, writeRaw } from '../../lake/raw.ts';

/** Writes the response of `method` to raw; it is the only record of the message. Throws as writeRaw does. */
export function recordSent(
  ports: Pick<Ports, 'store' | 'now'>,
  bot: string,
  method: string,
  response: Uint8Array,
): Promise<WrittenRaw> {
  const receivedAt = ports.now();
  const message = { id: '', receivedAt, headers: { origin: 'sent', bot, method }, body: response };
  return writeRaw(ports.store, TELEGRAM, receivedAt, [message]);
}
