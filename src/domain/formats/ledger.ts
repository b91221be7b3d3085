/** The ledger: one row per received message and its verdict; its entries are the only decision of a source. */
import type { CodeVersion } from './code.ts';
import type { Column } from '../sources/contract.ts';
import type { Counts, Reason } from '../counts.ts';
import { NO_COUNTS, checkEquation } from '../counts.ts';
import { type Add, type DeltaAction, type DeltaEntry, type DeltaState, commitInfo } from './delta.ts';
import { deltaSchema } from './delta-schema.ts';
import { invariant } from '../errors.ts';
import { FORMAT_VERSION, type Source } from './layout.ts';
import type { TableFile } from './table-file.ts';

const text = (name: string, doc: string): Column => ({ name, type: 'text', privacy: 'public', doc });

/** Columns of the ledger's files, in order. */
export const LEDGER_COLUMNS: readonly Column[] = [
  text(
    'identity_hash',
    'keyed hash of the identity (128 bits of HMAC-SHA-256): the transport’s id and a discriminator, a desk’s is the body',
  ),
  text('transport_id', 'the transport’s id, prefixed with the broker’s name'),
  text('verdict', 'enriched, duplicate or quarantined'),
  text('reason', 'why it was quarantined'),
  text('field', 'path of the field that was the reason'),
  text('seal', 'the seal that brought the line'),
  {
    name: 'revision',
    type: 'int32',
    privacy: 'public',
    doc: 'revision of the seal; the highest per line is the verdict',
  },
  text('raw_key', 'the raw object'),
  { name: 'line', type: 'int32', privacy: 'public', doc: 'the line in it, from 0' },
  text('entity', 'what an enriched message stands for; null: itself, so its identity hash'),
  text('event_date', 'local day of an enriched message'),
  text('tables', 'the tables that got a row of an enriched message, comma separated'),
  text('claim_key', 'where later runs look for this claim'),
];

