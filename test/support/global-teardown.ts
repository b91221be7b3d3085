import { rmSync } from 'node:fs';
import { TEST_RUN, type TestRun } from './global-setup.ts';

/** Stops what the setup of this run has started and removes its data. */
export default async function globalTeardown(): Promise<void> {
  const run = Reflect.get(globalThis, TEST_RUN) as TestRun | undefined;
  if (!run) return;
  await run.parts.stop();
  rmSync(run.dir, { recursive: true, force: true });
}
