/** The whole system on one machine: parts, and chatlake itself in this process. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StackFile } from '../wiring/stack-file.ts';
import { type StartOptions, partsTable, planParts } from './parts/index.ts';
import type { Roles } from './roles.ts';

export interface System extends Roles {
  readonly stack: StackFile;
  readonly dir: string;
  /** Seconds each part took. */
  readonly took: Readonly<Record<string, number>>;
}

/** Starts everything and prints the table of parts. What it started is stopped again if any of it fails. */
export async function startSystem(options: StartOptions): Promise<System> {
  const { dir, log } = options;
  const planned = await planParts(options);
  // While the parts start, this process has nothing better to do than to load its own code.
  const [parts, { startRoles }] = await Promise.all([planned.start(), import('./roles.ts')]);
  try {
    log(partsTable(parts.choices));
    for (const note of parts.notes) log(`note: ${note}`);
    const file = join(dir, 'stack.json');
    writeFileSync(file, `${JSON.stringify(parts.stack, null, 2)}\n`, { mode: 0o600 });
    const roles = await startRoles(options, parts.stack);
    return {
      ...{ ...roles, dir, stack: parts.stack, took: parts.took },
      stop: async () => {
        await roles.stop();
        rmSync(file, { force: true });
        await parts.stop();
      },
    };
  } catch (error) {
    await parts.stop();
    throw error;
  }
}
