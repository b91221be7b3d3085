import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { cached } from '../../src/local/parts/cache.ts';
import { openChildren, type ChildSpec } from '../../src/local/parts/children.ts';
import { partsTable, startParts, type PartChoice } from '../../src/local/parts/index.ts';
import { createPortBook } from '../../src/local/parts/ports.ts';
import { untilReady } from '../../src/local/parts/ready.ts';
import { secretsOf } from '../../src/local/parts/secrets.ts';
import { stack, uniqueName } from '../support/stack.ts';
import { until } from '../support/until.ts';

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'chatlake-parts-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const quiet = () => undefined;

function shell(script: string, more: Partial<ChildSpec> = {}): ChildSpec {
  return { name: 'part', what: 'The part', command: 'sh', args: ['-c', script], env: process.env, ...more };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function listen(): Promise<{ server: Server; port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { server, port: address !== null && typeof address === 'object' ? address.port : 0 };
}

describe('the table', () => {
  test('has one aligned column per heading', () => {
    const choice: PartChoice = {
      ...{ part: 'S3', chosen: 'SeaweedFS', version: '4.48', origin: 'PyPI wheel', licence: 'Apache-2.0' },
      ...{ address: 'http://127.0.0.1:8333', why: 'no `weed` on PATH' },
    };
    const lines = partsTable([choice, { ...choice, part: 'MongoDB', licence: '' }]).split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[1]).toContain('PyPI wheel, Apache-2.0');
    expect(lines[2]).not.toContain('PyPI wheel,');
    expect(new Set(lines.map((line) => line.search(/version|4\.48/))).size).toBe(1);
    expect(new Set(lines.map((line) => line.search(/why|no `weed`/))).size).toBe(1);
  });
});

describe('ports', () => {
  test('a taken well-known port is replaced, with a note', async () => {
    const { server, port } = await listen();
    const book = createPortBook(true);
    const instead = await book.claim('temporal', port, 'Temporal');
    server.close();
    expect(instead).not.toBe(port);
    expect(book.notes).toEqual([`port ${port} was taken: Temporal listens on ${instead}`]);
  });

  test('a free well-known port is given once', async () => {
    const { server, port } = await listen();
    await new Promise((resolve) => server.close(resolve));
    const book = createPortBook(true);
    const [first, second] = await Promise.all([book.claim('s3', port, 'one'), book.claim('ws', port, 'two')]);
    expect(first).toBe(port);
    expect(second).not.toBe(port);
  });

  test('a port that was named is taken, and refused when it is not free', async () => {
    const { server, port } = await listen();
    await expect(createPortBook(true, { ui: port }).claim('ui', 8233, "Temporal's UI")).rejects.toThrow(
      `port ${port} of Temporal's UI is taken: name another with --port-ui`,
    );
    await expect(createPortBook(true, { pages: port }).check()).rejects.toThrow(
      `port ${port} is taken: name another with --port-pages`,
    );
    await new Promise((resolve) => server.close(resolve));
    const book = createPortBook(false, { ui: port });
    await book.check();
    expect(await book.claim('ui', 8233, "Temporal's UI")).toBe(port);
    expect(book.notes).toEqual([]);
  });

  test('free ports only: well-known ones are left alone and no note is made', async () => {
    const book = createPortBook(false);
    const ports = await Promise.all(Array.from({ length: 20 }, () => book.claim('temporal', 7233, 'Temporal')));
    expect(new Set(ports).size).toBe(20);
    expect(ports).not.toContain(7233);
    expect(book.notes).toEqual([]);
  });
});

describe('children', () => {
  test('one that dies during its start is reported with the end of its log', async () => {
    const children = await openChildren(dir, quiet);
    const child = children.start(shell('for n in 1 2 3 4 5 6 7; do echo line $n; done; exit 3'));
    const wait = untilReady(child, () => Promise.reject(new Error('not yet')));
    await expect(wait).rejects.toThrow(
      'The part ended during its start (exit code 3):\nline 3\nline 4\nline 5\nline 6\nline 7',
    );
    await children.stopAll();
  });

  test('a program that is not there is reported, not thrown out of the blue', async () => {
    const children = await openChildren(dir, quiet);
    await expect(children.run(shell('', { command: '/nowhere/weed' }), 1_000)).rejects.toThrow('ENOENT');
    await children.stopAll();
  });

  test('a stop asks in the reverse order, and kills what does not listen', async () => {
    const children = await openChildren(dir, quiet);
    const log = join(dir, 'order');
    const polite = (name: string) =>
      `trap 'echo ${name} >> ${log}; exit 0' TERM; echo ready; while :; do sleep 0.05; done`;
    const first = children.start(shell(polite('first'), { name: 'first' }));
    const deaf = children.start(shell("trap '' TERM; echo ready; sleep 60", { name: 'deaf', graceMs: 500 }));
    for (const child of [first, deaf]) {
      await untilReady(child, async () => expect(child.lastLines()).toBe('ready'), 5_000);
    }
    await children.stopAll();
    expect(readFileSync(log, 'utf8')).toBe('first\n');
    expect([first.endedHow(), deaf.endedHow()]).toEqual(['exit code 0', 'signal SIGKILL']);
    expect(existsSync(join(dir, 'guard.pid'))).toBe(false);
    await children.stopAll();
  });

  test('a folder in use is refused', async () => {
    const children = await openChildren(dir, quiet);
    await expect(openChildren(dir, quiet)).rejects.toThrow(`already running in ${dir} (process ${process.pid})`);
    await children.stopAll();
    await (await openChildren(dir, quiet)).stopAll();
  });

  test('a guard.pid left by a crash of the whole machine is no obstacle', async () => {
    writeFileSync(join(dir, 'guard.pid'), `${process.pid} ${process.ppid}\n`);
    await (await openChildren(dir, quiet)).stopAll();
  });
});