/** Rows per table, by its name, from how many enriched messages took each combination of tables. */
export function rowsPerTable(
  routes: Iterable<{ readonly tables: string; readonly messages: number }>,
): ReadonlyMap<string, number> {
  const rows = new Map<string, number>();
  for (const { tables, messages } of routes)
    for (const table of tables.split(',')) rows.set(table, (rows.get(table) ?? 0) + messages);
  return new Map([...rows].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A file of the ledger with the range of its claim keys, by which dedupe passes files over. `path` is below the ledger's root. */
export interface LedgerFile {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  readonly claimKeys: { readonly min: string; readonly max: string };
}

/** Enriched messages of one event day. */
export interface DayRows {
  readonly date: string;
  readonly rows: number;
}

/** What a decision gives to one table: the rows that its ledger file promises, and the files that hold them. */
export interface ManifestTable {
  readonly table: string;
  /** Key of the table's description under the contract that decided: readers take it from here, never from their own contract. */
  readonly spec: string;
  readonly rows: number;
  /** A row may share its entity with others, which came at any time; otherwise each message is an entity of its own. */
  readonly shared: boolean;
  readonly files: readonly TableFile[];
}

/** What one ledger entry decided, in full; the entry names it. */
export interface Manifest {
  readonly formatVersion: number;
  readonly source: Source;
  readonly seals: readonly string[];
  readonly revision: number;
  readonly base: number;
  readonly counts: Counts;
  readonly reasons: Partial<Record<Reason, number>>;
  readonly code: CodeVersion;
  readonly ledgerFile: LedgerFile;
  /** Enriched messages per event day, in order. */
  readonly days: readonly DayRows[];
  readonly tables: readonly ManifestTable[];
  /** Seals whose live rows this entry replaces; empty for a first judgement. */
  readonly dropSeals: readonly string[];
  /** Key of the comparison that a rebuild was published after. */
  readonly diff?: string;
}

/**
 * The part of an entry's commitInfo that is ours. `previous` is the SHA-256 of the entry before, null for the first (I3). A merge of
 * ledger files is an entry too: it decides nothing, so it has no seals, an empty manifest and no counts.
 */
export interface LedgerCommit {
  readonly formatVersion: number;
  readonly previous: string | null;
  readonly manifest: string;
  readonly seals: readonly string[];
  readonly revision: number;
  readonly counts: Counts;
}

/** The revision of a first judgement; each rebuild takes the next. */
export const FIRST_REVISION = 0;

/** The view of a source's seals in the order of their first judgement. */
export const sealsRelation = (source: string): string => `ledger_${source}_seals`;

/** `seal/<name>`: the transaction id under which a seal's revision is published once. */
export const sealAppId = (seal: string): string => `seal/${seal}`;

export interface EntryPlan {
  readonly manifest: Manifest;
  readonly manifestKey: string;
  /** The ledger as it is before the entry. */
  readonly before: DeltaState;
  /** Id of the Delta table, used by the first entry only. */
  readonly tableId: string;
  /** Milliseconds since the epoch; taken from the seal, so that two runs of it give the same bytes. */
  readonly timestamp: number;
}

/** The actions of the ledger entry after `before`. Checks the equation first (I7). */
export function planEntry(plan: EntryPlan): readonly DeltaAction[] {
  const { manifest, timestamp } = plan;
  checkEquation(manifest.counts, manifest.seals.join(', '));
  for (const { table, rows, files } of manifest.tables) {
    const inFiles = files.reduce((sum, file) => sum + file.rows, 0);
    invariant(
      inFiles === rows,
      `${manifest.seals.join(', ')}: ${rows} rows go to ${table} but ${inFiles} are in its files`,
    );
    invariant(
      rows <= manifest.counts.enriched,
      `${manifest.seals.join(', ')}: ${manifest.counts.enriched} enriched messages but ${rows} rows in ${table}`,
    );
  }
  const inTables = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
  invariant(
    inTables >= manifest.counts.enriched,
    `${manifest.seals.join(', ')}: ${manifest.counts.enriched} enriched messages but ${inTables} rows in all tables`,
  );
  invariant(
    manifest.ledgerFile.rows === manifest.counts.received,
    `${manifest.seals.join(', ')}: the ledger file does not hold one row per line`,
  );
  const commit: LedgerCommit = {
    formatVersion: FORMAT_VERSION,
    previous: plan.before.headSha256,
    manifest: plan.manifestKey,
    seals: manifest.seals,
    revision: manifest.revision,
    counts: manifest.counts,
  };
  const add = addLedgerFile(manifest.ledgerFile, timestamp, true);
  const schema = {
    id: plan.tableId,
    name: `ledger of ${manifest.source}`,
    columns: LEDGER_COLUMNS,
    ranged: ['claim_key'],
  };
  const operationParameters = { seals: manifest.seals.join(' '), revision: String(manifest.revision) };
  return [
    commitInfo(manifest.code.chatlake, { timestamp, operation: 'WRITE', operationParameters, chatlake: commit }),
    ...deltaSchema(plan.before, schema),
    ...manifest.seals.map((seal) => ({ txn: { appId: sealAppId(seal), version: manifest.revision } })),
    { add },
  ];
}

const addLedgerFile = ({ path, rows, bytes, claimKeys }: LedgerFile, timestamp: number, dataChange: boolean): Add => ({
  path,
  partitionValues: {},
  size: bytes,
  modificationTime: timestamp,
  dataChange,
  stats: JSON.stringify({
    numRecords: rows,
    minValues: { claim_key: claimKeys.min },
    maxValues: { claim_key: claimKeys.max },
  }),
});

/** The actions of an entry that puts `files` in place of `replaced`, which hold the same rows: it decides nothing. */
export function planMergeEntry(
  {
    previous,
    timestamp,
    chatlake,
  }: { readonly previous: string | null; readonly timestamp: number; readonly chatlake: string },
  replaced: readonly { readonly path: string; readonly rows: number }[],
  files: readonly LedgerFile[],
): readonly DeltaAction[] {
  const [before, after] = [replaced, files].map((list) => list.reduce((sum, { rows }) => sum + rows, 0));
  invariant(before === after, `ledger files of ${before} rows were merged into ${after}`);
  const commit: LedgerCommit = {
    formatVersion: FORMAT_VERSION,
    previous,
    manifest: '',
    seals: [],
    revision: 0,
    counts: NO_COUNTS,
  };
  const operationParameters = { files: String(replaced.length) };
  return [
    commitInfo(chatlake, { timestamp, operation: 'OPTIMIZE', operationParameters, chatlake: commit }),
    ...replaced.map(({ path }) => ({ remove: { path, deletionTimestamp: timestamp, dataChange: false } })),
    ...files.map((file) => ({ add: addLedgerFile(file, timestamp, false) })),
  ];
}

/** False for a merge of ledger files, which decides nothing: whatever walks the ledger's entries passes it over. */
export const isDecision = (entry: LedgerEntry): boolean => entry.seals.length > 0;

/** A ledger entry as it is remembered: what it decided, and the time it carries. */
export interface LedgerEntry extends Omit<LedgerCommit, 'formatVersion' | 'previous'> {
  readonly timestamp: number;
}

/** Our part of a ledger entry. Throws InvariantViolation for an entry that chatlake did not write. */
function ownPart(entry: DeltaEntry): { readonly commit: LedgerCommit; readonly timestamp: number } {
  const info = entry.actions.find((action) => 'commitInfo' in action)?.commitInfo;
  const commit = info?.chatlake as LedgerCommit | undefined;
  invariant(info !== undefined && commit !== undefined, `ledger entry ${entry.version} was not written by chatlake`);
  invariant(
    commit.formatVersion === FORMAT_VERSION,
    `ledger entry ${entry.version} has format ${commit.formatVersion}, which this version of chatlake does not know`,
  );
  return { commit, timestamp: info.timestamp };
}

/** What an entry decided. Throws InvariantViolation for an entry that chatlake did not write. */
export function ledgerEntry(entry: DeltaEntry): LedgerEntry {
  const { commit, timestamp } = ownPart(entry);
  const { manifest, seals, revision, counts } = commit;
  return { manifest, seals, revision, counts, timestamp };
}

/** The SHA-256 that an entry gives of the one before it; null for the first (I3). */
export const previousOf = (entry: DeltaEntry): string | null => ownPart(entry).commit.previous;
