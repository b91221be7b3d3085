/**
 * Years of a lake in minutes: the objects that so many published seals leave behind, as the activities write them. Left out is what
 * nothing that is measured lists or reads: older than a few days, manifests, ledger files and table files, what the clean-up of logs would
 * have removed, and of each day's raw objects and seals all but the first.
 */
import { createHash } from 'node:crypto';
import type { Ports } from '../../src/activities/ports.ts';
import { DESK } from '../../src/domain/sources/desk/contract.ts';
import {
  type DeltaAction,
  EMPTY_STATE,
  applyActions,
  commitInfo,
  encodeActions,
  logName,
} from '../../src/domain/formats/delta.ts';
import { deltaSchema } from '../../src/domain/formats/delta-schema.ts';
import { REPORTS } from '../../src/domain/kpi/index.ts';
import {
  FORMAT_VERSION,
  type SealId,
  ledgerFile,
  ledgerRoot,
  manifestKey,
  rawKey,
  reportKey,
  runName,
  sealKey,
  sealName,
  tableFile,
  tableRoot,
  verifiedKey,
} from '../../src/domain/formats/layout.ts';
import { LEDGER_COLUMNS, type Manifest, planEntry } from '../../src/domain/formats/ledger.ts';
import { encodeSeal } from '../../src/domain/formats/seal.ts';
import { type TableFile, addOf } from '../../src/domain/formats/table-file.ts';
import { windowStart } from '../../src/domain/window.ts';
import { keepSpecs, ledgerAppId, tableId } from '../../src/lake/tables.ts';
import { windowAfter } from '../support/desk-raw.ts';

const { source } = DESK;
const TABLE = DESK.tables[0].name;
const ROWS = 3;
/** What the ledger is, as its first entry tells it. */
const LEDGER = deltaSchema(EMPTY_STATE, {
  id: tableId(ledgerRoot(source)),
  name: `ledger of ${source}`,
  columns: LEDGER_COLUMNS,
  ranged: ['claim_key'],
})
  .flatMap((action) => ('metaData' in action ? [action.metaData] : []))
  .at(0);
const PUTS_AT_ONCE = 64;
/** Of the last entries the ledger files are there, and may hold what comes next. */
const LAST_FILES = 96;
/** Hours of which everything listed is there. */
const WHOLE_HOURS = 11 * 24;

export interface LakeHead {
  /** Ledger entries there are. */
  readonly entries: number;
  readonly headSha256: string;
  /** Hours that have windows. */
  readonly hours: number;
}

export interface Growth {
  readonly head: LakeHead;
  /** Entries there are to be. */
  readonly to: number;
  readonly sealsPerHour: number;
  /** The bytes of every ledger file. */
  readonly rows: Uint8Array;
  /** Keeps an object; as durable as a benchmark needs. */
  readonly keep: (key: string, body: Uint8Array) => Promise<unknown>;
}

/** Adds entries, some seals an hour. */
export async function growLake(
  { store, documents, logs, checkpoints }: Pick<Ports, 'store' | 'documents' | 'logs' | 'checkpoints'>,
  { head, to, sealsPerHour, rows, keep: put }: Growth,
): Promise<LakeHead> {
  let { headSha256, hours, entries } = head;
  const running = new Set<Promise<unknown>>();
  const putSoon = async (key: string, body: Uint8Array): Promise<void> => {
    while (running.size >= PUTS_AT_ONCE) await Promise.race(running);
    const work = put(key, body).finally(() => running.delete(work));
    running.add(work);
  };
  const spec = (await keepSpecs({ store }, DESK)).get(TABLE) ?? '';
  const wholeFrom = to - WHOLE_HOURS * sealsPerHour;
  const table = await logs(tableRoot(TABLE)).refresh();
  const projected: DeltaAction[] = [];
  let whole = false;
  for (let generation = 1; entries < to; entries += 1) {
    const id = { source, window: windowAfter(hours), generation };
    whole ||= entries >= wholeFrom && generation === 1;
    const keep = whole ? 'all' : generation === 1 && id.window.endsWith('T00') ? 'day' : 'entry';
    const made = entry(id, entries, { previous: headSha256, spec, rows, keep, isLast: entries >= to - LAST_FILES });
    for (const [key, body] of made.objects) await putSoon(key, body);
    headSha256 = made.sha256;
    if (keep !== 'all') projected.push(...made.projected);
    else if (projected.length > 0) {
      const before = { version: entries - 1, sha256: null };
      await checkpoints.write(tableRoot(TABLE), applyActions(table, before, projected.splice(0)), Date.now());
    }
    generation = generation === sealsPerHour ? 1 : generation + 1;
    if (generation === 1) hours += 1;
  }
  await Promise.all(running);
  await documents.advance(source, -1, entries - 1);
  // Measured windows begin in an hour of their own.
  return { entries, headSha256, hours: hours + 1 };
}

