// Bundles the dashboard's pages into dist/page, once, at build time; nothing to do when they are newer than their sources.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const page = join(root, 'src/dashboard/page');
const outDir = join(root, 'dist/page');

const changed = (path) =>
  Math.max(
    ...readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((e) => e.isFile())
      .map((e) => statSync(join(e.parentPath, e.name)).mtimeMs),
  );
// What the pages import from outside their folder: the contract with their server, and domain/.
const outside = ['src/dashboard/api.ts', 'src/domain', 'package-lock.json'].map((path) => join(root, path));
const sources = [page, ...outside, fileURLToPath(import.meta.url)];
const newest = Math.max(
  ...sources.map((path) => (statSync(path).isDirectory() ? changed(path) : statSync(path).mtimeMs)),
);
const made = statSync(join(outDir, 'index.html'), { throwIfNoEntry: false })?.mtimeMs ?? 0;

if (made < newest) {
  const { build } = await import('vite');
  await build({
    configFile: false,
    root: page,
    base: '/',
    logLevel: 'warn',
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2022',
      // The content policy allows no data: script or style, and a file of its own can be kept by the browser.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 1_000,
    },
  });
}
