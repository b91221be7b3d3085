/** How a part is chosen: in order, saying why, asking no host again within a day; and the jars of ActiveMQ by their hashes. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { cached } from '../../src/local/parts/cache.ts';
import type { PartContext, ReadyPart } from '../../src/local/parts/context.ts';
import { type Jar, fetchJars, readJars, repositoryOf } from '../../src/local/parts/jars.ts';
import { partsList } from '../../src/local/parts/list.ts';
import { openRefusals } from '../../src/local/parts/refusals.ts';
import { SECANTUS_WHEEL } from '../../src/local/parts/wheels.ts';
import { type Plan, type Way, take } from '../../src/local/parts/ways.ts';
import { openWorkbench } from '../support/one-part.ts';

let dir: string;
let context: PartContext;
let stop: () => Promise<void>;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'chatlake-ways-'));
  const { context: made, children } = await openWorkbench(dir, { PATH: '/nowhere', HOME: dir });
  [context, stop] = [made, () => children.stopAll()];
});
afterEach(async () => {
  await stop();
  rmSync(dir, { recursive: true, force: true });
});

describe('the ways of a part', () => {
  const build = { name: 'official-1', what: 'the official build', from: 'a host', megabytes: 90 };
  let asked: number;
  beforeEach(() => void (asked = 0));

  const plan = (...more: Way<string>[]): Plan<string> => ({
    part: 'MongoDB',
    missing: ['no `mongod` on PATH'],
    mend: 'sudo make mongod',
    ways: [
      {
        what: 'official build',
        fetches: [build],
        program: async () => {
          asked += 1;
          throw new Error('the host cannot be reached');
        },
      },
      ...more,
    ],
  });
  const standIn: Way<string> = {
    what: 'a stand-in',
    fetches: [],
    standIn: true,
    program: () => Promise.resolve('stand-in'),
  };
  const start = (program: string, why: string): Promise<ReadyPart<string>> =>
    Promise.resolve({
      entry: program,
      choice: { ...{ part: 'MongoDB', chosen: program, version: '', origin: '', licence: '', address: '' }, why },
    });
  const taken = (given: Plan<string>, refusals = context.refusals) => take(given, { ...context, refusals }, start);

  test('the first that works is taken; what was refused is not asked again within a day, and said', async () => {
    expect((await taken(plan(standIn))).choice.why).toMatch(/^no `mongod` on PATH; official build: the host cannot/);
    const { choice } = await taken(plan(standIn));
    expect(choice.why).toMatch(/; for MongoDB itself: sudo make mongod$/);
    expect(choice.why).toMatch(/the official build was refused at .*Z \(the host cannot be reached\)/);
    expect(asked).toBe(1);
    expect(partsList([plan(standIn)], context)).toMatch(/instead {3}MongoDB: a stand-in \(no `mongod`.*refused at/);
  });

  test('a day later, or when it is told to, it asks again', async () => {
    await taken(plan(standIn));
    const tomorrow = openRefusals(context.env, false, () => Date.now() + 25 * 60 * 60_000);
    await taken(plan(standIn), tomorrow);
    expect(asked).toBe(2);
    await taken(plan(standIn), openRefusals(context.env, true));
    expect(asked).toBe(3);
  });

  test('where nothing else is left it asks every time, and ends with the mend', async () => {
    for (let round = 1; round <= 2; round++) {
      await expect(taken(plan())).rejects.toThrow(
        'MongoDB cannot be had here: sudo make mongod (no `mongod` on PATH; the host cannot be reached)',
      );
      expect(asked).toBe(round);
    }
  });

  test('the list says what is fetched, how much, and where to', async () => {
    const list = partsList([plan(standIn), { ...plan(), part: 'S3', ways: [standIn] }], context);
    expect(list).toContain('  to fetch  MongoDB: official build, about 90 MB\n');
    expect(list).toContain(`  about 90 MB in all, into ${dir}/.cache/chatlake`);
    await cached(build, context.env, context.log, () => Promise.resolve());
    expect(partsList([plan(standIn)], context)).toMatch(
      /here {6}MongoDB: official build\n {2}nothing has to be fetched/,
    );
  });
});

describe('the jars', () => {
  const content = (name: string): Buffer => Buffer.from(`the bytes of ${name}`);
  const jars: readonly Jar[] = ['a', 'b', 'c'].map((name) => ({
    path: `org/${name}/1/${name}-1.jar`,
    bytes: content(name).length,
    sha256: createHash('sha256').update(content(name)).digest('hex'),
  }));
  let repository: Server;
  let asked: string[];
  let wrong: string;
  beforeEach(async () => {
    [asked, wrong] = [[], ''];
    repository = createServer(({ url = '', headers }, response) => {
      asked.push(`${headers.authorization ?? ''}${url}`);
      const name = /\/org\/(\w)\//.exec(url)?.[1] ?? '';
      response.end(name === wrong ? 'something else' : content(name));
    });
    await new Promise<void>((resolve) => repository.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    repository.closeAllConnections();
    repository.close();
  });
  const url = (): string => `http://127.0.0.1:${(repository.address() as AddressInfo).port}/maven`;
  const fetchAll = () =>
    fetchJars(jars, join(dir, 'lib'), { ...context, env: { ...context.env, MAVEN_REPOSITORY_URL: url() } }, 'pom.xml');

  test('come straight from the repository, but what Maven has already is not fetched again', async () => {
    const own = join(dir, '.m2/repository', jars[0]!.path);
    mkdirSync(dirname(own), { recursive: true });
    writeFileSync(own, content('a'));
    await fetchAll();
    expect(readdirSync(join(dir, 'lib')).sort()).toEqual(['a-1.jar', 'b-1.jar', 'c-1.jar']);
    expect(asked.sort()).toEqual(['/maven/org/b/1/b-1.jar', '/maven/org/c/1/c-1.jar']);
  });

  test('one with other content than was pinned is refused, and not kept', async () => {
    wrong = 'b';
    await expect(fetchAll()).rejects.toThrow(
      /b-1\.jar cannot be had from 127\.0\.0\.1:\d+: its content is not the one/,
    );
    expect(readdirSync(join(dir, 'lib'))).not.toContain('b-1.jar');
  });

  test('the repository: a variable, a mirror of settings.xml with its password, else Central', () => {
    expect(repositoryOf({ HOME: dir }).url).toBe('https://repo.maven.apache.org/maven2');
    mkdirSync(join(dir, '.m2'));
    writeFileSync(
      join(dir, '.m2/settings.xml'),
      `<settings><!-- <mirror><mirrorOf>*</mirrorOf><url>http://commented</url></mirror> -->
        <servers><server><id>near</id><username>u</username><password>\${env.SECRET_OF_IT}</password></server></servers>
        <mirrors><mirror><id>other</id><mirrorOf>snapshots</mirrorOf><url>http://no</url></mirror>
        <mirror><id>near</id><mirrorOf>external:*,!mine</mirrorOf><url> http://near/repo </url></mirror></mirrors></settings>`,
    );
    const authorization = `Basic ${Buffer.from('u:p').toString('base64')}`;
    expect(repositoryOf({ HOME: dir, SECRET_OF_IT: 'p' })).toEqual({ url: 'http://near/repo', authorization });
    expect(repositoryOf({ HOME: dir, MAVEN_REPOSITORY_URL: 'http://mine' })).toEqual({ url: 'http://mine' });
  });

  test('what is compiled finds the lists, too: a start runs it, and has no cache the first time', () => {
    const wheels = new URL('../../dist/local/parts/wheels.js', import.meta.url).href;
    const script = `const { SECANTUS_WHEEL } = await import('${wheels}'); console.log(SECANTUS_WHEEL.requirements());`;
    const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
    expect(printed.trim()).toBe(SECANTUS_WHEEL.requirements().trim());
  });

  test('every jar and every wheel that is fetched has a hash in a committed list', () => {
    const list = readJars('src/local/activemq/jars.txt');
    expect(list.length).toBeGreaterThan(50);
    for (const { sha256, bytes, path } of list) expect([sha256, bytes > 0, path]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), true, expect.stringMatching(/\.jar$/)]); // prettier-ignore
    const pom = readFileSync('src/local/activemq/pom.xml', 'utf8');
    for (const [, artifact = ''] of pom.matchAll(/<dependency>.*<artifactId>([^<]+)</g))
      expect(list.some(({ path }) => path.includes(`/${artifact}/`))).toBe(true);
    const wheels = SECANTUS_WHEEL.requirements()
      .split(/\n(?=\S)/)
      .slice(1);
    expect(wheels.length).toBeGreaterThan(10);
    for (const wheel of wheels) expect(wheel).toMatch(/^[\w-]+==[\w.]+.*\\\n\s+--hash=sha256:[0-9a-f]{64}/);
  });
});
