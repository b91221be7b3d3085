/** `chatlake demo`: publishes the seed's 45 messages to the desk's topic. */
import { demoBodies } from '../domain/demo.ts';
import type { Config } from '../wiring/config.ts';
import { openPublisher } from '../wiring/ports.ts';

/** Publishes; resolves when the broker has stored the last. Returns how many were sent. */
export async function demo(config: Config): Promise<number> {
  const publisher = await openPublisher(config);
  try {
    const messages = demoBodies().map((body) => ({ body }));
    await publisher.publish(messages);
    return messages.length;
  } finally {
    await publisher.close();
  }
}
