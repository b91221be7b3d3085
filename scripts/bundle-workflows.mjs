// Bundles the workflow code once, at build time, so that a worker starts without webpack; nothing to do when it is newer than its sources.
import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const out = join(dist, 'workflow-bundle.js');
const changed = (path) =>
  Math.max(
    ...readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((e) => e.isFile())
      .map((e) => statSync(join(e.parentPath, e.name)).mtimeMs),
  );
const made = statSync(out, { throwIfNoEntry: false })?.mtimeMs ?? 0;
if (made < Math.max(changed(join(dist, 'workflows')), changed(join(dist, 'domain')))) {
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const logger = { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error };
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(dist, 'workflows/index.js'),
    workflowInterceptorModules: [join(dist, 'workflows/interceptors.js')],
    logger,
  });
  writeFileSync(out, code);
} else {
  // Its time says when it was last known to be current (ready.mjs looks at it): else every start would build again.
  utimesSync(out, new Date(), new Date());
}
