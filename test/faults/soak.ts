/**
 * What a process that runs for long holds: it follows a ledger and the log of a table, entry by entry, with their merges. The store makes
 * each entry when it is asked for, so that nothing is held but what the process under test holds.
 */
import { createHash } from 'node:crypto';
import { deltaLogs } from '../../src/adapters/delta/log.ts';
import { createMemoryStore } from '../../src/adapters/object-store/memory.ts';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import {
  type DeltaAction,
  EMPTY_STATE,
  commitInfo,
  encodeActions,
  logName,
  logVersion,
} from '../../src/domain/formats/delta.ts';
import {
  FORMAT_VERSION,
  ledgerRoot,
  sealName,
  tableRoot,
  verifiedKey,
  verifiedPrefix,
} from '../../src/domain/formats/layout.ts';
import { planEntry, planMergeEntry } from '../../src/domain/formats/ledger.ts';
import { readLedger } from '../../src/lake/ledger.ts';
import { ledgerAppId } from '../../src/lake/tables.ts';
import { verifiedVersions } from '../../src/lake/verified.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { heldBytes } from '../support/held-memory.ts';

const SOURCE = 'desk';
const TABLE = 'desk_interactions';
const [LEDGER, ROWS] = [ledgerRoot(SOURCE), tableRoot(TABLE)];
const PER_HOUR = 120;
/** Every so many entries one merges the files of those before it. */
const MERGED = 9;

const isMerge = (n: number): boolean => n % MERGED === MERGED - 1;
const hex = (text: string): string => createHash('sha256').update(text).digest('hex');
const pathOf = (n: number): string => `desk-${n}-r0-${hex(`${n}`)}.parquet`;
const timeOf = (n: number, everyMs: number): number => Date.UTC(2026, 0, 1) + n * everyMs;
/** The files that merge `n` takes: of the entries before it, and what the merge before made. */
const takenBy = (n: number): readonly number[] =>
  Array.from({ length: Math.min(MERGED, n) }, (_, i) => n - Math.min(MERGED, n) + i);

function ledgerActions(n: number, previous: string | null, timestamp: number): readonly DeltaAction[] {
  const file = { path: pathOf(n), rows: 1, bytes: 4_000, claimKeys: { min: '20260101', max: '20260102' } };
  if (isMerge(n)) {
    const taken = takenBy(n).map((one) => ({ path: pathOf(one), rows: 1 }));
    const merged = { ...file, rows: taken.length };
    return planMergeEntry({ previous, timestamp, chatlake: '1' }, taken, [merged]);
  }
  const seal = sealName({
    source: SOURCE,
    window: windowAfter(Math.floor(n / PER_HOUR)),
    generation: (n % PER_HOUR) + 1,
  });
  const day = { event_date: '2026-01-01' };
  const stats = { numRecords: 1, minValues: day, maxValues: day, nullCount: {} };
  return planEntry({
    manifest: {
      formatVersion: FORMAT_VERSION,
      source: SOURCE,
      seals: [seal],
      revision: 0,
      base: n - 1,
      counts: { received: 1, enriched: 1, duplicates: 0, quarantined: 0 },
      reasons: {},
      code: { chatlake: '1', contract: 'desk-1', engine: 'x' },
      ledgerFile: file,
      days: [{ date: '2026-01-01', rows: 1 }],
      tables: [
        {
          table: TABLE,
          spec: 's',
          rows: 1,
          shared: false,
          files: [{ path: 'p', rows: 1, bytes: 1, seals: {}, stats }],
        },
      ],
      dropSeals: [],
    },
    manifestKey: `manifests/${hex(`manifest ${n}`)}.json`,
    before: { ...EMPTY_STATE, version: n - 1, headSha256: previous },
    tableId: 'id',
    timestamp,
  });
}

