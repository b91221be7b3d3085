/** What the store says of each source: what is not done, what needs a person, and how far the projections are. */
import type { RefusedDocument } from '../adapters/documents/document-store.ts';
import type { Contract } from '../domain/sources/contract.ts';
import type { Text } from '../domain/text.ts';
import type { Source } from '../domain/formats/layout.ts';
import type { Parked } from '../domain/formats/parked.ts';
import type { Window } from '../domain/window.ts';
import { asidePlaces } from '../lake/aside.ts';
import { parkedWindows, readParked } from '../lake/parked.ts';
import { pendingWindows } from '../lake/pending.ts';
import { knownTables } from '../lake/tables.ts';
import type { Readers } from '../wiring/ports.ts';
import { type Lag, lagOf } from './lag.ts';

/** Documents of a collection that the document store refuses for good; a stub stands for each. */
export interface RefusedCollection {
  /** What refuses them, such as `MongoDB`. */
  readonly store: string;
  readonly collection: string;
  readonly count: number;
  readonly first: readonly RefusedDocument[];
}

export interface SourceStatus {
  readonly pending: { readonly windows: number; readonly oldest: Window | null; readonly more: boolean };
  /** The first windows that need a person; `parkedWindows` counts all. */
  readonly parked: readonly Parked[];
  readonly parkedWindows: number;
  readonly lag: Lag;
  /** Messages that an operator set aside. */
  readonly aside: number;
  /** Collections with refused documents. */
  readonly refused: readonly RefusedCollection[];
}

/** Parked windows that are read and shown. */
const SHOWN = 50;

/** Reads one source. What does not answer is added to `missing`, in a sentence. */
export async function sourceStatus(ports: Readers, { source }: Contract, missing: Text[]): Promise<SourceStatus> {
  const log = { info: () => undefined, warn: () => undefined };
  const pending = await pendingWindows({ ...ports, log, now: Date.now }, { source });
  const keys = [...(await parkedWindows(ports, source)).values()];
  const read = await Promise.all(keys.slice(0, SHOWN).map((key) => readParked(ports, key)));
  const lag = await lagOf(ports, source, missing);
  return {
    pending: { windows: pending.windows.length, oldest: pending.windows[0] ?? null, more: pending.more },
    parked: read.filter((parked) => parked !== undefined),
    parkedWindows: keys.length,
    lag,
    aside: (await asidePlaces(ports, source)).size,
    refused: lag.documents === null ? [] : await refusedOf(ports, source),
  };
}

async function refusedOf(ports: Readers, source: Source): Promise<readonly RefusedCollection[]> {
  const found: RefusedCollection[] = [];
  for (const table of (await knownTables(ports, source)).values()) {
    const { count, first } = table.documents ? await ports.documents.refused(table) : { count: 0, first: [] };
    if (count > 0) found.push({ store: ports.documents.name, collection: table.name, count, first });
  }
  return found;
}