describe('the guard', () => {
  test('kill -9 of the starter leaves no child, and the folder can be used again', async () => {
    const { starter, child, stubborn } = await startElsewhere();
    expect([child, stubborn].map(isAlive)).toEqual([true, true]);
    process.kill(starter, 'SIGKILL');
    const again = await openChildren(dir, quiet); // waits for the old guard to end
    // What was killed has a number until its new parent has heard of it.
    await until(() => ![child, stubborn].some(isAlive));
    await again.stopAll();
  }, 120_000);

  /** A process of its own that starts two children: one that ends when asked, one that does not listen. */
  async function startElsewhere(): Promise<{ starter: number; child: number; stubborn: number }> {
    const { execFileSync, spawn } = await import('node:child_process');
    const out = join(dir, 'compiled');
    const flags =
      '--ignoreConfig --noCheck --rootDir src --module nodenext --target es2022 --rewriteRelativeImportExtensions';
    const typescript = [
      'node_modules/typescript/bin/tsc',
      ...flags.split(' '),
      '--outDir',
      out,
      'src/local/parts/children.ts',
    ];
    execFileSync(process.execPath, typescript);
    writeFileSync(join(out, 'package.json'), '{"type":"module"}');
    const script = `
      import { openChildren } from './local/parts/children.js';
      const children = await openChildren(${JSON.stringify(dir)}, () => undefined);
      const start = (name, script) => children.start({ name, what: name, command: 'sh', args: ['-c', script], env: process.env });
      start('child', 'echo $$; exec sleep 300');
      start('stubborn', "trap '' TERM; echo $$; sleep 300; sleep 300");`;
    writeFileSync(join(out, 'starter.js'), script);
    const starter = spawn(process.execPath, [join(out, 'starter.js')], { stdio: 'inherit' });
    const pidIn = async (name: string): Promise<number> => {
      for (;;) {
        const file = join(dir, 'logs', `${name}.log`);
        const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
        if (text.endsWith('\n')) return Number(text);
        await sleep(20);
      }
    };
    return { starter: starter.pid!, child: await pidIn('child'), stubborn: await pidIn('stubborn') };
  }
});

describe('the cache', () => {
  const fetch = { name: 'thing-1.0', what: 'thing 1.0', from: 'a test', megabytes: 1 };

  test('two at once both succeed and share one folder', async () => {
    const env = { XDG_CACHE_HOME: dir };
    const install = async (folder: string) => {
      await sleep(20);
      mkdirSync(join(folder, 'bin'));
      writeFileSync(join(folder, 'bin', 'thing'), 'content');
    };
    const folders = await Promise.all([1, 2].map(() => cached(fetch, env, quiet, install)));
    expect(new Set(folders).size).toBe(1);
    expect(readdirSync(join(dir, 'chatlake'))).toEqual(['thing-1.0']);
    await cached(fetch, env, quiet, () => Promise.reject(new Error('must not be fetched again')));
  });

  test('a failed install leaves nothing half-done', async () => {
    const failing = cached(fetch, { XDG_CACHE_HOME: dir }, quiet, () => Promise.reject(new Error('no network')));
    await expect(failing).rejects.toThrow('no network');
    expect(readdirSync(join(dir, 'chatlake'))).toEqual([]);
  });

  test('what a killed install left is swept later, a fresh one is left alone', async () => {
    const [old, fresh] = ['.thing-1.0-aaa', '.thing-1.0-bbb'].map((name) => join(dir, 'chatlake', name));
    for (const folder of [old!, fresh!]) mkdirSync(folder, { recursive: true });
    utimesSync(old!, new Date(0), new Date(0));
    await cached(fetch, { XDG_CACHE_HOME: dir }, quiet, () => Promise.resolve());
    expect(readdirSync(join(dir, 'chatlake')).sort()).toEqual(['.thing-1.0-bbb', 'thing-1.0']);
  });
});

test('passwords are made once per folder and readable by the owner only', () => {
  const first = secretsOf(dir);
  expect(secretsOf(dir)).toEqual(first);
  expect(statSync(join(dir, 'secrets.json')).mode & 0o777).toBe(0o600);
  rmSync(join(dir, 'secrets.json'));
  expect(secretsOf(dir)).not.toEqual(first);
});

