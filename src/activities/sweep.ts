/** sweep: removes what runs left below staging once their seal is published, and what a killed probe left. */
import { attempts } from '../adapters/object-store/put.ts';
import type { ObjectInfo } from '../adapters/object-store/object-store.ts';
import { PROBE_PREFIX, STAGING_PREFIX, type Source, parseSealName, parseStagingRun } from '../domain/layout.ts';
import { KEEP_MS } from '../domain/upkeep/vacuum.ts';
import { throwIfCancelled } from './heartbeat.ts';
import { type LedgerView, publishedAs, readLedger } from './ledger-view.ts';
import { type Ports, contractOf } from './ports.ts';

export interface SweepInput {
  readonly source: Source;
  readonly dryRun: boolean;
}

/** What was removed, or would be. */
export interface Swept {
  readonly files: number;
  readonly bytes: number;
  readonly sample: readonly string[];
  /** True when there is more than one call removes. */
  readonly more: boolean;
}

const FILES_PER_CALL = 1_000;
const SAMPLES = 5;

/** Builds the activity. */
export function createSweep(ports: Pick<Ports, 'store' | 'logs' | 'contracts' | 'log' | 'now'>) {
  return async function sweep({ source, dryRun }: SweepInput): Promise<Swept> {
    contractOf(ports, source);
    const found = await leftovers(await readLedger(ports, source), source);
    const objects = found.slice(0, FILES_PER_CALL);
    if (!dryRun) {
      for (const { key } of objects) {
        throwIfCancelled();
        await attempts(() => ports.store.remove(key));
      }
    }
    const swept = { files: objects.length, bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0) };
    ports.log.info('staging.swept', { source, dryRun, ...swept });
    return {
      ...swept,
      sample: objects.slice(0, SAMPLES).map(({ key }) => key),
      more: found.length > objects.length,
    };
  };

  async function leftovers(ledger: LedgerView, source: Source): Promise<readonly ObjectInfo[]> {
    return attempts(async () => {
      const objects = await old(PROBE_PREFIX);
      for await (const folder of ports.store.folders(STAGING_PREFIX)) {
        if (objects.length > FILES_PER_CALL) break;
        const run = parseStagingRun(folder);
        // A run whose revision is not published may still want what it staged.
        if (run === undefined || parseSealName(run.seal).source !== source) continue;
        if (publishedAs(ledger, run.seal, run.revision) === undefined) continue;
        objects.push(...(await old(`${STAGING_PREFIX}${folder}`)));
      }
      return objects;
    });
  }

  async function old(prefix: string): Promise<ObjectInfo[]> {
    const objects: ObjectInfo[] = [];
    for await (const object of ports.store.list(prefix))
      if (ports.now() - object.modifiedMs >= KEEP_MS) objects.push(object);
    return objects;
  }
}
