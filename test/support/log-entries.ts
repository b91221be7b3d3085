/** The entries of a Delta log as the store holds them, for tests that walk versions. */
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import {
  type DeltaState,
  EMPTY_STATE,
  applyEntries,
  decodeActions,
  logVersion,
} from '../../src/domain/formats/delta.ts';

/** The state at every version of the table below `root`, in order. */
export async function statesOf(store: ObjectStore, root: string): Promise<readonly DeltaState[]> {
  const states: DeltaState[] = [];
  for await (const { key } of store.list(`${root}_delta_log/`)) {
    const version = logVersion(`/${key}`);
    if (version === undefined) continue;
    const actions = decodeActions((await store.get(key)) ?? new Uint8Array());
    states.push(applyEntries(states.at(-1) ?? EMPTY_STATE, [{ version, sha256: '', actions }]));
  }
  return states;
}
