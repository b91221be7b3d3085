/** The diff that a rebuild has to be. */
import { type Diff, staleDiff } from '../../domain/formats/diff.ts';
import { ObjectGone } from '../../domain/errors.ts';
import { readJson } from '../../lake/json.ts';
import type { Ports } from '../ports.ts';

/** Reads it. Throws PermanentError where it is gone: nobody published it for days, or there never was one. */
export async function readExpected({ store }: Pick<Ports, 'store'>, key: string): Promise<Diff> {
  try {
    return await readJson<Diff>(store, key, 'the diff');
  } catch (error) {
    if (error instanceof ObjectGone) throw staleDiff(key, 'it is not there, or is so old that it was removed');
    throw error;
  }
}
