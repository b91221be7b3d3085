/** Attempts at importing an export, as a worker makes them. */
import { gunzipSync } from 'node:zlib';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createImportExport } from '../../src/activities/intake/import-export.ts';
import type { ImportProgress, ImportSlice } from '../../src/activities/types.ts';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { openExport } from '../../src/adapters/telegram/export-reader.ts';
import { decodeRawLine } from '../../src/domain/formats/raw.ts';

export interface Run {
  readonly store: ObjectStore;
  readonly announced: string[];
  /** One attempt at a slice; what it told by heartbeats, and how it ended. */
  attempt(
    slice: ImportSlice,
    beat?: ImportProgress,
  ): Promise<{ beats: ImportProgress[]; result: ImportProgress | Error }>;
}

/** Imports into a store. */
export function runOn(store: ObjectStore, botId?: string, now: () => number = Date.now): Run {
  const announced: string[] = [];
  const importExport = createImportExport({
    store,
    openExport,
    botId,
    announcer: {
      announce: (source, window) => void announced.push(`${source} ${window}`),
      wake: () => Promise.resolve(),
      close: () => Promise.resolve(),
    },
    log: { info: () => undefined, warn: () => undefined },
    now,
  });
  return {
    store,
    announced,
    async attempt(slice, beat) {
      const environment = new MockActivityEnvironment(beat === undefined ? {} : { heartbeatDetails: beat });
      const beats: ImportProgress[] = [];
      environment.on('heartbeat', (details: ImportProgress) => void beats.push(details));
      const result = await environment
        .run<[ImportSlice], ImportProgress, typeof importExport>(importExport, slice)
        .catch((error: unknown) => error as Error);
      return { beats, result };
    },
  };
}

/** Every raw line of a store, in the order of its keys. */
export async function linesOf(store: ObjectStore) {
  const lines = [];
  for await (const { key } of store.list('raw/source=telegram/')) {
    const bytes = await store.get(key);
    for (const text of gunzipSync(bytes!).toString('utf8').trimEnd().split('\n')) lines.push(decodeRawLine(text));
  }
  return lines;
}
/** Slice by slice to the end; throws what an attempt fails with. */
export async function finish(run: Run, slice: ImportSlice): Promise<{ done: ImportProgress; slices: number }> {
  let from: ImportProgress | undefined;
  for (let slices = 1; ; slices += 1) {
    const { result } = await run.attempt({ ...slice, ...(from === undefined ? {} : { from }) });
    if (result instanceof Error) throw result;
    if (result.done) return { done: result, slices };
    from = result;
  }
}
