/** Where MongoDB, or its stand-in, lives when it is started on this machine. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PartContext } from './context.ts';
import type { StackFile } from './types.ts';

export type Entry = StackFile['mongodb'];

export const DATABASE = 'chatlake';
export const REPLICA_SET = 'chatlake';
export const USER = 'chatlake';
const OPTIONS = '?authSource=admin&directConnection=true';

/** Loopback. */
export const addressOf = (port: number): string => `127.0.0.1:${port}`;

/** Where a server of ours listens, and keeps its files. */
export interface Place {
  readonly port: number;
  readonly folder: string;
  readonly password: string;
  readonly uri: string;
}

/** The two servers' files are not alike, so each has a folder of its own. */
export async function makePlace(context: PartContext, name: string): Promise<Place> {
  const port = await context.ports.claim('mongodb', 27017, 'MongoDB');
  const folder = join(context.dir, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { mongodbPassword: password } = context.secrets;
  return { port, folder, password, uri: `mongodb://${USER}:${password}@${addressOf(port)}/${OPTIONS}` };
}