describe('choices', () => {
  /** Addresses of the running stack, so that nothing is started. */
  function addresses(): NodeJS.ProcessEnv {
    const { temporal, s3, mongodb, stomp } = stack();
    return {
      ...{ TEMPORAL_ADDRESS: temporal.address, MONGODB_URI: mongodb.uri, MONGODB_DATABASE: uniqueName('parts') },
      ...{ S3_ENDPOINT: s3.endpoint, S3_BUCKET: s3.bucket, S3_REGION: s3.region },
      ...{ S3_ACCESS_KEY_ID: s3.accessKeyId, S3_SECRET_ACCESS_KEY: s3.secretAccessKey },
      ...{
        STOMP_URL: stomp.url,
        STOMP_LOGIN: stomp.login,
        STOMP_PASSCODE: stomp.passcode,
        STOMP_DESTINATION: '/topic/other',
      },
      ...{ TELEGRAM_BOT_TOKEN: '1:token', TELEGRAM_API_ROOT: 'http://127.0.0.1:9' },
    };
  }

  test('an address from the environment always wins', async () => {
    const env = addresses();
    const parts = await startParts({ dir, env, log: quiet, preferredPorts: false });
    await parts.stop();
    expect(parts.choices.map((choice) => choice.why)).toEqual([
      ...Array<string>(4).fill('an address always wins'),
      'a token always wins',
    ]);
    expect(parts.stack.telegram).toMatchObject({ token: '1:token', apiRoot: 'http://127.0.0.1:9' });
    expect(parts.stack.temporal.address).toBe(env['TEMPORAL_ADDRESS']);
    expect(parts.stack.s3.endpoint).toBe(env['S3_ENDPOINT']);
    expect(parts.stack.mongodb).toEqual({ uri: env['MONGODB_URI'], database: env['MONGODB_DATABASE'] });
    expect(parts.stack.stomp.destination).toBe('/topic/other');
    expect(statSync(dir).mode & 0o777).toBe(0o700);
  });

  /** An environment in which nothing is found but what the tests' own folder holds; the guard's shell comes from ours. */
  const nothingHere = (name: string): NodeJS.ProcessEnv => ({
    ...{ ...addresses(), [name]: '', PATH: '/nowhere', HOME: dir, XDG_CACHE_HOME: join(dir, 'cache') },
    JAVA_HOME: '/nowhere',
  });

  test('S3 falls back to a local directory, and says why', async () => {
    const env = nothingHere('S3_ENDPOINT');
    const parts = await startParts({ dir, env, log: quiet, preferredPorts: false });
    await parts.stop();
    expect(parts.stack.s3.endpoint).toBe(`file://${dir}/s3-directory`);
    expect(parts.choices[1]).toMatchObject({
      chosen: 'local directory, not S3',
      why: 'no `weed` on PATH; no Python 3 with pip; for S3 itself: install Python 3.10 to 3.13 with pip; or set S3_ENDPOINT',
    });
  });

  test('the broker falls back to the stand-in, whose data outlive a restart', async () => {
    const said: string[] = [];
    const options = {
      dir,
      env: nothingHere('STOMP_URL'),
      log: (line: string) => said.push(line),
      preferredPorts: false,
    };
    for (let start = 0; start < 2; start++) {
      const parts = await startParts(options);
      expect(parts.choices[3]).toMatchObject({
        chosen: 'stand-in broker, not ActiveMQ',
        why: 'no Java 17 or later; no Python 3 with pip to fetch one; for ActiveMQ itself: install Python 3.10 to 3.13 with pip; or set STOMP_URL',
      });
      await parts.stop();
    }
    expect(said[0]).toMatch(/instead {3}ActiveMQ: the stand-in broker, part of chatlake \(no Java 17/);
    expect(existsSync(join(dir, 'broker', 'journal'))).toBe(true);
  });

  test('a part that cannot be had is refused with the mend', async () => {
    const without = (name: string) => startParts({ dir, log: quiet, preferredPorts: false, env: nothingHere(name) });
    await expect(without('TEMPORAL_ADDRESS')).rejects.toThrow(
      /Temporal cannot be had here: install Python .* or set TEMPORAL_ADDRESS \(no `temporal` on PATH; no Python/,
    );
    await expect(without('MONGODB_URI')).rejects.toThrow(/MongoDB cannot be had here: install .* or set MONGODB_URI/);
  });
});

test('the search attributes are registered on Temporal', async () => {
  const { address, namespace } = stack().temporal;
  const connection = await Connection.connect({ address });
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  await connection.close();
  const [keyword, int, datetime] = [2, 3, 6];
  expect(customAttributes).toMatchObject({
    ...{ ChatlakeSource: keyword, ChatlakeStage: keyword, ChatlakeOutcome: keyword },
    ...{ ChatlakeWindow: datetime, ChatlakeRows: int },
  });
});
