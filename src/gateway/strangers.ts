/**
 * Connections that have not shown the secret: so many per address and so many in all, that nobody without it takes every place there is.
 * One too many closes the oldest, which had its time: whoever knows the secret shows it at once, whoever stands in the way waits.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

export interface StrangerLimits {
  readonly perAddress: number;
  readonly inAll: number;
}

export interface Strangers {
  /** Its last request carried the secret: it is counted no more. */
  know(socket: Socket): void;
}

/** Keeps the connections of strangers within the limits. */
export function capStrangers(server: Server, { perAddress, inAll }: StrangerLimits): Strangers {
  // In the order in which they came.
  const all = new Set<Socket>();
  const byAddress = new Map<string, Set<Socket>>();
  const addresses = new WeakMap<Socket, string>();

  const forget = (socket: Socket): void => {
    all.delete(socket);
    const address = addresses.get(socket) ?? '';
    const own = byAddress.get(address);
    own?.delete(socket);
    if (own?.size === 0) byAddress.delete(address);
  };

  const closeOldest = (of: ReadonlySet<Socket>, limit: number): void => {
    if (of.size < limit) return;
    const [oldest] = of;
    if (oldest === undefined) return;
    forget(oldest);
    oldest.destroy();
  };

  server.on('connection', (socket) => {
    const address = socket.remoteAddress ?? '';
    const own = byAddress.get(address) ?? new Set();
    closeOldest(own, perAddress);
    closeOldest(all, inAll);
    all.add(socket);
    addresses.set(socket, address);
    byAddress.set(address, own.add(socket));
    socket.once('close', () => forget(socket));
  });
  return { know: forget };
}
