/**
 * `npm run bench -- explain [--messages n] [--per-window n] [--probes n]`: a ledger of that many messages in the real format, on a
 * directory store, and the times of bringing its local copy forward and of explaining messages of it with fresh ports each time.
 * MongoDB is not asked: its answer is put in its place.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { createCheckpointFormat } from '../../src/adapters/delta/checkpoint-format.ts';
import { createCheckpoints } from '../../src/adapters/delta/checkpoints.ts';
import { deltaLogs } from '../../src/adapters/delta/log.ts';
import type { DocumentStore } from '../../src/adapters/documents/document-store.ts';
import { createParquetReader } from '../../src/adapters/engine/reader.ts';
import { createDirectoryStore } from '../../src/adapters/object-store/directory.ts';
import { createLocalCache } from '../../src/adapters/object-store/local-cache.ts';
import { keep } from '../../src/adapters/object-store/put.ts';
import { explain } from '../../src/inspect/explain.ts';
import { openLedgerCopy } from '../../src/inspect/ledger-copy.ts';
import { clearPrefixes } from '../../src/domain/formats/clear-text.ts';
import { DESK } from '../../src/domain/sources/desk/contract.ts';
import { CONTRACTS } from '../../src/domain/sources/index.ts';
import {
  FORMAT_VERSION,
  ledgerFile,
  ledgerRoot,
  manifestKey,
  rawKey,
  runName,
  sealKey,
  sealName,
  tableFile,
  tableRoot,
  verifiedKey,
} from '../../src/domain/formats/layout.ts';
import { type Manifest, planEntry } from '../../src/domain/formats/ledger.ts';
import { encodeSeal, planSeal } from '../../src/domain/formats/seal.ts';
import { type TableFile, addOf } from '../../src/domain/formats/table-file.ts';
import { windowStart } from '../../src/domain/window.ts';
import { keepFile } from '../../src/lake/files.ts';
import { keepJson } from '../../src/lake/json.ts';
import type { Lake } from '../../src/lake/lake.ts';
import { readLedger } from '../../src/lake/ledger.ts';
import { writeRaw } from '../../src/lake/raw.ts';
import { keepReports } from '../../src/lake/reports.ts';
import { keepSpecs, ledgerAppId } from '../../src/lake/tables.ts';
import type { Readers } from '../../src/wiring/ports.ts';
import { windowAfter } from '../support/desk-raw.ts';

const MB = 1_048_576;
const SOURCE = 'desk';
const TABLE = 'desk_interactions';
const DAY = '2026-01-01';
const OBJECT_LINES = 1_000;
/** Lines of an object that have their row in the table. */
const PROBED_LINES = 10;
const LIMITS = { memoryMb: 640, threads: 2 };

