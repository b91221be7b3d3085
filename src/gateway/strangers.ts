/** Connections that have not shown the secret: so many per address, that nobody without it can take every place there is. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

export interface Strangers {
  /** Its last request carried the secret: it is counted no more. */
  know(socket: Socket): void;
}

/** Closes what an address opens beyond `maxPerAddress` before it has shown the secret. */
export function capStrangers(server: Server, maxPerAddress: number): Strangers {
  const counts = new Map<string, number>();
  const forget = new WeakMap<Socket, () => void>();
  server.on('connection', (socket) => {
    const address = socket.remoteAddress ?? '';
    const count = counts.get(address) ?? 0;
    if (count >= maxPerAddress) {
      socket.destroy();
      return;
    }
    counts.set(address, count + 1);
    const once = (): void => {
      if (!forget.delete(socket)) return;
      const left = (counts.get(address) ?? 1) - 1;
      if (left > 0) counts.set(address, left);
      else counts.delete(address);
    };
    forget.set(socket, once);
    socket.once('close', once);
  });
  return { know: (socket) => forget.get(socket)?.() };
}
