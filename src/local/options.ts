/** What a person may ask of `npm start`. */
import { parseArgs } from 'node:util';
import { PermanentError, messageOf } from '../domain/errors.ts';
import { PORT_NAMES, type PortName } from './parts/ports.ts';

export interface StartWishes {
  /** In a temporary folder, to the end of the demo. */
  readonly once: boolean;
  /** Ask again for what was refused within the last day. */
  readonly retry: boolean;
  /** Begin anew: everything in the folder goes. */
  readonly reset: boolean;
  /** The answer to the question that `reset` asks. */
  readonly yes: boolean;
  readonly demo: boolean;
  readonly ports: Readonly<Partial<Record<PortName, number>>>;
}

const USAGE = `npm start -- [--once] [--retry] [--reset [--yes]] [--demo none] ${PORT_NAMES.map((name) => `[--port-${name} N]`).join(' ')}`;

/** The variable that wishes a port where the argument does not: that of the pages is the one they are configured by elsewhere. */
const PAGES_PORT = 'DASHBOARD_PORT';

/** Reads the arguments, and the port of the pages of the environment; throws PermanentError, with all that is understood, for anything else. */
export function readWishes(args: readonly string[], env: NodeJS.ProcessEnv): StartWishes {
  const flag = { type: 'boolean', default: false } as const;
  const ports = Object.fromEntries(PORT_NAMES.map((name) => [`port-${name}`, { type: 'string' } as const]));
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { once: flag, retry: flag, reset: flag, yes: flag, demo: { type: 'string', default: 'both' }, ...ports },
    });
    const { demo, once, retry, reset, yes } = values;
    if (demo !== 'both' && demo !== 'none') throw new Error(`--demo ${demo} is neither none nor both`);
    if (once && (reset || demo === 'none')) throw new Error('--once has an empty folder of its own and plays the demo');
    const named = PORT_NAMES.flatMap((name) => {
      const given = (values as Readonly<Record<string, unknown>>)[`port-${name}`];
      if (typeof given === 'string') return [[name, portOf(`--port-${name}`, given)] as const];
      const wished = name === 'pages' ? env[PAGES_PORT] : undefined;
      // 0, a free one, is what there is without a wish.
      return wished === undefined || ['', '0'].includes(wished) ? [] : [[name, portOf(PAGES_PORT, wished)] as const];
    });
    return { once, retry, reset, yes, demo: demo === 'both', ports: Object.fromEntries(named) };
  } catch (error) {
    throw new PermanentError(`${messageOf(error)}; what is understood: ${USAGE}`);
  }
}

function portOf(name: string, text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1024 || port > 65_535)
    throw new Error(`${name} ${text} is no port from 1024 to 65535`);
  return port;
}
