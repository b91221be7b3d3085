import { randomInt } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { SetupError } from '../../domain/errors.ts';

/** The listeners whose ports a person may name: `--port-ui 8300`. */
export const PORT_NAMES = ['temporal', 'ui', 's3', 'mongodb', 'stomp', 'ws', 'gateway', 'telegram', 'pages'] as const;
export type PortName = (typeof PORT_NAMES)[number];

/** Hands out loopback ports, no port twice, and remembers which well-known ones were taken. */
export interface PortBook {
  readonly notes: string[];
  /**
   * The port that was named for it, which has to be free; else the well-known one if it is wanted and free, else a free one.
   * `what` names the listener in the note.
   */
  claim(name: PortName, wellKnown: number, what: string): Promise<number>;
  free(): Promise<number>;
  /** Throws a SetupError, before anything is fetched, where a port that was named is taken. */
  check(): Promise<void>;
}

/** `preferWellKnown: false` hands out free ports only and writes no notes. */
export function createPortBook(
  preferWellKnown: boolean,
  named: Readonly<Partial<Record<PortName, number>>> = {},
): PortBook {
  const given = new Set<number>();
  const notes: string[] = [];
  const take = async (port: number): Promise<boolean> => {
    if (given.has(port)) return false;
    given.add(port); // before the first await: parts claim their ports at the same time
    return isFree(port);
  };
  const free = async (): Promise<number> => {
    for (let attempt = 0; attempt < 200; attempt++) {
      // Below the ranges from which systems pick the ports of outgoing connections, so none of those can sit on it later.
      const port = randomInt(20_000, 32_000);
      if (await take(port)) return port;
    }
    throw new Error('no free port between 20000 and 32000');
  };
  const claim = async (name: PortName, wellKnown: number, what: string): Promise<number> => {
    const wish = named[name];
    if (wish !== undefined && (await take(wish))) return wish;
    if (wish !== undefined) throw new SetupError(`port ${wish} of ${what} is taken: name another with --port-${name}`);
    if (preferWellKnown && (await take(wellKnown))) return wellKnown;
    const port = await free();
    if (preferWellKnown) notes.push(`port ${wellKnown} was taken: ${what} listens on ${port}`);
    return port;
  };
  const check = async (): Promise<void> => {
    const taken: string[] = [];
    for (const [name, port] of Object.entries(named))
      if (!(await isFree(port))) taken.push(`port ${port} is taken: name another with --port-${name}`);
    if (taken.length > 0) throw new SetupError(taken.join('; '));
  };
  return { notes, claim, free, check };
}

/** True once something on loopback (or `host`) accepts a connection on `port`. */
export function accepts(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host, timeout: 2_000 });
    const answer = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket
      .once('connect', () => answer(true))
      .once('timeout', () => answer(false))
      .once('error', () => answer(false));
  });
}

async function isFree(port: number): Promise<boolean> {
  // Somebody listening on all addresses does not stop a bind to loopback on every system, but does answer.
  if (await accepts(port)) return false;
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
