/** All parts, started as `npm start` does, for a bench that opens lakes of its own in them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { partsTable, startParts } from '../../src/local/parts/index.ts';

/** Prints what was chosen, runs `work` while the parts run, and stops them. */
export async function withParts(name: string, work: () => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), `bench-${name}-`));
  const parts = await startParts({ dir, env: process.env, log: console.log, preferredPorts: false });
  try {
    console.log(partsTable(parts.choices));
    const file = join(dir, 'stack.json');
    writeFileSync(file, JSON.stringify(parts.stack), { mode: 0o600 });
    process.env['CHATLAKE_TEST_STACK'] = file;
    await work();
  } finally {
    await parts.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}