export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      messages: { type: 'string', default: '10000000' },
      'per-window': { type: 'string', default: '25000' },
      probes: { type: 'string', default: '20' },
    },
  });
  const [messages, perWindow, probes] = [Number(values.messages), Number(values['per-window']), Number(values.probes)];
  const root = await mkdtemp(join(tmpdir(), 'bench-explain-'));
  try {
    const windows = Math.ceil(messages / perWindow);
    const { s: generated } = await timed(() => generate(root, windows, perWindow));
    console.log(
      `${windows} entries of ${perWindow} messages on a directory store, generated in ${generated.toFixed(0)} s`,
    );
    const copies = join(root, 'copies');
    const said: string[] = [];
    const copy = { folder: copies, say: (text: string) => void said.push(text) };
    const ports = await open(root);
    const cold = await timed(async () => openLedgerCopy(ports, SOURCE, await readLedger(ports, SOURCE), copy));
    console.log(`${said.join('; ')}: ${cold.s.toFixed(1)} s`);
    const times: number[] = [];
    for (let i = 0; i < probes; i += 1) {
      const id = idOf(Math.floor((i * windows) / probes), i % PROBED_LINES);
      const fresh = await open(root);
      const { s, value } = await timed(() => explain(fresh, id, { brokerName: 'desk', botId: undefined, copy }));
      const [line] = value.lines;
      if (value.lines.length !== 1 || line?.receipt.readable !== true || line.rows[0]?.file == null)
        throw new Error(`${id} was not found whole: ${JSON.stringify(value)}`);
      times.push(s);
    }
    const unknown = await timed(async () =>
      explain(await open(root), 'nobody', { brokerName: 'desk', botId: undefined, copy }),
    );
    const sorted = times.sort((a, b) => a - b);
    const figures = {
      coldS: cold.s,
      medianS: sorted[Math.floor(sorted.length / 2)] ?? NaN,
      worstS: sorted.at(-1) ?? NaN,
      unknownS: unknown.s,
      rssMb: process.resourceUsage().maxRSS / 1024,
    };
    console.table(Object.fromEntries(Object.entries(figures).map(([name, n]) => [name, Math.round(n * 100) / 100])));
    const machine = { cores: availableParallelism(), node: process.version, load: loadavg() };
    console.log(
      JSON.stringify({
        bench: 'explain',
        store: 'directory',
        messages: windows * perWindow,
        windows,
        probes,
        ...figures,
        machine,
      }),
    );
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

const idOf = (window: number, line: number): string => `desk:ID:bench-${window}:1:1:${line}`;

async function timed<T>(work: () => Promise<T>): Promise<{ readonly s: number; readonly value: T }> {
  const started = performance.now();
  const value = await work();
  return { value, s: (performance.now() - started) / 1_000 };
}

/** Ports with nothing remembered, as a command has them. */
async function open(root: string): Promise<Readers & Pick<Lake, 'now'>> {
  const store = createDirectoryStore(join(root, 'store'));
  const documents = {
    applied: () => Promise.resolve(1e9),
    states: (_: unknown, [id = '']: readonly string[]) => Promise.resolve(new Map([[id, { version: '9', at: 1e9 }]])),
  };
  const cache = await createLocalCache(store, join(root, 'work'), 2_048 * MB, clearPrefixes(CONTRACTS.values()));
  const checkpoints = createCheckpoints(store, createCheckpointFormat(LIMITS, cache));
  return {
    store,
    cache,
    checkpoints,
    logs: deltaLogs(store, checkpoints),
    reader: createParquetReader(LIMITS),
    now: Date.now,
    documents: documents as unknown as DocumentStore,
    contracts: CONTRACTS,
  };
}

/** Windows as real runs leave them: raw (the first object of each whole), seal, ledger file, manifest, entry, table file, verified. */
async function generate(root: string, windows: number, perWindow: number): Promise<void> {
  const ports = await open(root);
  const scratch = join(root, 'generate');
  await mkdir(scratch);
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  const log = ports.logs(ledgerRoot(SOURCE));
  const tableLog = ports.logs(tableRoot(TABLE));
  const spec = (await keepSpecs(ports, DESK)).get(TABLE) ?? '';
  for (let n = 0; n < windows; n += 1) {
    const window = windowAfter(n);
    const openedAt = windowStart(window);
    const body = new TextEncoder().encode('{}');
    const lines = Array.from({ length: Math.min(OBJECT_LINES, perWindow) }, (_, i) => ({
      id: idOf(n, i),
      receivedAt: openedAt,
      headers: {},
      body,
    }));
    const first = await writeRaw(ports.store, SOURCE, openedAt, lines);
    const others = Array.from({ length: Math.ceil(perWindow / OBJECT_LINES) - 1 }, (_, i) =>
      rawKey({
        source: SOURCE,
        window,
        openedAtMs: openedAt + i + 1,
        count: OBJECT_LINES,
        size: 1_000,
        sha256: (n * 1_000 + i).toString(16).padStart(64, 'a'),
      }),
    );
    const keys = [first.key, ...others];
    const seal = planSeal(
      { source: SOURCE, window },
      keys.map((key) => ({ key, bytes: 1_000 })),
      [],
      { limits: { maxLines: 50_000, maxBytes: 64 * MB } },
    );
    if (seal === undefined) throw new Error('there is nothing to seal');
    await keep(ports.store, sealKey(seal.id), encodeSeal(seal));
    const name = sealName(seal.id);
    const run = runName(name, 0);
    await connection.run(`CREATE OR REPLACE TABLE judged AS
      SELECT sha256('desk:ID:bench-${n}:1:1:' || i)[:32] AS identity_hash, 'desk:ID:bench-${n}:1:1:' || i AS transport_id, 'enriched' AS verdict, NULL::VARCHAR AS reason, NULL::VARCHAR AS field,
        '${name}' AS seal, 0::INTEGER AS revision, [${keys.map((key) => `'${key}'`).join(',')}][1 + i // ${OBJECT_LINES}] AS raw_key, (i % ${OBJECT_LINES})::INTEGER AS line,
        NULL::VARCHAR AS entity, '${DAY}' AS event_date, '${TABLE}' AS tables, '20260101' AS claim_key
      FROM range(${perWindow}) t(i)`);
    const out = join(scratch, 'ledger.parquet');
    await connection.run(
      `COPY (SELECT * FROM judged ORDER BY claim_key, identity_hash) TO '${out}' (FORMAT parquet, COMPRESSION zstd)`,
    );
    const file = await keepFile(ports, out, (sha256) => `${ledgerRoot(SOURCE)}${ledgerFile(run, sha256)}`);
    const rowsOut = join(scratch, 'rows.parquet');
    await connection.run(`COPY (SELECT identity_hash AS entity, '1' AS version, event_date::DATE AS event_date, []::STRUCT(field VARCHAR, code VARCHAR)[] AS issues, seal AS _seal, raw_key AS _raw_key, line AS _line FROM judged WHERE line < ${PROBED_LINES} ORDER BY identity_hash)
      TO '${rowsOut}' (FORMAT parquet, COMPRESSION zstd)`);
    const table = await keepFile(ports, rowsOut, (sha256) => `${tableRoot(TABLE)}${tableFile(run, 0, sha256)}`);
    // Only the probed lines are written; the log says what a whole file would hold.
    const days = { event_date: DAY };
    const tableRows: TableFile = {
      path: table.key.slice(tableRoot(TABLE).length),
      rows: perWindow,
      bytes: table.bytes,
      seals: { [name]: perWindow },
      stats: { numRecords: perWindow, minValues: days, maxValues: days, nullCount: {} },
    };
    await rm(out);
    await rm(rowsOut);
    const counts = { received: perWindow, enriched: perWindow, duplicates: 0, quarantined: 0 };
    const manifest: Manifest = {
      formatVersion: FORMAT_VERSION,
      source: SOURCE,
      seals: [name],
      revision: 0,
      base: n - 1,
      counts,
      reasons: {},
      code: { chatlake: 'bench', contract: 'bench', engine: 'bench' },
      ledgerFile: {
        path: file.key.slice(ledgerRoot(SOURCE).length),
        rows: perWindow,
        bytes: file.bytes,
        claimKeys: { min: '20260101', max: '20260101' },
      },
      days: [{ date: DAY, rows: perWindow }],
      tables: [{ table: TABLE, spec, rows: perWindow, shared: false, files: [tableRows] }],
      dropSeals: [],
    };
    const key = await keepJson(ports.store, manifest, manifestKey);
    await log.commit(
      (before) =>
        Promise.resolve(planEntry({ manifest, manifestKey: key, before, tableId: 'bench', timestamp: openedAt })),
      1,
    );
    await tableLog.commit(
      () =>
        Promise.resolve([
          { txn: { appId: ledgerAppId(SOURCE), version: n } },
          { add: addOf(tableRows, openedAt, true) },
        ]),
      1,
    );
    await keep(ports.store, verifiedKey(SOURCE, n), body);
  }
  await keepReports(ports, 'desk_service', windows - 1, {});
  connection.closeSync();
  instance.closeSync();
}
