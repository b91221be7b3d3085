/** Every place at which a lake could tell who somebody is: decoded, and read to the end. */
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Client } from '@temporalio/client';
import { DuckDBInstance } from '@duckdb/node-api';
import { Command } from 'commander';
import { MongoClient } from 'mongodb';
import { addExplain } from '../../src/cli/explain.ts';
import { printable } from '../../src/cli/printable.ts';
import { addQuarantine } from '../../src/cli/quarantine.ts';
import { addQuery } from '../../src/cli/query.ts';
import { report } from '../../src/cli/report.ts';
import { addStatus } from '../../src/cli/status.ts';
import { addVerify } from '../../src/cli/verify.ts';
import type { Config } from '../../src/wiring/config.ts';
import type { Lake } from '../support/lake.ts';

/** A text, and where it stood. */
export interface Found {
  readonly place: string;
  readonly text: string;
}

/** What bytes say: rows of Parquet, the inside of a gzip, else the text. */
async function decoded(bytes: Uint8Array, scratch: string): Promise<string> {
  const head = Buffer.from(bytes.subarray(0, 4)).toString('latin1');
  if (head.startsWith('\u001f\u008b')) return gunzipSync(bytes).toString('utf8');
  if (head !== 'PAR1') return Buffer.from(bytes).toString('utf8');
  const path = join(scratch, 'searched.parquet');
  writeFileSync(path, bytes);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const rows = await connection.runAndReadAll(`SELECT to_json(r) AS row FROM read_parquet('${path}') r`);
    const facts = await connection.runAndReadAll(`SELECT to_json(m) FROM parquet_metadata('${path}') m`);
    return JSON.stringify([rows.getRowsJson(), facts.getRowsJson()]);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** All objects of the store, their names too. */
export async function* inStore({ ports }: Lake, scratch: string): AsyncGenerator<Found> {
  for await (const { key } of ports.store.list('')) {
    yield { place: 'names of objects', text: key };
    const bytes = await ports.store.get(key);
    if (bytes !== undefined) yield { place: key, text: await decoded(bytes, scratch) };
  }
}

/** All documents, reports and marks. */
export async function* inMongo({ MONGODB_URI: uri, MONGODB_DATABASE: database }: Config): AsyncGenerator<Found> {
  const mongo = await MongoClient.connect(uri);
  try {
    const db = mongo.db(database);
    for (const { name } of await db.listCollections().toArray())
      for await (const document of db.collection(name).find())
        yield { place: `MongoDB ${name}`, text: JSON.stringify(document) };
  } finally {
    await mongo.close();
  }
}

/** What an operator typed stands in the input of the run that they started, and may stand nowhere else. */
const TYPED = new Set(['workflowExecutionStartedEventAttributes']);

/** Every payload, failure, memo and attribute of every run. */
export async function* inHistories(client: Client): AsyncGenerator<Found> {
  for await (const { workflowId, runId, raw } of client.workflow.list()) {
    yield { place: 'visibility', text: told(raw) };
    const { events = [] } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    for (const event of events ?? []) {
      const { input: _, ...started } = event.workflowExecutionStartedEventAttributes ?? {};
      const rest = Object.fromEntries(Object.entries(event).filter(([name]) => !TYPED.has(name)));
      yield { place: `history of ${workflowId}`, text: told({ ...rest, started }) };
    }
  }
}

/** JSON in which bytes are the text they hold. */
const told = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    part instanceof Uint8Array || Buffer.isBuffer(part)
      ? Buffer.from(part).toString('utf8')
      : isBytes(part)
        ? Buffer.from(part.data).toString('utf8')
        : typeof part === 'bigint'
          ? String(part)
          : part,
  );

const isBytes = (part: unknown): part is { readonly type: 'Buffer'; readonly data: number[] } =>
  typeof part === 'object' && part !== null && 'type' in part && part.type === 'Buffer' && 'data' in part;

/** All files below a folder. */
export async function* inFolder(folder: string, scratch: string): AsyncGenerator<Found> {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    yield { place: 'names of local files', text: name };
    if (statSync(path).isFile()) yield { place: `local ${name}`, text: await decoded(readFileSync(path), scratch) };
  }
}

/** What the verbs print, and the errors they end with. */
export async function* onTerminal(lake: Lake, ids: readonly string[]): AsyncGenerator<Found> {
  const { contracts } = lake.ports;
  const tables = [...contracts.values()].flatMap((contract) => contract.tables.map(({ name }) => name));
  const calls = [
    ['status'],
    ['status', '--json'],
    ['status', '--deep'],
    ['verify'],
    ['verify', '--json'],
    ['quarantine', 'list'],
    ['quarantine', 'list', '--json'],
    ...ids.map((id, n) => ['explain', id, ...(n % 2 === 0 ? [] : ['--json'])]),
    ...[...tables.flatMap((name) => [name, `${name}_current`]), 'ledger'].flatMap((name) =>
      ['csv', 'json'].map((format) => ['query', `SELECT * FROM ${name}`, '--format', format]),
    ),
  ];
  for (const args of calls)
    yield { place: `chatlake ${args.slice(0, 2).join(' ')}`, text: await said(lake.config, args) };
  const printed: string[] = [];
  await report(lake.config, { json: false }, (text) => void printed.push(text));
  yield { place: 'chatlake report', text: printed.join('\n') };
}

async function said(config: Config, args: readonly string[]): Promise<string> {
  const texts: string[] = [];
  const print = (text: string): void => void texts.push(printable(text));
  const needs = { config: () => config, print, say: print };
  const program = new Command('chatlake').exitOverride().configureOutput({ writeErr: print, writeOut: print });
  addStatus(program, needs);
  addVerify(program, needs);
  addExplain(program, needs);
  addQuery(program, needs);
  addQuarantine(program, needs);
  const before = process.exitCode;
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    print(String(error));
  }
  process.exitCode = before;
  return texts.join('\n');
}
