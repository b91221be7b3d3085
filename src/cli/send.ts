/** `chatlake send`: publishes one message and follows it, step by step, until it is a document. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { DESK } from '../domain/sources/desk/contract.ts';
import { REASONS, type Reason } from '../domain/counts.ts';
import { PermanentError, TransientError, invariant } from '../domain/errors.ts';
import { ledgerRoot, parseRawKey, rawPrefix, sealName, tableRoot } from '../domain/formats/layout.ts';
import type { Manifest } from '../domain/formats/ledger.ts';
import type { Seal } from '../domain/formats/seal.ts';
import { LEDGER_ENTITY, literal } from '../domain/sql.ts';
import { rowsOfSeals } from '../domain/formats/table-file.ts';
import { type Window, windowAt } from '../domain/window.ts';
import { publishedAs, readLedger, readManifest, tableOf } from '../lake/ledger.ts';
import { readSeals } from '../lake/seals.ts';
import { verifiedVersions } from '../lake/verified.ts';
import type { Config } from '../wiring/config.ts';
import { type Readers, openPublisher, openReaders } from '../wiring/ports.ts';
import { openClient } from '../wiring/temporal.ts';
import { rawReader } from '../inspect/raw-lines.ts';

/** The header that lets us find our own message again. */
const TRACE = 'chatlake-trace';
const PATIENCE_MS = 30_000;
/** What a live run may take beyond the interval before it is helped. */
const LIVE_PATIENCE_MS = 15_000;
const LOOK_MS = 200;

interface Landed {
  readonly key: string;
  readonly line: number;
  readonly window: Window;
}

/** A body that is not on the command line: of a file, else what comes in. Throws PermanentError where there is none. */
export async function givenBody(file: string | undefined, input: AsyncIterable<Uint8Array | string>): Promise<string> {
  const chunks: Buffer[] = [];
  if (file === undefined) for await (const chunk of input) chunks.push(Buffer.from(chunk));
  else
    chunks.push(
      await readFile(file).catch((error: unknown) => {
        throw new PermanentError('The file of --file cannot be read; give the path of the message’s body.', {
          cause: error,
        });
      }),
    );
  const body = Buffer.concat(chunks).toString('utf8');
  if (body.trim() === '')
    throw new PermanentError('Give the message’s body: as an argument, by --file, or on standard input.');
  return body;
}

/** Publishes `body` and prints its journey. Throws TransientError when it is not seen in the store within 30 seconds. */
export async function send(config: Config, body: string, print: (text: string) => void): Promise<void> {
  const started = Date.now();
  const step = (name: string, text: string): void =>
    print(`${((Date.now() - started) / 1000).toFixed(1).padStart(5)} s  ${name.padEnd(10)} ${text}`);
  const trace = randomUUID();
  const publisher = await openPublisher(config);
  try {
    await publisher.publish([{ body, headers: { [TRACE]: trace } }]);
  } finally {
    await publisher.close();
  }
  step('published', `to ${config.STOMP_SEND_DESTINATION}; the broker has stored it`);
  const { ports, close } = await openReaders(config);
  try {
    const landed = await findLanded(ports, trace, started);
    step('landed', `line ${landed.line} of ${landed.key}, as received; now it is acknowledged`);
    if (!(await seen(() => isThere(ports, landed), config.LIVE_INTERVAL_MS + LIVE_PATIENCE_MS))) {
      step('waited', 'no live run brought it into the tables; an etl run is started for its window');
      await runEtl(config, landed.window);
    }
    await printVerdict(ports, landed, step);
  } finally {
    await close();
  }
}

async function findLanded(ports: Readers, trace: string, since: number): Promise<Landed> {
  const seen = new Set<string>();
  const readRaw = rawReader(ports);
  while (Date.now() - since < PATIENCE_MS) {
    for (const window of new Set([windowAt(since), windowAt(Date.now())])) {
      for await (const { key } of ports.store.list(rawPrefix(DESK.source, window))) {
        const opened = parseRawKey(key)?.openedAtMs ?? 0;
        if (seen.has(key) || opened < since - 1_000) continue;
        seen.add(key);
        const line = (await readRaw(key))?.find(({ headers }) => headers[TRACE] === trace);
        if (line !== undefined) return { key, line: line.n, window };
      }
    }
    await sleep(LOOK_MS);
  }
  throw new TransientError(
    'The broker has the message, but nobody landed it within 30 seconds; look at the workflow consume/desk in the Temporal UI (paused? no worker?). Nothing is lost.',
  );
}

