/** Very many claims in a lake's ledger: rows like one the product wrote, in files and ranges as its merges leave them, each an entry of the log. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ports } from '../../src/activities/ports.ts';
import { literal, withSession } from '../../src/adapters/engine/duckdb/session.ts';
import {
  FORMAT_VERSION,
  ledgerRoot,
  manifestKey,
  mergedFile,
  sealName,
  tableRoot,
} from '../../src/domain/formats/layout.ts';
import { type LedgerFile, type Manifest, planEntry } from '../../src/domain/formats/ledger.ts';
import { FANOUT, FULL_ROWS, rowsPerPart } from '../../src/domain/plans/merge.ts';
import { DESK } from '../../src/domain/sources/desk/contract.ts';
import { keepFile } from '../../src/lake/files.ts';
import { keepJson } from '../../src/lake/json.ts';
import { readLedger } from '../../src/lake/ledger.ts';
import { tableId } from '../../src/lake/tables.ts';
import { windowAfter } from '../support/desk-raw.ts';

const { source } = DESK;
const ROOT = ledgerRoot(source);
/** Rows of the largest merge there is. */
const LOT_ROWS = (FANOUT * FULL_ROWS.ledger) / 2;
const OBJECT_LINES = 5_000;
/** Of so many messages one names no day: as many as the bench's lines have. */
const UNDATED_IN = 500;

export interface Claims {
  readonly count: number;
  /** Event days they are of, the last of them included, `YYYY-MM-DD`. */
  readonly days: number;
  readonly lastDay: string;
}

/** Adds claims to a ledger that has an entry; their windows begin at `hours`. Answers the bytes of their files. */
export async function addClaims(ports: Ports, claims: Claims, hours: number): Promise<number> {
  const { state } = await readLedger(ports, source);
  const [model] = state.files.keys();
  if (model === undefined) throw new Error('there is no ledger file to make others like');
  let bytes = 0;
  for (let from = 0, n = 0; from < claims.count; from += LOT_ROWS, n += 1) {
    const rows = Math.min(LOT_ROWS, claims.count - from);
    const files = await ports.cache.withScratch(async (scratch) => {
      const unsorted = join(scratch, 'claims.parquet');
      const like = await ports.cache.fetch(`${ROOT}${model}`, scratch, 'a ledger file');
      await withSession({ memoryMb: 1_024, threads: 2 }, scratch, (session) =>
        session.run(`COPY (${rowsSql(claims, like, from, rows)}) TO ${literal(unsorted)} (FORMAT parquet)`),
      );
      return merged(ports, unsorted, rows, n, scratch);
    });
    for (const [part, file] of files.entries()) {
      await publish(ports, file, hours + n * FANOUT + part);
      bytes += file.bytes;
    }
    console.log(`${from + rows} claims`);
  }
  return bytes;
}

/** Rows that differ in all that differs between messages: identity, id, place, day. */
function rowsSql({ count, days, lastDay }: Claims, like: string, from: number, rows: number): string {
  const day = `(DATE ${literal(lastDay)} - ${days - 1} + (i * ${days} // ${count})::INTEGER)`;
  const hash = "md5('claim ' || i)";
  return `
    SELECT model.* REPLACE (${hash} AS identity_hash, 'lab:ID:host-9:1:' || i AS transport_id, strftime(${day}, '%Y-%m-%d') AS event_date,
      regexp_replace(raw_key, '[0-9a-f]{64}', sha256((i // ${OBJECT_LINES})::VARCHAR)) AS raw_key, (i % ${OBJECT_LINES})::INTEGER AS line,
      CASE WHEN i % ${UNDATED_IN} = 0 THEN ${hash}[1:2] ELSE strftime(${day}, '%Y%m%d') END AS claim_key)
    FROM range(${from}, ${from + rows}) t(i), (SELECT * FROM read_parquet(${literal(like)}) WHERE verdict = 'enriched' LIMIT 1) model`;
}

/** As mergeLedger does. */
async function merged(
  ports: Ports,
  path: string,
  rows: number,
  n: number,
  scratch: string,
): Promise<readonly LedgerFile[]> {
  const outFolder = join(scratch, 'out');
  await mkdir(outFolder);
  const written = await ports.rewriter.rewrite({
    what: 'claims of a bench',
    paths: [path],
    order: ['claim_key', 'identity_hash', 'raw_key', 'line', 'revision'],
    countedBy: 'seal',
    rowsPerFile: rowsPerPart(rows, FULL_ROWS.ledger),
    outFolder,
  });
  const files: LedgerFile[] = [];
  for (const [part, file] of written.entries()) {
    const kept = await keepFile(ports, file.path, (sha256) => `${ROOT}${mergedFile(n, part, sha256)}`);
    await rm(file.path);
    const claimKeys = { min: file.first, max: file.last };
    files.push({ path: kept.key.slice(ROOT.length), rows: file.rows, bytes: kept.bytes, claimKeys });
  }
  return files;
}

/** An entry that adds the file; of its table nothing is there but what the manifest says. */
async function publish(ports: Ports, ledgerFile: LedgerFile, hours: number): Promise<void> {
  const { rows } = ledgerFile;
  const seal = sealName({ source, window: windowAfter(hours), generation: 1 });
  const table = DESK.tables[0].name;
  const stats = { numRecords: rows, minValues: {}, maxValues: {}, nullCount: {} };
  const manifest: Manifest = {
    formatVersion: FORMAT_VERSION,
    source,
    seals: [seal],
    revision: 0,
    base: 0,
    counts: { received: rows, enriched: rows, duplicates: 0, quarantined: 0 },
    reasons: {},
    code: { chatlake: 'bench', contract: 'bench', engine: 'bench' },
    ledgerFile,
    days: [],
    tables: [
      {
        table,
        spec: '',
        rows,
        shared: false,
        files: [{ path: 'none', rows, bytes: 0, seals: { [seal]: rows }, stats }],
      },
    ],
    dropSeals: [],
  };
  const key = await keepJson(ports.store, manifest, manifestKey);
  const id = tableId(tableRoot(table));
  await ports
    .logs(ROOT)
    .commit(
      (before) => Promise.resolve(planEntry({ manifest, manifestKey: key, before, tableId: id, timestamp: hours })),
      1,
    );
}
