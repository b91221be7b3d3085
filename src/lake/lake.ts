/** What the lake stands on: the store and what reads and writes its files. */
import type { Checkpoints } from '../adapters/delta/checkpoints.ts';
import type { DeltaLogs } from '../adapters/delta/log.ts';
import type { ParquetReader } from '../adapters/engine/reader.ts';
import type { Rewriter } from '../adapters/engine/rewriter.ts';
import type { LocalCache } from '../adapters/object-store/local-cache.ts';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import type { Contract } from '../domain/sources/contract.ts';
import { PermanentError } from '../domain/errors.ts';
import type { Source } from '../domain/formats/layout.ts';
import type { Log } from '../observe/events.ts';

export interface Lake {
  /** Tries again by itself while a fault is transient. */
  readonly store: ObjectStore;
  readonly cache: LocalCache;
  readonly logs: DeltaLogs;
  readonly checkpoints: Checkpoints;
  readonly reader: ParquetReader;
  readonly rewriter: Rewriter;
  readonly contracts: ReadonlyMap<Source, Contract>;
  readonly log: Log;
  readonly now: () => number;
}

/** The contract of a source. Throws PermanentError naming the sources there are. */
export function contractOf({ contracts }: Pick<Lake, 'contracts'>, source: Source): Contract {
  const contract = contracts.get(source);
  if (contract === undefined)
    throw new PermanentError(`"${source}" is not a source; there are: ${[...contracts.keys()].join(', ')}`);
  return contract;
}