/** True as soon as `fact` holds; false when it does not within `patienceMs`. */
async function seen(fact: () => Promise<boolean>, patienceMs: number): Promise<boolean> {
  const until = Date.now() + patienceMs;
  while (!(await fact())) {
    if (Date.now() > until) return false;
    await sleep(LOOK_MS);
  }
  return true;
}

/** Whether the message's ledger entry is verified: then its row and its document are there, if it has them. */
async function isThere(ports: Readers, landed: Landed): Promise<boolean> {
  const seal = await sealOf(ports, landed);
  if (seal === undefined) return false;
  const version = publishedAs(await readLedger(ports, DESK.source), sealName(seal.id), 0);
  return version !== undefined && (await verifiedVersions(ports, DESK.source)).has(version);
}

async function sealOf(ports: Readers, { key, window }: Landed): Promise<Seal | undefined> {
  const seals = await readSeals(ports, { source: DESK.source, window });
  return seals.find(({ objects }) => objects.some((object) => object.key === key));
}

/** Through `etl`, which waits until nothing of the window is pending, whoever works on it. */
async function runEtl(config: Config, window: Window): Promise<void> {
  const { client, close } = await openClient(config);
  try {
    await client.workflow.execute('etl', {
      workflowId: `etl-send-${randomUUID()}`,
      taskQueue: config.CHATLAKE_TASK_QUEUE,
      args: [{ source: DESK.source, window }],
      staticSummary: `${DESK.source} ${window}, asked by chatlake send`,
    });
  } finally {
    await close();
  }
}

async function printVerdict(ports: Readers, landed: Landed, step: (name: string, text: string) => void): Promise<void> {
  const seal = await sealOf(ports, landed);
  invariant(seal !== undefined, `${landed.key} is in no seal after its run`);
  step('sealed', sealName(seal.id));
  const ledger = await readLedger(ports, DESK.source);
  const version = publishedAs(ledger, sealName(seal.id), 0);
  const entry = version === undefined ? undefined : ledger.entries.at(version);
  invariant(entry !== undefined && version !== undefined, `${sealName(seal.id)} is not in the ledger after its run`);
  const manifest = await readManifest(ports, entry);
  const row = await ledgerRow(ports, manifest, landed);
  const reason = row['reason'] as Reason | null;
  step(
    'judged',
    `${String(row['verdict'])} in ledger entry ${version}${reason === null ? '' : `: ${reason} ${textOf(row['field'])} (${REASONS[reason]})`}`,
  );
  if (row['verdict'] !== 'enriched') {
    const why =
      row['verdict'] === 'duplicate'
        ? 'an earlier delivery holds the claim: this one is counted, nothing more'
        : 'its bytes stay in raw; the other messages went on';
    step('done', why);
    return;
  }
  const entity = String(row['entity']);
  const [table] = DESK.tables;
  const own = new Set([sealName(seal.id)]);
  const file = tableOf(manifest, table.name)?.files.find((candidate) => rowsOfSeals(candidate, own) > 0);
  step('table', `${tableRoot(table.name)}${file?.path ?? ''}`);
  const document = await ports.documents.find(table, entity);
  invariant(document !== undefined, `the document of ${entity} is missing after its run`);
  step('document', `${table.name} ${JSON.stringify(document)}`);
}

async function ledgerRow(
  ports: Readers,
  manifest: Manifest,
  landed: Landed,
): Promise<Readonly<Record<string, unknown>>> {
  const [row] = await ports.cache.withScratch(async (scratch) => {
    const path = await ports.cache.fetch(
      `${ledgerRoot(manifest.source)}${manifest.ledgerFile.path}`,
      scratch,
      'a ledger file',
    );
    const sql = `SELECT verdict, reason, field, ${LEDGER_ENTITY} AS entity FROM rows WHERE raw_key = ${literal(landed.key)} AND line = ${landed.line}`;
    return ports.reader.query([path], sql, scratch);
  });
  invariant(row !== undefined, `the ledger holds no row for line ${landed.line} of ${landed.key}`);
  return row;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
