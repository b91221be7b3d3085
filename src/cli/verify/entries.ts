/** What each decision of the ledger names: its manifest, its ledger file, its seals; and the equation (I4, I7). */
import { isDeepStrictEqual } from 'node:util';
import { type Counts, checkEquation } from '../../domain/counts.ts';
import { messageOf } from '../../domain/errors.ts';
import { ledgerRoot } from '../../domain/formats/layout.ts';
import { type Manifest, rowsPerTable, sealAppId } from '../../domain/formats/ledger.ts';
import { LEDGER_ENTITY, literal } from '../../domain/sql.ts';
import type { ChainEntry } from './chain.ts';
import { ADVICE } from './findings.ts';
import { fetchSound, readOwnJson, readSound } from './read.ts';
import { type JudgedObject, checkSeal } from './seals.ts';
import type { Verifier } from './verifier.ts';

/** What a decision decided, as far as later checks need it. */
export interface Decision {
  readonly n: number;
  readonly seals: readonly string[];
  readonly revision: number;
  readonly counts: Counts;
  /** Rows promised to each table; undefined where the manifest cannot be read. */
  readonly tables: Readonly<Record<string, number>> | undefined;
}

/** Seals read so far, and the seal of each raw object. */
export interface Seen {
  readonly seals: Set<string>;
  readonly sealedBy: Map<string, string>;
  /** Descriptions of tables that manifests name. */
  readonly specs: Set<string>;
}

interface Local {
  readonly entry: ChainEntry;
  readonly manifest: Manifest;
  /** Its ledger file on the local disk. */
  readonly path: string;
}

type Row = Readonly<Record<string, unknown>>;

/** Reads what a group of entries names, and writes a slim row per judged line to `part`, unless no ledger file could be read. */
export async function checkEntries(
  verifier: Verifier,
  entries: readonly ChainEntry[],
  seen: Seen,
  part: string,
): Promise<{ readonly decisions: readonly Decision[]; readonly hasPart: boolean }> {
  return verifier.cache.withScratch(async (scratch) => {
    const local: Local[] = [];
    const decisions: Decision[] = [];
    for (const entry of entries) {
      const manifest = await checkManifest(verifier, entry);
      const { seals, revision, counts } = entry.commit;
      const tables = manifest && Object.fromEntries(manifest.tables.map(({ table, rows }) => [table, rows]));
      decisions.push({ n: entry.n, seals, revision, counts, tables });
      if (manifest === undefined) continue;
      checkTables(verifier, manifest, seen);
      const key = `${ledgerRoot(verifier.source)}${manifest.ledgerFile.path}`;
      const file = await fetchSound(verifier, key, 'a ledger file', scratch);
      if (file !== undefined) local.push({ entry, manifest, path: file.path });
    }
    const judged = await checkRows(verifier, local, part, scratch);
    for (const name of new Set(decisions.flatMap(({ seals }) => seals)))
      if (!seen.seals.has(name)) {
        seen.seals.add(name);
        await checkSeal(verifier, name, judged.get(name), seen.sealedBy);
      }
    return { decisions, hasPart: local.length > 0 };
  });
}

/** The manifest says what its entry says. */
async function checkManifest(verifier: Verifier, entry: ChainEntry): Promise<Manifest | undefined> {
  const { report } = verifier;
  const { commit, actions, n } = entry;
  const bytes = await readSound(verifier, commit.manifest, 'a manifest');
  const manifest = bytes && (readOwnJson(bytes) as Manifest | undefined);
  if (manifest === undefined) {
    if (bytes !== undefined)
      report.find({ what: 'this manifest cannot be read as one', where: commit.manifest, ...ADVICE.ledger });
    return undefined;
  }
  const adds = actions.flatMap((action) => ('add' in action ? [action.add] : []));
  const { ledgerFile } = manifest;
  const said = {
    seals: commit.seals,
    revision: commit.revision,
    counts: commit.counts,
    files: adds.map(({ path, size, stats }) => [
      path,
      size,
      (JSON.parse(stats) as { numRecords?: unknown }).numRecords,
    ]),
    transactions: actions.flatMap((action) => ('txn' in action ? [[action.txn.appId, action.txn.version]] : [])),
  };
  const promised = {
    seals: manifest.seals,
    revision: manifest.revision,
    counts: manifest.counts,
    files: [[ledgerFile.path, ledgerFile.bytes, ledgerFile.rows]],
    transactions: manifest.seals.map((seal) => [sealAppId(seal), manifest.revision]),
  };
  if (!isDeepStrictEqual(said, promised) || manifest.base >= n)
    report.find({ what: 'it says other than its manifest', where: entry.key, ...ADVICE.ledger });
  try {
    checkEquation(manifest.counts, manifest.seals.join(', '));
  } catch (error) {
    report.find({ what: `the equation does not hold (${messageOf(error)})`, where: entry.key, ...ADVICE.ledger });
  }
  return manifest;
}

