/** A webhook for a test, which keeps what it is sent. */
import { once } from 'node:events';
import { type IncomingHttpHeaders, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Update } from '@grammyjs/types';
import { closeLater } from './telegram.ts';

/** One POST of an update. */
export interface Delivery {
  readonly update: Update;
  readonly headers: IncomingHttpHeaders;
  readonly at: number;
  readonly response: ServerResponse;
}

/** A webhook that keeps what it is sent; `reply` answers, or leaves the delivery open. */
export async function hookOf(reply: (delivery: Delivery, nth: number) => void) {
  const deliveries: Delivery[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const update = JSON.parse(Buffer.concat(chunks).toString()) as Update;
      const delivery = { update, headers: request.headers, at: Date.now(), response };
      deliveries.push(delivery);
      reply(delivery, deliveries.length);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  closeLater({ close: async () => (server.closeAllConnections(), server.close()) });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { deliveries, url };
}

/** Answers with a status, and nothing else. */
export const answer =
  (status: number, headers = {}) =>
  ({ response }: Delivery): void => {
    response.writeHead(status, headers).end();
  };
export const OK = answer(200);
/** Waits for what other parties bring about. */
export const until = async (holds: () => boolean): Promise<void> => {
  const end = Date.now() + 20_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error('it did not happen');
    await sleep(5);
  }
};
