/** What others made comes in as it was pinned, and runs nothing at its installation. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { JAVA_WHEEL, SEAWEED_WHEEL, SECANTUS_WHEEL, TEMPORAL_WHEEL } from '../src/local/parts/wheels.ts';
import { readJars } from '../src/local/parts/jars.ts';
import { compose, read } from './support/compose-file.ts';

interface Locked {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
}
const { packages } = JSON.parse(read('package-lock.json')) as { packages: Readonly<Record<string, Locked>> };

/** Packages with a script of their own, and why it need not run. A new one wants a line here, and a look. */
const HAVE_SCRIPTS: Readonly<Record<string, string>> = {
  'node_modules/@grpc/proto-loader/node_modules/protobufjs': 'prints a notice',
  'node_modules/@parcel/watcher': 'builds what its prebuilt packages bring',
  'node_modules/@swc/core': 'looks for what its prebuilt packages bring',
  'node_modules/unrs-resolver': 'looks for what its prebuilt packages bring',
};

describe('packages', () => {
  test('run no script at their installation, and those that have one are known', () => {
    const scripted = Object.keys(packages).filter((name) => packages[name]?.hasInstallScript === true);
    expect(scripted.sort()).toEqual(Object.keys(HAVE_SCRIPTS).sort());
    expect(read('.npmrc')).toMatch(/^ignore-scripts=true$/m);
    for (const file of ['Dockerfile', 'scripts/ready.mjs', '.ci/run', '.github/workflows/ci.yml'])
      for (const line of read(file)
        .split('\n')
        .filter((text) => /\bnpm (ci|install|prune)\b|\['ci'/.test(text) && !text.startsWith('#')))
        expect([file, line]).toEqual([file, expect.stringContaining('--ignore-scripts')]);
  });

  test('are of one content each', () => {
    for (const [name, { integrity, link }] of Object.entries(packages))
      if (name !== '' && link !== true) expect([name, integrity]).toEqual([name, expect.stringMatching(/^sha512-/)]);
  });
});

describe('parts', () => {
  test.each([TEMPORAL_WHEEL, SEAWEED_WHEEL, JAVA_WHEEL, SECANTUS_WHEEL])(
    '$project and what it needs: exact, by SHA-256',
    ({ requirements }) => {
      const needed = requirements()
        .replaceAll('\\\n', ' ')
        .split('\n')
        .filter((line) => line.trim() !== '' && !line.startsWith('#'));
      expect(needed.length).toBeGreaterThan(0);
      for (const line of needed) expect(line).toMatch(/^[\w.-]+(\[\w+\])?==[\w.]+.*--hash=sha256:[0-9a-f]{64}/);
    },
  );

  test('jars by SHA-256 and size', () => {
    const jars = readJars(new URL('../src/local/activemq/jars.txt', import.meta.url).pathname);
    expect(jars.length).toBeGreaterThan(40);
    for (const { sha256, bytes, path } of jars)
      expect([path, /^[0-9a-f]{64}$/.test(sha256), bytes > 0]).toEqual([path, true, true]);
  });

  test('images by an exact tag, actions by a commit', () => {
    for (const [name, { image = '' }] of Object.entries(compose.services))
      expect([name, image]).toEqual([name, expect.stringMatching(/:[\w.]*\d+\.\d+[\w.-]*$/)]);
    for (const [, ref = ''] of readFileSync('.github/workflows/ci.yml', 'utf8').matchAll(/uses: \S+@(\S+)/g))
      expect(ref).toMatch(/^[0-9a-f]{40}$/);
  });
});