/** The files of each table add up to its rows, and what the contract said of it is there. */
function checkTables({ report }: Verifier, { tables, seals }: Manifest, { specs }: Seen): void {
  for (const { table, spec, rows, files } of tables) {
    if (files.reduce((sum, file) => sum + file.rows, 0) !== rows)
      report.find({
        what: `its files of ${table} do not hold the ${rows} rows it promises`,
        where: seals.join(', '),
        ...ADVICE.ledger,
      });
    if (!specs.has(spec) && !report.read.has(spec))
      report.find({
        what: 'this description of a table is gone, though decisions name it',
        where: spec,
        ...ADVICE.ledger,
      });
    specs.add(spec);
  }
}

/** The rows of ledger files add up to what manifests and entries say. Returns the judged objects per seal. */
async function checkRows(
  verifier: Verifier,
  local: readonly Local[],
  part: string,
  scratch: string,
): Promise<ReadonlyMap<string, ReadonlyMap<string, JudgedObject>>> {
  if (local.length === 0) return new Map();
  const { reader } = verifier;
  const paths = local.map(({ path }) => path);
  const verdicts = await reader.query(
    paths,
    'SELECT filename, verdict, tables, reason, min(claim_key) AS lo, max(claim_key) AS hi, count(*)::INTEGER AS n FROM rows GROUP BY ALL',
    scratch,
  );
  for (const one of local)
    checkVerdicts(
      verifier,
      one,
      verdicts.filter((row) => row['filename'] === one.path),
    );
  const objects = await reader.query(
    paths,
    'SELECT filename, seal, revision, raw_key, count(*)::INTEGER AS n, count(DISTINCT line)::INTEGER AS d, min(line) AS lo, max(line) AS hi FROM rows GROUP BY ALL',
    scratch,
  );
  const judged = judgedObjects(verifier, local, objects);
  const n = local.map(({ path, entry }) => `WHEN ${literal(path)} THEN ${entry.n}`).join(' ');
  await reader.copy(
    paths,
    `SELECT unhex(identity_hash) AS identity, verdict, seal, revision, raw_key, line, ${LEDGER_ENTITY} AS entity, event_date, tables, CASE filename ${n} END AS entry FROM rows`,
    part,
    scratch,
  );
  return judged;
}

/** Raw objects per seal, by their rows in ledger files; a file holds rows of its manifest's seals only. */
function judgedObjects(
  { report }: Verifier,
  local: readonly Local[],
  rows: readonly Row[],
): ReadonlyMap<string, ReadonlyMap<string, JudgedObject>> {
  const judged = new Map<string, Map<string, JudgedObject>>();
  for (const row of rows) {
    const { manifest, entry } = local.find(({ path }) => path === row['filename']) ?? {};
    const seal = String(row['seal']);
    const lines = Number(row['n']);
    if (manifest?.seals.includes(seal) !== true || Number(row['revision']) !== manifest.revision)
      report.find({
        what: `its ledger file holds rows of ${seal} revision ${String(row['revision'])}`,
        where: entry?.key ?? '',
        ...ADVICE.ledger,
      });
    const whole = Number(row['d']) === lines && Number(row['lo']) === 0 && Number(row['hi']) === lines - 1;
    const own = judged.get(seal) ?? new Map<string, JudgedObject>();
    own.set(String(row['raw_key']), { lines, whole });
    judged.set(seal, own);
  }
  return judged;
}

function checkVerdicts({ report }: Verifier, { entry, manifest }: Local, rows: readonly Row[]): void {
  const sum = (wanted: readonly Row[]): number => wanted.reduce((total, row) => total + Number(row['n']), 0);
  const of = (verdict: string): readonly Row[] => rows.filter((row) => row['verdict'] === verdict);
  const counts: Counts = {
    received: sum(rows),
    enriched: sum(of('enriched')),
    duplicates: sum(of('duplicate')),
    quarantined: sum(of('quarantined')),
  };
  const promised = new Map(manifest.tables.filter((table) => table.rows > 0).map(({ table, rows: n }) => [table, n]));
  const routed = rowsPerTable(
    of('enriched').map((row) => ({ tables: String(row['tables']), messages: Number(row['n']) })),
  );
  const keys = rows.flatMap((row) => [String(row['lo']), String(row['hi'])]).sort();
  const [stats] = entry.actions.flatMap((action) => ('add' in action ? [action.add.stats] : []));
  const bounds = JSON.parse(stats ?? '{}') as { minValues?: unknown; maxValues?: unknown };
  const sound =
    isDeepStrictEqual(counts, manifest.counts) &&
    isDeepStrictEqual(new Map([...promised].sort()), new Map([...routed].sort())) &&
    isDeepStrictEqual([bounds.minValues, bounds.maxValues], [{ claim_key: keys[0] }, { claim_key: keys.at(-1) }]);
  if (!sound)
    report.find({ what: 'its ledger file does not add up to what it says', where: entry.key, ...ADVICE.ledger });
}