interface EntryFacts {
  readonly previous: string;
  /** The key of what the contract says of the table. */
  readonly spec: string;
  /** The bytes of every ledger file. */
  readonly rows: Uint8Array;
  readonly keep: 'all' | 'day' | 'entry';
  readonly isLast: boolean;
}

/** Everything of ledger entry n. */
function entry(id: SealId, n: number, { previous, spec, rows, keep, isLast }: EntryFacts) {
  const seal = sealName(id);
  const run = runName(seal, 0);
  const opened = windowStart(id.window) + id.generation * 60_000;
  const day = id.window.slice(0, 10);
  const raw = bytes(`raw ${n}`);
  const object = rawKey({
    source,
    window: id.window,
    openedAtMs: opened,
    count: ROWS,
    size: raw.byteLength,
    sha256: hash(raw),
  });
  const counts = { received: ROWS, enriched: ROWS, duplicates: 0, quarantined: 0 };
  const file = { rows: ROWS, bytes: rows.byteLength };
  const own = hash(bytes(run));
  const claimKey = isLast ? '20210701' : day.replaceAll('-', '');
  const ledgerRows = {
    ...file,
    path: ledgerFile(run, isLast ? hash(rows) : own),
    claimKeys: { min: claimKey, max: isLast ? '20210702' : claimKey },
  };
  const ranges = { event_date: day };
  const tableRows: TableFile = {
    ...file,
    path: tableFile(run, 0, own),
    seals: { [seal]: ROWS },
    stats: { numRecords: ROWS, minValues: ranges, maxValues: ranges, nullCount: {} },
  };
  const manifest: Manifest = {
    formatVersion: FORMAT_VERSION,
    source,
    seals: [seal],
    revision: 0,
    base: n - 1,
    counts,
    reasons: {},
    code: { chatlake: '0.1.0', contract: 'desk-1', engine: 'bench' },
    ledgerFile: ledgerRows,
    days: [{ date: day, rows: ROWS }],
    tables: [{ table: TABLE, spec, rows: ROWS, shared: false, files: [tableRows] }],
    dropSeals: [],
  };
  const manifestBytes = json(manifest);
  const manifestName = manifestKey(hash(manifestBytes));
  const planned = planEntry({
    manifest,
    manifestKey: manifestName,
    // The first entry, a real one, has told what the ledger is.
    before: { ...EMPTY_STATE, version: n - 1, headSha256: previous, ...(LEDGER && { metaData: LEDGER }) },
    tableId: tableId(ledgerRoot(source)),
    timestamp: opened,
  });
  const ledgerBytes = encodeActions(planned);
  const projected: readonly DeltaAction[] = [
    commitInfo('0.1.0', {
      timestamp: opened,
      operation: 'WRITE',
      operationParameters: { ledger: String(n) },
      chatlake: { ledger: [n, n] },
    }),
    { txn: { appId: ledgerAppId(source), version: n } },
    { add: addOf(tableRows, opened, true) },
  ];
  const verified = {
    formatVersion: FORMAT_VERSION,
    ledger: n,
    manifest: manifestName,
    counts,
    rows: { [TABLE]: ROWS },
  };
  const sealed = encodeSeal({
    formatVersion: FORMAT_VERSION,
    id,
    lines: ROWS,
    objects: [{ key: object, lines: ROWS, bytes: raw.byteLength, size: 1_000, sha256: hash(raw) }],
    chunks: [1],
  });
  const report = REPORTS.get(source)?.name ?? '';
  const firstOfDay: readonly Part[] = [
    [object, raw],
    [sealKey(id), sealed],
    // A run of a window reports once.
    [reportKey(report, n, own), json({ formatVersion: FORMAT_VERSION, name: report, ledgerVersion: n, days: {} })],
  ];
  const objects: readonly Part[] = [
    [`${ledgerRoot(source)}${logName(n)}`, ledgerBytes],
    [verifiedKey(source, n), json(verified)],
    ...(keep === 'entry' ? [] : firstOfDay),
    ...(keep === 'all' ? [[`${tableRoot(TABLE)}${logName(n)}`, encodeActions(projected)] as const] : []),
    ...(isLast ? [[`${ledgerRoot(source)}${ledgerRows.path}`, rows] as const] : []),
  ];
  return { objects, projected, sha256: hash(ledgerBytes) };
}

type Part = readonly [key: string, body: Uint8Array];

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const json = (value: unknown): Uint8Array => bytes(`${JSON.stringify(value)}\n`);
const hash = (body: Uint8Array): string => createHash('sha256').update(body).digest('hex');
