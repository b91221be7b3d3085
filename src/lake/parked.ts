/** Parked windows: one object each, which says since when and why a window needs a person. */
import { createHash } from 'node:crypto';
import { type CodeVersion, codeWord } from '../domain/formats/code.ts';
import { type Source } from '../domain/formats/layout.ts';
import { type ParkedKey, parkedPrefix, parkedSourcePrefix, parseParkedKey } from '../domain/formats/marks.ts';
import type { Parked } from '../domain/formats/parked.ts';
import type { Window } from '../domain/window.ts';
import { readJson } from './json.ts';
import type { Lake } from './lake.ts';
import type { WindowOf } from './seals.ts';

/** A code version as a short word that fits into a key. */
export const codeMark = (code: CodeVersion): string =>
  createHash('sha256').update(codeWord(code)).digest('hex').slice(0, 12);

/** Where the windows of a source were given up on, one key each, without reading why. */
export async function parkedWindows(
  lake: Pick<Lake, 'store'>,
  source: Source,
): Promise<ReadonlyMap<Window, ParkedKey>> {
  const keys = await listKeys(lake, parkedSourcePrefix(source));
  return new Map(keys.map((key) => [key.window, key]));
}

/** The keys that say why one window was given up on: one, or two while another takes its place. */
export const parkedKeys = (lake: Pick<Lake, 'store'>, { source, window }: WindowOf): Promise<readonly ParkedKey[]> =>
  listKeys(lake, parkedPrefix(source, window));

/** The one rule: a window that this code gave up on is left to a person; other code tries it again. */
export const isLeftAlone = (key: ParkedKey | undefined, code: CodeVersion): boolean => key?.code === codeMark(code);

/** Why a window was given up on. Undefined when it is no longer so. */
export async function readParked(lake: Pick<Lake, 'store'>, { key }: ParkedKey): Promise<Parked | undefined> {
  if ((await lake.store.head(key)) === undefined) return undefined;
  return readJson<Parked>(lake.store, key, 'why a window needs a person');
}

async function listKeys(lake: Pick<Lake, 'store'>, prefix: string): Promise<readonly ParkedKey[]> {
  const keys: ParkedKey[] = [];
  for await (const { key } of lake.store.list(prefix)) {
    const parsed = parseParkedKey(key);
    if (parsed !== undefined) keys.push(parsed);
  }
  return keys;
}
