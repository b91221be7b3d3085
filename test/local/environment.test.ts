/** A child gets what it needs of the starter's environment, and no secret of another part. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Children, openChildren } from '../../src/local/parts/children.ts';
import { printed } from '../../src/local/parts/programs.ts';
import { SCHEMA } from '../../src/wiring/config.ts';

let dir: string;
let children: Children;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'chatlake-environment-'));
  children = await openChildren(dir, () => undefined);
});
afterEach(async () => {
  await children.stopAll();
  rmSync(dir, { recursive: true });
});

/** Everything chatlake reads, and what others keep in an environment. */
const SECRETS = Object.fromEntries(
  [
    ...Object.keys(SCHEMA.shape),
    ...[
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SESSION_TOKEN',
      'TEMPORAL_API_KEY',
      'TEMPORAL_TLS_CLIENT_KEY_DATA',
      'GITHUB_TOKEN',
    ],
    ...['NPM_TOKEN', 'PIP_INDEX_URL', 'MAVEN_ARGS', 'LD_PRELOAD', 'NODE_OPTIONS', 'JAVA_TOOL_OPTIONS', 'PYTHONSTARTUP'],
  ].map((name) => [name, `canary-${name}`]),
);
const environment = (): NodeJS.ProcessEnv => ({
  ...SECRETS,
  PATH: process.env['PATH'],
  HOME: dir,
  HTTPS_PROXY: 'http://proxy:3128',
  LANG: 'C',
});

test('a part, and a program that is asked for its version', async () => {
  const env = environment();
  const spec = { name: 'part', what: 'the part', command: 'env', args: [], env };
  await children.run({ ...spec, passes: /^PIP_/, give: { ITS_OWN: 'given' } }, 10_000);
  const seen = readFileSync(join(dir, 'logs', 'part.log'), 'utf8');
  expect(seen.match(/canary-\w+/g)).toEqual(['canary-PIP_INDEX_URL']);
  expect(seen).toContain('ITS_OWN=given');
  expect(seen).toContain('HTTPS_PROXY=http://proxy:3128');
  expect(await printed('env', [], env)).not.toContain('canary');
});

test('the guard of the children', async () => {
  const [guard = ''] = readFileSync(join(dir, 'guard.pid'), 'utf8').split(' ');
  const started = await printed('sh', ['-c', `tr '\\0' '\\n' < /proc/${guard}/environ`], process.env);
  // Where there is no /proc there is nothing to be seen.
  for (const name of Object.keys(process.env).filter((one) => /CHATLAKE|PASSCODE|TOKEN|SECRET/.test(one)))
    expect(started ?? '').not.toContain(`${name}=`);
});
