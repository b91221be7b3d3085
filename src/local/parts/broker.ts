/** The broker: ActiveMQ, where it can be had, else the stand-in; or one of somebody else's. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError } from '../../domain/errors.ts';
import type { VirtualTopics } from '../broker/broker.ts';
import type { BrokerUser } from '../broker/rights.ts';
import { type ActivemqProgram, LAB, activemqProcess, activemqWays } from './activemq.ts';
import type { ChildSpec } from './children.ts';
import type { PartContext, ReadyPart } from './context.ts';
import { accepts } from './ports.ts';
import { type Python, mendOf } from './python.ts';
import { poll, untilReady } from './ready.ts';
import type { StackFile } from './types.ts';
import type { Plan, Way } from './ways.ts';

type Entry = StackFile['stomp'];

/** Java and what it runs, or the stand-in, which is part of chatlake. */
export type BrokerProgram = ActivemqProgram | { readonly kind: 'stand-in' };

const BUILT = fileURLToPath(new URL('../../../dist/local/broker/main.js', import.meta.url));
const DESTINATION = '/queue/chatlake.desk.interactions';
const SEND_DESTINATION = '/topic/desk.interactions';
const LOGIN = 'chatlake';
const SEND_LOGIN = 'desk';

/** Java of this machine, else a runtime from PyPI, either with ActiveMQ's jars; else the stand-in. */
export function planBroker(
  context: PartContext,
  java: string | undefined,
  python: Python | undefined,
): Plan<BrokerProgram> {
  const ways: Way<BrokerProgram>[] = activemqWays(context, java, python);
  ways.push({
    what: 'the stand-in broker, part of chatlake',
    ...{ fetches: [], standIn: true },
    program: () => Promise.resolve({ kind: 'stand-in' }),
  });
  const missing = java === undefined ? ['no Java 17 or later'] : [];
  if (java === undefined && python === undefined) missing.push('no Python 3 with pip to fetch one');
  return { part: 'ActiveMQ', ways, missing, mend: mendOf(context.env, python, 'STOMP_URL') };
}

/** Ready when both its ports accept. */
export async function startBroker(
  context: PartContext,
  program: BrokerProgram,
  why: string,
): Promise<ReadyPart<Entry>> {
  const standIn = program.kind === 'stand-in';
  const name = standIn ? 'the stand-in broker' : 'ActiveMQ';
  const port = await context.ports.claim('stomp', 61613, `${name} (STOMP)`);
  const webSocketPort = await context.ports.claim('ws', 61614, `${name} (STOMP over WebSocket)`);
  const data = join(context.dir, standIn ? 'broker' : 'activemq');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const { stompPasscode: passcode, stompDeskPasscode: sendPasscode } = context.secrets;
  const ports = { port, webSocketPort };
  const child = context.children.start(
    standIn ? standInProcess(context, data, ports) : activemqProcess(context, program, data, ports),
  );
  // The TCP port opens first, the WebSocket port up to half a second later.
  await untilReady(child, () => bothOpen(port, webSocketPort));
  const url = `stomp://127.0.0.1:${port}`;
  const webSocketUrl = `ws://127.0.0.1:${webSocketPort}`;
  const choice = {
    chosen: standIn ? 'stand-in broker, not ActiveMQ' : 'ActiveMQ Classic',
    version: standIn ? '' : program.version,
    origin: standIn ? 'part of chatlake' : program.origin,
    licence: 'Apache-2.0',
    address: `${url}, ${webSocketUrl}`,
  };
  return {
    entry: {
      ...{ url, webSocketUrl, login: LOGIN, passcode, destination: DESTINATION },
      send: { login: SEND_LOGIN, passcode: sendPasscode, destination: SEND_DESTINATION },
    },
    choice: { part: 'ActiveMQ', ...choice, why },
  };
}

interface BrokerPorts {
  readonly port: number;
  readonly webSocketPort: number;
}

/** What docker/activemq/activemq.xml says, for the stand-in. */
function standInProcess({ env, secrets }: PartContext, dir: string, ports: BrokerPorts): ChildSpec {
  const virtualTopics: VirtualTopics = { beginning: 'desk.', prefix: 'chatlake.' };
  const users: BrokerUser[] = [
    { login: LOGIN, passcode: secrets.stompPasscode, read: ['queue://chatlake.desk.>'], write: [] },
    { login: SEND_LOGIN, passcode: secrets.stompDeskPasscode, read: [], write: ['topic://desk.>'] },
  ];
  const lab = [`topic://${LAB.login}.>`, `queue://${LAB.login}.>`];
  const labPasscode = env[LAB.variable];
  if (labPasscode) users.push({ login: LAB.login, passcode: labPasscode, read: lab, write: lab });
  return {
    ...{ name: 'broker', what: 'the stand-in broker', command: process.execPath, args: [BUILT] },
    env,
    give: { CHATLAKE_BROKER: JSON.stringify({ dir, ...ports, users, virtualTopics }) },
  };
}

async function bothOpen(port: number, webSocketPort: number): Promise<void> {
  if (!(await accepts(port)) || !(await accepts(webSocketPort))) throw new Error('its ports are not open yet');
}

/** A broker of somebody else's. */
export async function brokerByAddress(env: NodeJS.ProcessEnv, url: string): Promise<ReadyPart<Entry>> {
  const { protocol, hostname, port } = new URL(url);
  const webSocket = protocol === 'ws:' || protocol === 'wss:';
  const failure = await poll(async () => {
    if (!(await accepts(Number(port || (protocol === 'wss:' ? 443 : webSocket ? 80 : 61613)), hostname)))
      throw new Error('nothing accepts a connection there');
  }, 10_000);
  if (failure !== undefined) {
    throw new SetupError(
      `the broker at ${url} (STOMP_URL) cannot be used: ${failure}; correct the address, or unset it to start one here`,
    );
  }
  const entry = {
    url,
    webSocketUrl: webSocket ? url : '',
    login: env['STOMP_LOGIN'] ?? '',
    passcode: env['STOMP_PASSCODE'] ?? '',
    destination: env['STOMP_DESTINATION'] || DESTINATION,
    send: {
      login: env['STOMP_SEND_LOGIN'] || (env['STOMP_LOGIN'] ?? ''),
      passcode: env['STOMP_SEND_PASSCODE'] || (env['STOMP_PASSCODE'] ?? ''),
      destination: env['STOMP_SEND_DESTINATION'] || SEND_DESTINATION,
    },
  };
  const choice = {
    chosen: 'given broker',
    version: 'unknown',
    origin: 'STOMP_URL',
    licence: '',
    why: 'an address always wins',
  };
  return { entry, choice: { part: 'ActiveMQ', ...choice, address: url } };
}
