import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError, messageOf } from '../../domain/errors.ts';
import { cached } from './cache.ts';
import type { PartContext, ReadyPart } from './context.ts';
import { accepts } from './ports.ts';
import { isExecutable, onPath, printed, versionIn } from './programs.ts';
import { poll, untilReady } from './ready.ts';
import type { StackFile } from './types.ts';

type Entry = StackFile['stomp'];

/** The same from `src/` and from the compiled `dist/`: neither pom.xml nor the Java source is copied by the compiler. */
const SOURCES = fileURLToPath(new URL('../../../src/local/activemq/', import.meta.url));
/** The very file that docker compose runs, so that what is refused there is refused here. */
const CONFIGURATION = fileURLToPath(new URL('../../../docker/activemq/activemq.xml', import.meta.url));
const VERSION = '6.1.8';
const DESTINATION = '/queue/chatlake.desk.interactions';
const SEND_DESTINATION = '/topic/desk.interactions';
const LOGIN = 'chatlake';
const SEND_LOGIN = 'desk';
/** Its value is the passcode of a login of that name, which may do everything below that name, and nothing else. */
const LAB = { variable: 'CHATLAKE_LAB_PASSCODE', login: 'lab' };
const MEND = 'install a JDK 17 or later and Maven, or set STOMP_URL';
const INSTALL_LIMIT_MS = 10 * 60_000;

/** ActiveMQ by address, else run with Java from jars that Maven fetches; ready when both its ports accept. */
export async function startActivemq(context: PartContext): Promise<ReadyPart<Entry>> {
  const { env } = context;
  if (env['STOMP_URL']) return byAddress(env, env['STOMP_URL']);
  const java = await findJava(env);
  if (java === undefined)
    throw new SetupError(`ActiveMQ cannot be had here, because no Java 17 or later was found: ${MEND}`);
  const folder = await install(context, java).catch((cause: unknown) => {
    if (cause instanceof SetupError) throw cause;
    throw new SetupError(`ActiveMQ cannot be had here: ${MEND} (${messageOf(cause)})`, { cause });
  });
  const port = await context.ports.claim(61613, 'ActiveMQ (STOMP)');
  const webSocketPort = await context.ports.claim(61614, 'ActiveMQ (STOMP over WebSocket)');
  const data = join(context.dir, 'activemq');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const { stompPasscode: passcode, stompDeskPasscode: sendPasscode } = context.secrets;
  const configuration = join(data, 'activemq.xml');
  writeFileSync(configuration, withLab(readFileSync(CONFIGURATION, 'utf8'), env), { mode: 0o600 });
  const child = context.children.start({
    name: 'activemq',
    what: 'ActiveMQ',
    command: java,
    args: [
      ...['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx512m'],
      ...[`-Dactivemq.data=${data}`, '-Dstomp.address=127.0.0.1'],
      ...[`-Dstomp.port=${String(port)}`, `-Dws.port=${String(webSocketPort)}`],
      ...['-cp', `${join(folder, 'classes')}:${join(folder, 'lib', '*')}`],
      ...['LocalBroker', configuration],
    ],
    env: { ...env, STOMP_PASSCODE: passcode, STOMP_DESK_PASSCODE: sendPasscode },
  });
  // The TCP port opens first, the WebSocket port up to half a second later.
  await untilReady(child, () => bothOpen(port, webSocketPort));
  const url = `stomp://127.0.0.1:${port}`;
  const webSocketUrl = `ws://127.0.0.1:${webSocketPort}`;
  const choice = {
    chosen: 'ActiveMQ Classic',
    version: VERSION,
    origin: 'Maven jars',
    licence: 'Apache-2.0',
    address: `${url}, ${webSocketUrl}`,
  };
  return {
    entry: {
      ...{ url, webSocketUrl, login: LOGIN, passcode, destination: DESTINATION },
      send: { login: SEND_LOGIN, passcode: sendPasscode, destination: SEND_DESTINATION },
    },
    choice: { part: 'ActiveMQ', ...choice, why: `STOMP_URL is not set; Java found at ${java}` },
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

function install(context: PartContext, java: string): Promise<string> {
  const pom = join(SOURCES, 'pom.xml');
  const main = join(SOURCES, 'LocalBroker.java');
  // Part of the name, so that a change of either is not met by what was compiled before.
  const hash = createHash('sha256').update(readFileSync(pom)).update(readFileSync(main)).digest('hex').slice(0, 8);
  const fetch = { name: `activemq-${VERSION}-${hash}`, what: `ActiveMQ ${VERSION}`, from: 'Maven jars' };
  return cached(fetch, context.env, context.log, async (folder) => {
    const maven = onPath('mvn', context.env);
    if (maven === undefined) throw new SetupError(`ActiveMQ cannot be had here, because Maven was not found: ${MEND}`);
    const lib = join(folder, 'lib');
    const copy = [
      '-q',
      '-B',
      '-f',
      pom,
      'dependency:copy-dependencies',
      '-DincludeScope=runtime',
      `-DoutputDirectory=${lib}`,
    ];
    const { env } = context;
    const fetchJars = {
      name: 'activemq-maven',
      what: 'mvn dependency:copy-dependencies',
      command: maven,
      args: copy,
      env,
    };
    await context.children.run(fetchJars, INSTALL_LIMIT_MS);
    // The compiler as a module of the very Java that was found: no second search, and a plain sentence without a JDK.
    const modules = (await printed(java, ['--list-modules'], env)) ?? '';
    if (!modules.includes('jdk.compiler')) throw new SetupError(`${java} has no compiler: ${MEND}`);
    const jars = readdirSync(lib)
      .map((jar) => join(lib, jar))
      .join(':'); // run like this, it does not expand `*`
    const compile = [
      '-m',
      'jdk.compiler/com.sun.tools.javac.Main',
      '--release',
      '17',
      '-cp',
      jars,
      '-d',
      join(folder, 'classes'),
      main,
    ];
    await context.children.run(
      { name: 'activemq-javac', what: 'javac', command: java, args: compile, env },
      INSTALL_LIMIT_MS,
    );
  });
}

async function bothOpen(port: number, webSocketPort: number): Promise<void> {
  if (!(await accepts(port)) || !(await accepts(webSocketPort))) throw new Error('its ports are not open yet');
}

async function byAddress(env: NodeJS.ProcessEnv, url: string): Promise<ReadyPart<Entry>> {
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
