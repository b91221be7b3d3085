/**
 * `npm run bench -- load [--documents n] [--rounds n]`: decisions to documents, by `load`, beside a bare `bulkWrite` of the same documents
 * into an equal collection (validator and indexes included) of the same server. Store and tables are in memory.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MongoClient } from 'mongodb';
import type { Ports } from '../../src/activities/ports.ts';
import { createMongoDocuments } from '../../src/adapters/documents/mongodb.ts';
import { DESK } from '../../src/domain/sources/desk/contract.ts';
import { invariant } from '../../src/domain/errors.ts';
import { writeRaw } from '../../src/lake/raw.ts';
import { windowStart } from '../../src/domain/window.ts';
import { attempted, publishWindow } from '../integration/run-window.ts';
import { interaction, random } from '../support/desk-lines.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { type MemoryLake, openMemoryLake } from '../support/memory-lake.ts';
import { openWorkbench, ownMongodb } from '../support/one-part.ts';
import { type Turn, measured, median } from '../support/measured.ts';

const AIM = 0.85;
const WINDOW_MESSAGES = 20_000;
const BULK = 1_000;
const [TABLE] = DESK.tables;

/** Entry. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { documents: { type: 'string', default: '200000' }, rounds: { type: 'string', default: '3' } },
  });
  const dir = mkdtempSync(join(tmpdir(), 'bench-load-'));
  const workbench = await openWorkbench(dir, process.env, console.log);
  const lake = openMemoryLake();
  try {
    const { entry, choice } = await ownMongodb(workbench);
    const documents = Number(values.documents);
    await fill(await lake.process(), documents);
    const client = new MongoClient(entry.uri);
    const place = (database: string): Place => ({ client, uri: entry.uri, database, documents });
    const rows = await documentsOf(lake, place('first'));
    const turns: { load: Turn; bare: Turn }[] = [];
    for (let round = 0; round < Number(values.rounds); round += 1) {
      const turn: Partial<Record<'load' | 'bare', Turn>> = {};
      // Every other round the other way first.
      for (const way of round % 2 === 0 ? (['load', 'bare'] as const) : (['bare', 'load'] as const)) {
        const own = place(`${way}_${round}`);
        turn[way] = await (way === 'load' ? byLoad(lake, own) : byBulk(own, rows));
        await client.db(own.database).dropDatabase();
      }
      turns.push(turn as { load: Turn; bare: Turn });
    }
    await client.close();
    report(turns, documents, choice.chosen);
  } finally {
    lake.close();
    await workbench.children.stopAll();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Windows judged, published and in the tables. */
async function fill(ports: Ports, documents: number): Promise<void> {
  const next = random(1);
  for (let done = 0, n = 0; done < documents; n += 1) {
    const window = windowAfter(n);
    const openedAt = windowStart(window);
    const messages = Array.from({ length: Math.min(WINDOW_MESSAGES, documents - done) }, (_, i) => ({
      id: `load:${done + i}`,
      receivedAt: openedAt,
      headers: {},
      body: new TextEncoder().encode(JSON.stringify(interaction(next, 30))),
    }));
    await writeRaw(ports.store, 'desk', openedAt, messages);
    await publishWindow(ports, { source: 'desk', window });
    done += messages.length;
  }
  while ((await attempted(ports).project({ source: 'desk' })).behind > 0);
}

type Rows = readonly Readonly<Record<string, unknown>>[];

/** Loads once, which also opens what is opened for the first time, and answers the documents. */
async function documentsOf(lake: MemoryLake, place: Place): Promise<Rows> {
  await byLoad(lake, place);
  const rows = await place.client.db(place.database).collection(TABLE.name).find().toArray();
  await place.client.db(place.database).dropDatabase();
  return rows;
}

interface Place {
  readonly client: MongoClient;
  readonly uri: string;
  readonly database: string;
  readonly documents: number;
}

async function byLoad(lake: MemoryLake, { client, uri, database, documents }: Place): Promise<Turn> {
  const mongo = createMongoDocuments({ uri, database, timeoutMs: 60_000 });
  try {
    const { load } = attempted(await lake.process({ documents: mongo }));
    const turn = await measured(async () => {
      while ((await load({ source: 'desk' })).more);
    });
    const found = await client.db(database).collection(TABLE.name).countDocuments();
    invariant(found === documents, `${found} documents were loaded, not ${documents}`);
    return turn;
  } finally {
    await mongo.close();
  }
}

async function byBulk({ client, uri, database }: Place, rows: Rows): Promise<Turn> {
  const mongo = createMongoDocuments({ uri, database, timeoutMs: 60_000 });
  await mongo.ensure(TABLE);
  await mongo.close();
  const collection = client.db(database).collection(TABLE.name);
  return measured(async () => {
    for (let at = 0; at < rows.length; at += BULK)
      await collection.bulkWrite(
        rows.slice(at, at + BULK).map((document) => ({ insertOne: { document } })),
        { ordered: false, writeConcern: { w: 'majority', journal: true } },
      );
  });
}

function report(turns: readonly { load: Turn; bare: Turn }[], documents: number, server: string): void {
  const ratio = median(turns.map(({ load, bare }) => bare.wallMs / load.wallMs));
  console.log(`\n${documents} documents, server: ${server}`);
  console.log('| way | wall | CPU of the client | documents/s |');
  console.log('| --- | ---: | ---: | ---: |');
  for (const way of ['load', 'bare'] as const) {
    const wallMs = median(turns.map((turn) => turn[way].wallMs));
    const cpuMs = median(turns.map((turn) => turn[way].cpuMs));
    console.log(
      `| ${way === 'load' ? '`load`' : 'bare `bulkWrite`'} | ${(wallMs / 1_000).toFixed(1)} s | ${(cpuMs / 1_000).toFixed(1)} s | ${Math.round((1_000 * documents) / wallMs)} |`,
    );
  }
  console.log(
    `speed of load ÷ speed of bulkWrite: ${ratio.toFixed(2)} (aim ≥ ${AIM}: ${ratio >= AIM ? 'met' : 'missed'})`,
  );
  const machine = { cores: availableParallelism(), node: process.version };
  console.log(JSON.stringify({ bench: 'load', machine, documents, server, ratio, turns }));
}
