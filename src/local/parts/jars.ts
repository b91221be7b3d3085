/** Jars by pinned SHA-256: from Maven's own folder, straight from the repository, else by Maven. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { TransientError, messageOf } from '../../domain/errors.ts';
import type { PartContext } from './context.ts';
import { onPath } from './programs.ts';

/** One line of the list: the jar's place in a Maven repository, its size and its SHA-256. */
export interface Jar {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

const DEFAULT_REPOSITORY = 'https://repo.maven.apache.org/maven2';
const AT_ONCE = 8;
const ANSWER_MS = 10_000;
const JAR_LIMIT_MS = 120_000;
const MAVEN_LIMIT_MS = 10 * 60_000;

/** Reads the list of jars. */
export function readJars(file: string): readonly Jar[] {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [sha256 = '', bytes = '', path = ''] = line.split(' ');
    return { sha256, bytes: Number(bytes), path };
  });
}

/** Puts every jar into `folder`. Throws TransientError with the first reason; what has other content is never kept. */
export async function fetchJars(
  jars: readonly Jar[],
  folder: string,
  context: PartContext,
  pom: string,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const repository = repositoryOf(context.env);
  const left = [...jars];
  const worker = async (): Promise<void> => {
    for (let jar = left.pop(); jar !== undefined; jar = left.pop()) {
      const bytes = fromMavensFolder(jar, context.env) ?? (await download(jar, repository));
      writeFileSync(join(folder, basename(jar.path)), bytes);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  } catch (error) {
    const maven = onPath('mvn', context.env);
    if (maven === undefined) throw error;
    // It knows ways we do not: proxies, encrypted passwords.
    context.log(`the jars are fetched by Maven, because: ${messageOf(error)}`);
    await byMaven(maven, { jars, pom }, folder, context);
  }
}

/** Where a Maven repository is, and what it wants to hear. */
export interface Repository {
  readonly url: string;
  readonly authorization?: string;
}

/** Maven's own settings without their comments; empty where there are none. */
function settingsOf(env: NodeJS.ProcessEnv): string {
  const file = join(env['HOME'] || homedir(), '.m2', 'settings.xml');
  return existsSync(file) ? readFileSync(file, 'utf8').replace(/<!--[^]*?-->/g, '') : '';
}

/** The variable, else the mirror of Central in ~/.m2/settings.xml, else Central. */
export function repositoryOf(env: NodeJS.ProcessEnv): Repository {
  if (env['MAVEN_REPOSITORY_URL']) return { url: env['MAVEN_REPOSITORY_URL'] };
  const text = settingsOf(env);
  const blocks = (tag: string): string[] =>
    [...text.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, 'g'))].map(([, block = '']) => block);
  const value = (block: string, tag: string): string =>
    (new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(block)?.[1] ?? '')
      .trim()
      .replace(/\$\{env\.(\w+)\}/g, (_, name: string) => env[name] ?? '');
  const mirror = blocks('mirror').find((block) => {
    const of = value(block, 'mirrorOf').split(',');
    return of.some((one) => ['*', 'central', 'external:*'].includes(one.trim())) && !of.includes('!central');
  });
  if (mirror === undefined) return { url: DEFAULT_REPOSITORY };
  const url = value(mirror, 'url');
  const server = blocks('server').find((block) => value(block, 'id') === value(mirror, 'id'));
  const [user, password] = ['username', 'password'].map((tag) => value(server ?? '', tag));
  if (!user || !password) return { url };
  return { url, authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

function fromMavensFolder(jar: Jar, env: NodeJS.ProcessEnv): Buffer | undefined {
  const file = join(env['HOME'] || homedir(), '.m2', 'repository', jar.path);
  if (!existsSync(file)) return undefined;
  const bytes = readFileSync(file);
  return sha256(bytes) === jar.sha256 ? bytes : undefined;
}

async function download({ path, sha256: wanted }: Jar, { url, authorization }: Repository): Promise<Buffer> {
  const address = `${url.replace(/\/$/, '')}/${path}`;
  const { host } = new URL(address);
  const patience = new AbortController();
  const late = setTimeout(() => patience.abort(new Error(`no answer within ${ANSWER_MS / 1000} s`)), ANSWER_MS);
  try {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    const answer = await fetch(address, { headers, signal: patience.signal });
    clearTimeout(late);
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    const bodyLate = setTimeout(() => patience.abort(), JAR_LIMIT_MS);
    const bytes = Buffer.from(await answer.arrayBuffer().finally(() => clearTimeout(bodyLate)));
    if (sha256(bytes) !== wanted) throw new Error('its content is not the one that was pinned');
    return bytes;
  } catch (error) {
    const reason = messageOf((error as Error).cause ?? error);
    throw new TransientError(`${basename(path)} cannot be had from ${host}: ${reason}`, { cause: error });
  } finally {
    clearTimeout(late);
  }
}

async function byMaven(
  maven: string,
  { jars, pom }: { readonly jars: readonly Jar[]; readonly pom: string },
  folder: string,
  { children, env }: PartContext,
): Promise<void> {
  const args = [
    '-q',
    '-B',
    '-f',
    pom,
    'dependency:copy-dependencies',
    '-DincludeScope=runtime',
    `-DoutputDirectory=${folder}`,
  ];
  const what = 'mvn dependency:copy-dependencies';
  // Its settings name variables of their own: a user, a password of the mirror.
  const named = [...settingsOf(env).matchAll(/\$\{env\.(\w+)\}/g)].map(([, name = '']) => name);
  const passes = new RegExp(`^(MAVEN_\\w+|M2_HOME${named.map((name) => `|${name}`).join('')})$`);
  await children.run({ name: 'maven', what, command: maven, args, env, passes }, MAVEN_LIMIT_MS);
  for (const jar of jars) {
    const file = join(folder, basename(jar.path));
    if (!existsSync(file) || sha256(readFileSync(file)) !== jar.sha256)
      throw new TransientError(`Maven did not bring ${basename(jar.path)} as it was pinned`);
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
