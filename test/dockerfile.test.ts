/** Dockerfile, .dockerignore and the workflow against the code, package.json and docker-compose.yml. */
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import {
  KEY_FINGERPRINT,
  PROBE_PREFIX,
  ledgerRoot,
  manifestKey,
  rawSourcePrefix,
  reportKey,
  sealPrefix,
  stagingKey,
  tableRoot,
  verifiedPrefix,
} from '../src/domain/formats/layout.ts';
import type { Window } from '../src/domain/window.ts';
import { exists, read, service, valueOf } from './support/compose-file.ts';

const dockerfile = read('Dockerfile');
const dockerInstructions = dockerfile.split('\n').filter((line) => !line.startsWith('#'));

describe('the Dockerfile', () => {
  const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };

  test('every stage has the same exact Node, one that package.json allows', () => {
    const bases = dockerInstructions.flatMap((line) => /^FROM (\S+)/.exec(line)?.[1] ?? []);
    expect(bases.length).toBeGreaterThan(1);
    expect(new Set(bases).size).toBe(1);
    const version =
      /^node:(\d+)\.(\d+)\.(\d+)-bookworm-slim$/
        .exec(bases[0] ?? '')
        ?.slice(1)
        .map(Number) ?? [];
    const least = /^>=(\d+)\.(\d+)$/.exec(engines.node)?.slice(1).map(Number) ?? [];
    expect([version.length, least.length]).toEqual([3, 2]);
    const [major = 0, minor = 0] = version;
    const [leastMajor = 0, leastMinor = 0] = least;
    expect(major > leastMajor || (major === leastMajor && minor >= leastMinor)).toBe(true);
  });

  test('runs a file that the build makes, as a user without rights', () => {
    const command = JSON.parse(/^CMD (.+)$/m.exec(dockerfile)?.[1] ?? '[]') as string[];
    expect(command).toEqual(['node', 'dist/workers/main.js']);
    expect(exists('src/workers/main.ts')).toBe(true);
    const lines = dockerInstructions.filter((line) => line !== '');
    expect(lines.lastIndexOf('USER node')).toBe(lines.length - 2);
    expect(dockerfile).toContain('npm ci');
    expect(dockerfile).toContain('npm prune --omit=dev');
    expect(dockerfile).toContain('rm -rf dist/local');
  });

  test('copies only what exists and what .dockerignore lets through', () => {
    const allowed = new Set(
      read('.dockerignore')
        .split('\n')
        .filter((line) => line.startsWith('!'))
        .map((line) => line.slice(1)),
    );
    const copied = dockerInstructions
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(' ').slice(1, -1));
    expect(copied.length).toBeGreaterThan(3);
    for (const path of copied) {
      expect([path, exists(path)]).toEqual([path, true]);
      expect(allowed).toContain(path.split('/')[0]);
    }
    expect(read('.dockerignore').split('\n')).toContain('*');
  });

  test('the health check is in the image, and what it imports is built', () => {
    const { test: check } = service('worker').healthcheck as { test: readonly string[] };
    const file = check.at(-1) ?? '';
    expect(dockerfile).toContain(`COPY ${file} ./${file}`);
    const imports = [...read(file).matchAll(/from '\.\.\/\.\.\/dist\/(.+)\.js'/g)].map(([, path = '']) => path);
    expect(imports.length).toBeGreaterThan(0);
    for (const path of imports) expect([path, exists(`src/${path}.ts`)]).toEqual([path, true]);
  });
});

describe('the image', () => {
  test('has the named queries where the command looks for them: beside dist/', () => {
    expect(read('src/cli/queries.ts')).toContain("new URL('../../queries/', import.meta.url)");
    const [, last = ''] = dockerfile.split(/^FROM .*$/m).slice(-2);
    expect(last).toContain('COPY --from=build /app/dist ./dist\n');
    expect(last).toContain('COPY queries ./queries\n');
  });
});

describe('the workflow', () => {
  const workflow = read('.github/workflows/ci.yml');

  test('pins actions by commit and has a read-only token', () => {
    const uses = [...workflow.matchAll(/uses: (.+)$/gm)].map(([, action]) => action);
    expect(uses.length).toBeGreaterThan(3);
    for (const action of uses) expect(action).toMatch(/^actions\/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    expect((parse(workflow) as { permissions: unknown }).permissions).toEqual({ contents: 'read' });
  });

  test('the commands of the check exist', () => {
    const check = read('docker/check.sh');
    for (const verb of ['demo', 'report']) {
      expect(check).toContain(`node scripts/chatlake.mjs ${verb}`);
      expect(read('src/cli/main.ts')).toContain(`.command('${verb}')`);
    }
    expect(dockerfile).toContain('COPY scripts/chatlake.mjs ./scripts/chatlake.mjs');
    expect(check).toContain(
      `db.${/name: '(desk_\w+)'/.exec(read('src/domain/sources/desk/contract.ts'))?.[1] ?? 'none'}.countDocuments()`,
    );
    expect(check).toContain(`--task-queue ${valueOf('worker', 'CHATLAKE_TASK_QUEUE')} `);
  });
});

describe('the bucket policy of docs/deploy.md', () => {
  const { Resource } = JSON.parse(/```json\n([^`]*)```/.exec(read('docs/deploy.md'))?.[1] ?? '{}') as {
    Resource: string[];
  };
  const patterns = Resource.map((resource) => resource.replace('arn:aws:s3:::BUCKET/', '').replaceAll('*', '.*'));
  const isGuarded = (key: string): boolean => patterns.some((pattern) => new RegExp(`^${pattern}$`).test(key));

  test('guards what is written once', () => {
    const once = [
      `${rawSourcePrefix('desk')}x.ndjson.gz`,
      `${sealPrefix('desk', '2026-11-22T03' as Window)}g0001.json`,
      `${ledgerRoot('desk')}_delta_log/0.json`,
      `${tableRoot('desk_interactions')}_delta_log/0.json`,
      manifestKey('0'),
      `${verifiedPrefix('desk')}0.json`,
      reportKey('desk_service', 0, '0'),
      KEY_FINGERPRINT,
      `${PROBE_PREFIX}x`,
    ];
    expect(once.filter((key) => !isGuarded(key))).toEqual([]);
  });

  test('leaves alone what may be put again', () => {
    const again = [`${tableRoot('desk_interactions')}x.parquet`, `${ledgerRoot('desk')}x.parquet`];
    expect([...again, stagingKey('run', 'step', 0, '0.parquet')].filter(isGuarded)).toEqual([]);
  });
});
