/** Messages that an operator set aside: judged as quarantined until they are taken back. */
import { keysOf, putOnce } from '../adapters/object-store/put.ts';
import { FORMAT_VERSION, type Source, placeText } from '../domain/formats/layout.ts';
import { asideKey, asidePrefix, asideSourcePrefix, parseAsideKey } from '../domain/formats/marks.ts';
import type { Window } from '../domain/window.ts';
import { jsonBytes } from './json.ts';
import type { Lake } from './lake.ts';

/** Where a message lies in raw. */
export interface RawPlace {
  readonly key: string;
  readonly line: number;
}

/** Places that are set aside, of a source or of one of its windows. */
export async function asidePlaces(
  { store }: Pick<Lake, 'store'>,
  source: Source,
  window?: Window,
): Promise<ReadonlySet<string>> {
  const prefix = window === undefined ? asideSourcePrefix(source) : asidePrefix(source, window);
  const places = (await keysOf(store, prefix)).map(parseAsideKey).filter((place) => place !== undefined);
  return new Set(places.map(({ key, line }) => placeText(key, line)));
}

/** Sets a message aside from its next judgement on. Once: the first reason stays. */
export async function setAside(
  { store }: Pick<Lake, 'store'>,
  { key, line }: RawPlace,
  why: { readonly reason: string; readonly at: string },
): Promise<void> {
  await putOnce(store, asideKey(key, line), jsonBytes({ formatVersion: FORMAT_VERSION, ...why }));
}

/** From its next judgement on it is read again. */
export const takeBack = ({ store }: Pick<Lake, 'store'>, { key, line }: RawPlace): Promise<void> =>
  store.remove(asideKey(key, line));
