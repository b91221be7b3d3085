/** oddities: what looks odd about the newest messages, as counts and places; it changes nothing. */
import { createHash } from 'node:crypto';
import { keysOf } from '../../adapters/object-store/put.ts';
import { FORMAT_VERSION, type Source, ledgerRoot, parseRawKey, rawDayPrefix } from '../../domain/formats/layout.ts';
import { upkeepKey } from '../../domain/formats/marks.ts';
import { claimFile } from '../../domain/plans/merge.ts';
import { keepJson } from '../../lake/json.ts';
import { contractOf } from '../../lake/lake.ts';
import { readLedger } from '../../lake/ledger.ts';
import { readRaw } from '../../lake/raw.ts';
import { throwIfCancelled } from '../heartbeat.ts';
import type { Ports } from '../ports.ts';

type Needs = Pick<Ports, 'store' | 'cache' | 'logs' | 'reader' | 'contracts' | 'log' | 'now'>;

/** How often something was seen, and where: `<raw key>#<line>`. */
export interface Oddity {
  readonly count: number;
  readonly samples: readonly string[];
}

export interface Oddities {
  /** The report kept on the store. */
  readonly ref: string;
  /** Rows of the ledger's newest files, and messages received on the UTC day before, that were looked at. */
  readonly rows: number;
  readonly messages: number;
  /** An id that came again a day or more later, with another body. */
  readonly reusedIds: Oddity;
  /** An id that came again within a day, with another body. */
  readonly changedRedeliveries: Oddity;
  /** A body that came under another id on the same day. */
  readonly twins: Oddity;
}

const DAY_MS = 86_400_000;
const SAMPLES = 5;
const ROWS_AT_MOST = 1_000_000;
const MESSAGES_AT_MOST = 500_000;

/** When the raw object of a ledger row was opened: its key says it. */
const OPENED = `regexp_extract(raw_key, '/([0-9]{13})-[^/]*$', 1)::BIGINT`;
const IDS = `SELECT transport_id, count(DISTINCT identity_hash) AS bodies, max(${OPENED}) - min(${OPENED}) >= ${DAY_MS} AS later,
  max_by(raw_key || '#' || line, (${OPENED}, line)) AS place FROM rows WHERE transport_id IS NOT NULL GROUP BY transport_id HAVING bodies > 1`;

/** Builds the activity. */
export function createOddities(ports: Needs) {
  return async function oddities({ source }: { readonly source: Source }): Promise<Oddities> {
    contractOf(ports, source);
    const at = ports.now();
    const found = await ports.cache.withScratch(async (scratch) => ({
      ...(await idsWithOtherBodies(ports, source, scratch)),
      ...(await twins(ports, source, new Date(at - DAY_MS).toISOString().slice(0, 10), scratch)),
    }));
    const body = { formatVersion: FORMAT_VERSION, source, at, ...found };
    const ref = await keepJson(ports.store, body, (sha256) => upkeepKey(source, 'oddities', at, sha256));
    ports.log.info('oddities.reported', {
      source,
      reusedIds: found.reusedIds.count,
      changedRedeliveries: found.changedRedeliveries.count,
      twins: found.twins.count,
    });
    return { ref, ...found };
  };
}

async function idsWithOtherBodies(ports: Needs, source: Source, scratch: string) {
  const { state } = await readLedger(ports, source);
  const paths: string[] = [];
  let rows = 0;
  for (const file of [...state.files.values()].reverse().map(claimFile)) {
    if (rows >= ROWS_AT_MOST) break;
    rows += file.rows;
    paths.push(await ports.cache.fetch(`${ledgerRoot(source)}${file.path}`, scratch, 'a ledger file'));
  }
  const counted =
    paths.length === 0
      ? []
      : await ports.reader.query(
          paths,
          `SELECT later, count(*)::INTEGER AS n, min(place, ${SAMPLES}) AS places FROM (${IDS}) GROUP BY later`,
          scratch,
        );
  const of = (later: boolean): Oddity => {
    const row = counted.find((candidate) => candidate['later'] === later);
    return { count: Number(row?.['n'] ?? 0), samples: (row?.['places'] ?? []) as readonly string[] };
  };
  return { rows, reusedIds: of(true), changedRedeliveries: of(false) };
}

/** Bodies are only in raw, so one day of it is read. */
async function twins(ports: Needs, source: Source, day: string, scratch: string) {
  const keys = (await keysOf(ports.store, rawDayPrefix(source, day))).filter((key) => parseRawKey(key) !== undefined);
  const idOf = new Map<string, string>();
  const samples: string[] = [];
  let messages = 0;
  let count = 0;
  for (const key of keys) {
    throwIfCancelled();
    if (messages >= MESSAGES_AT_MOST) break;
    for (const line of await readRaw(ports, key, scratch)) {
      messages += 1;
      const body = createHash('sha256')
        .update(line.body ?? line.bodyBase64 ?? '')
        .digest('base64')
        .slice(0, 22);
      const first = idOf.get(body);
      if (first === undefined) idOf.set(body, line.id);
      else if (first !== line.id) {
        count += 1;
        if (samples.length < SAMPLES) samples.push(`${key}#${line.n}`);
      }
    }
  }
  return { messages, twins: { count, samples } };
}
