/** Reading the store for a verification: from the store itself, never from a copy, and going on where something is broken. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { sha256OfKey } from '../../domain/formats/layout.ts';
import { ADVICE, type Kind } from './findings.ts';
import type { Verifier } from './verifier.ts';

/** Objects whose key holds their SHA-256, as findings call them: what one counts as, and what to do without it. */
const SOUND = {
  'a manifest': { kind: 'manifests', advice: ADVICE.ledger },
  'a ledger file': { kind: 'ledger files', advice: ADVICE.ledger },
  'a merged ledger file': { kind: 'ledger files', advice: ADVICE.ledger },
  'the description of a table': { kind: 'table descriptions', advice: ADVICE.ledger },
  'a raw object': { kind: 'raw objects', advice: ADVICE.raw },
  'a live file of a table': { kind: 'table files', advice: ADVICE.table },
  'a report': { kind: 'reports', advice: ADVICE.reports },
} as const satisfies Readonly<Record<string, { readonly kind: Kind; readonly advice: object }>>;

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The bytes of an object whose key holds their SHA-256, or undefined after a finding. */
export async function readSound(
  { store, report }: Verifier,
  key: string,
  what: keyof typeof SOUND,
): Promise<Uint8Array | undefined> {
  const { kind, advice } = SOUND[what];
  report.read.add(key);
  const bytes = await store.get(key);
  report.count(kind);
  if (bytes === undefined) report.find({ what: `${what} is gone`, where: key, ...advice });
  else if (sha256(bytes) !== sha256OfKey(key))
    report.find({ what: `the bytes of ${what} are not those its name promises`, where: key, ...advice });
  else return bytes;
  return undefined;
}

/** As readSound, into a file below `folder`; its path. */
export async function fetchSound(
  verifier: Verifier,
  key: string,
  what: keyof typeof SOUND,
  folder: string,
): Promise<{ readonly path: string; readonly bytes: number } | undefined> {
  const bytes = await readSound(verifier, key, what);
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
