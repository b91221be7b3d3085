/** Reading the store for a verification: from the store itself, never from a copy, and going on where something is broken. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { sha256OfKey } from '../../domain/formats/layout.ts';
import type { Finding, Report } from './findings.ts';

type Advice = Pick<Finding, 'safe' | 'mend'>;

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The bytes of an object whose key holds their SHA-256, or undefined after a finding. */
export async function readSound(
  store: ObjectStore,
  report: Report,
  key: string,
  what: string,
  advice: Advice,
): Promise<Uint8Array | undefined> {
  report.read.add(key);
  const bytes = await store.get(key);
  if (bytes === undefined) report.find({ what: `${what} is gone`, where: key, ...advice });
  else if (sha256(bytes) !== sha256OfKey(key))
    report.find({ what: `the bytes of ${what} are not those its name promises`, where: key, ...advice });
  else return bytes;
  return undefined;
}

/** As readSound, into a file below `folder`; its path. */
export async function fetchSound(
  store: ObjectStore,
  report: Report,
  key: string,
  what: string,
  advice: Advice,
  folder: string,
): Promise<{ readonly path: string; readonly bytes: number } | undefined> {
  const bytes = await readSound(store, report, key, what, advice);
  if (bytes === undefined) return undefined;
  const path = join(folder, basename(key));
  await writeFile(path, bytes, { mode: 0o600 });
  return { path, bytes: bytes.byteLength };
}

/** The JSON of bytes that chatlake wrote as it writes them, or undefined when they are not such. */
export function readOwnJson(bytes: Uint8Array): unknown {
  const text = new TextDecoder().decode(bytes);
  try {
    const value: unknown = JSON.parse(text);
    return `${JSON.stringify(value)}\n` === text ? value : undefined;
  } catch {
    return undefined;
  }
}