function tableActions(n: number, timestamp: number): readonly DeltaAction[] {
  const add = {
    path: pathOf(n),
    partitionValues: {},
    size: 4_000,
    modificationTime: timestamp,
    stats: '{"numRecords":1}',
  };
  const removed = (one: number): DeltaAction => ({
    remove: { path: pathOf(one), deletionTimestamp: timestamp, dataChange: false },
  });
  return [
    commitInfo('1', {
      timestamp,
      operation: isMerge(n) ? 'OPTIMIZE' : 'WRITE',
      operationParameters: {},
      chatlake: {},
    }),
    ...(isMerge(n) ? takenBy(n).map(removed) : [{ txn: { appId: ledgerAppId(SOURCE), version: n } }]),
    { add: { ...add, dataChange: !isMerge(n) } },
  ];
}

/** A store on which so many entries have been written as were grown. */
function growingStore(most: number, everyMs: number) {
  const hashes = Buffer.alloc(32 * most);
  let entries = 0;
  const previousOf = (n: number): string | null => (n === 0 ? null : hashes.toString('hex', 32 * (n - 1), 32 * n));
  const memory = createMemoryStore();
  const store: ObjectStore = {
    ...memory,
    get: (key) => {
      const version = logVersion(`/${key}`);
      if (version === undefined || version >= entries) return memory.get(key);
      const time = timeOf(version, everyMs);
      const actions = key.startsWith(LEDGER)
        ? ledgerActions(version, previousOf(version), time)
        : tableActions(version, time);
      return Promise.resolve(encodeActions(actions));
    },
    async *list(prefix, startAfter = '') {
      const isProof = prefix === verifiedPrefix(SOURCE);
      const keyOf = (n: number): string =>
        isProof ? verifiedKey(SOURCE, n) : `${prefix.slice(0, -'_delta_log/'.length)}${logName(n)}`;
      if (!isProof && prefix !== `${LEDGER}_delta_log/` && prefix !== `${ROWS}_delta_log/`) return;
      // Keys have the order of their numbers.
      let n = 0;
      for (let high = entries; n < high;) {
        const middle = (n + high) >>> 1;
        if (keyOf(middle) > startAfter) high = middle;
        else n = middle + 1;
      }
      for (; n < entries; n += 1)
        if (!isProof || !isMerge(n))
          yield await Promise.resolve({ key: keyOf(n), bytes: 1, modifiedMs: timeOf(n, everyMs) });
    },
  };
  const grow = (to: number): void => {
    for (; entries < to; entries += 1)
      createHash('sha256')
        .update(encodeActions(ledgerActions(entries, previousOf(entries), timeOf(entries, everyMs))))
        .digest()
        .copy(hashes, 32 * entries);
  };
  return { store, grow };
}

export interface SoakPlan {
  readonly entries: number;
  /** Time between two entries: half a minute where a source is busy, so that 100,000 are 35 days. */
  readonly everyMs: number;
  /** How often it is looked at what is held. */
  readonly looks: number;
  readonly follow: 'ledger' | 'table';
}

/** Follows a ledger or a table to its end; bytes that each further entry costs, by the looks after the first half. */
export async function soak({ entries, everyMs, looks, follow }: SoakPlan): Promise<{ held: number; perEntry: number }> {
  const { store, grow } = growingStore(entries, everyMs);
  const lake = { store, logs: deltaLogs(store) };
  const held: number[] = [];
  const before = heldBytes();
  for (let look = 1; look <= looks; look += 1) {
    const to = Math.round((entries * look) / looks);
    grow(to);
    const { version } = follow === 'table' ? await lake.logs(ROWS).refresh() : (await readLedger(lake, SOURCE)).state;
    const { upTo } = follow === 'table' ? { upTo: version } : await verifiedVersions(lake, SOURCE);
    if (version !== to - 1 || upTo !== to - 1)
      throw new Error(`of ${to} entries the process knows ${version + 1}, ${upTo + 1} of them verified`);
    held.push(heldBytes() - before);
  }
  const half = Math.floor(looks / 2);
  const last = held.at(-1) ?? 0;
  return { held: last, perEntry: (last - (held[half - 1] ?? 0)) / (entries * (1 - half / looks)) };
}
