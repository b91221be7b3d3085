/** A single part, for what needs one of its own: found or fetched as `npm start` does it, on a free port. */
import { openChildren, type Children } from '../../src/local/parts/children.ts';
import type { PartContext } from '../../src/local/parts/context.ts';
import { startMongodb } from '../../src/local/parts/mongodb-server.ts';
import { planMongodb } from '../../src/local/parts/mongodb.ts';
import { createPortBook } from '../../src/local/parts/ports.ts';
import { findPython } from '../../src/local/parts/python.ts';
import { openRefusals } from '../../src/local/parts/refusals.ts';
import { planS3, startS3 } from '../../src/local/parts/s3.ts';
import { secretsOf } from '../../src/local/parts/secrets.ts';
import { planTemporal, startTemporal } from '../../src/local/parts/temporal.ts';
import { take } from '../../src/local/parts/ways.ts';

export interface Workbench {
  readonly context: PartContext;
  readonly children: Children;
}

/** What parts are started with, in a folder of their own; its children end with `children.stopAll`. */
export async function openWorkbench(
  dir: string,
  env = process.env,
  log: PartContext['log'] = () => undefined,
): Promise<Workbench> {
  const children = await openChildren(dir, log);
  const secrets = secretsOf(dir);
  const refusals = openRefusals(env, false);
  return { children, context: { dir, env, log, children, secrets, refusals, ports: createPortBook(false) } };
}

export async function ownS3({ context }: Workbench) {
  const plan = await planS3(context, await findPython(context.env));
  return take(plan, context, (program, why) => startS3(context, program, why));
}

export async function ownTemporal({ context }: Workbench) {
  const plan = await planTemporal(context, await findPython(context.env));
  return take(plan, context, (program, why) => startTemporal(context, program, why));
}

export async function ownMongodb({ context }: Workbench) {
  const plan = planMongodb(context, await findPython(context.env));
  return take(plan, context, (program, why) => startMongodb(context, program, why));
}
