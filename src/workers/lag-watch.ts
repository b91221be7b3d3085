/** What a worker's health says of tables, documents, proof and reports that are behind the ledger for longer than they may be. */
import { lagOf, overdueOf } from '../inspect/lag.ts';
import type { Parts } from '../wiring/health.ts';
import type { Readers } from '../wiring/ports.ts';

const LOOK_EVERY_MS = 30_000;

/**
 * Answers by a look of half a minute ago at most, if it is asked as often: asking sets off the next one, so that a worker whose health
 * nobody asks for reads nothing. A look that fails leaves what was known: a store that is away is told by its own part.
 */
export function watchLag(
  ports: Pick<Readers, 'store' | 'logs' | 'documents' | 'contracts'>,
  limitMs: number,
  now: () => number,
): () => Parts {
  let known: Parts = {};
  let lookedAt = -Infinity;
  let looking = false;
  const look = async (): Promise<Parts> => {
    const parts: Record<string, Parts[string]> = {};
    for (const source of ports.contracts.keys()) {
      const overdue = overdueOf(source, await lagOf(ports, source, []), limitMs, now());
      const says = overdue === undefined ? {} : { says: `${overdue.what.en}: ${overdue.mend.en}; ${overdue.safe.en}` };
      parts[`forward/${source}`] =
        overdue === undefined
          ? { light: 'green', sinceMs: known[`forward/${source}`]?.sinceMs ?? now() }
          : { light: 'red', sinceMs: Date.parse(overdue.since), ...says };
    }
    return parts;
  };
  return () => {
    if (!looking && now() - lookedAt >= LOOK_EVERY_MS) {
      looking = true;
      void look()
        .then(
          (parts) => void (known = parts),
          () => undefined,
        )
        .finally(() => {
          looking = false;
          lookedAt = now();
        });
    }
    return known;
  };
}
