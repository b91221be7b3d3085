/** Which entries of a table's log may go. Never asked of a ledger: its entries are kept for ever. */
import { checkpointVersion, logVersion } from '../formats/delta.ts';

/** An object in a log, as the store lists it. */
export interface LogObject {
  readonly key: string;
  readonly modifiedMs: number;
}

export interface LogCleanUp {
  /** The checkpoint that stands for what goes. */
  readonly checkpoint: number;
  /** Keys to remove, oldest entry first, then older checkpoints. */
  readonly keys: readonly string[];
}

/**
 * What may be removed for the sake of each checkpoint, newest checkpoint first: entries and checkpoints below it, where all of these
 * entries are from before `beforeMs`. Every version from the checkpoint on can still be read.
 */
export function planCleanUp(objects: readonly LogObject[], beforeMs: number): readonly LogCleanUp[] {
  const numbered = (versionOf: (key: string) => number | undefined) =>
    objects
      .flatMap(({ key, modifiedMs }) => {
        const version = versionOf(`/${key}`);
        return version === undefined ? [] : [{ key, modifiedMs, version }];
      })
      .sort((a, b) => a.version - b.version);
  const entries = numbered(logVersion);
  const checkpoints = numbered(checkpointVersion);
  const firstYoung = entries.find(({ modifiedMs }) => modifiedMs >= beforeMs)?.version ?? Infinity;
  return checkpoints
    .filter(({ version }) => version <= firstYoung)
    .map(({ version }) => ({
      checkpoint: version,
      keys: [...entries, ...checkpoints].filter((object) => object.version < version).map(({ key }) => key),
    }))
    .filter(({ keys }) => keys.length > 0)
    .toReversed();
}
