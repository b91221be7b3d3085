/** Workers are killed between the raw write and the acknowledgement, again and again, while messages arrive: none is lost, each counts once. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { expect } from '@jest/globals';
import { parseRawKey, rawSourcePrefix } from '../../src/domain/formats/layout.ts';
import { decodeRawLine } from '../../src/domain/formats/raw.ts';
import { openPublisher } from '../../src/wiring/ports.ts';
import { type Place, checkLake } from '../support/check-lake.ts';
import { random } from '../support/desk-lines.ts';
import { deskBody } from '../support/desk-raw.ts';
import { type Lake, openLake, untilSubscribed } from '../support/lake.ts';
import { startProcess } from './worker-process.ts';

export interface KillFigures {
  readonly kills: number;
  readonly messages: number;
  readonly seed: number;
  readonly landed: number;
  readonly duplicates: number;
  readonly lost: number;
  readonly rawObjects: number;
  readonly seconds: number;
}

const SOURCE = 'desk';
const BATCH = 200;
const BURST = 100;

/** `messages` are published in portions, one while each of the workers lives; it must hold enough batches to die at. */
export async function killBeforeAck(kills: number, messages: number, seed: number): Promise<KillFigures> {
  const started = Date.now();
  const next = random(seed);
  const portion = Math.floor(messages / (kills + 1));
  const lake = await openLake({ BATCH_MAX_MESSAGES: String(BATCH) });
  const work = mkdtempSync(join(tmpdir(), 'chatlake-killed-'));
  const publisher = await openPublisher(lake.config);
  const ids = Array.from({ length: messages }, (_, i) => `m${i}`);
  let life = 0;
  let published = 0;
  const publish = async (): Promise<void> => {
    while (published < messages) {
      const size = Math.min(
        BURST,
        messages - published,
        portion * (life + 1) - published + (life === kills ? messages : 0),
      );
      if (size > 0) {
        const burst = ids.slice(published, published + size);
        await publisher.publish(burst.map((id) => ({ body: deskBody(id, seed) })));
        published += size;
      }
      await sleep(20 + 60 * next());
    }
  };
  try {
    const mortal = () => {
      const nth = 1 + Math.floor(next() * Math.floor(portion / BATCH));
      return startProcess(lake, { key: '^raw/', nth, when: 'after', signal: 'SIGKILL', consume: true }, work);
    };
    let worker = await mortal();
    await untilSubscribed(lake);
    const publishing = publish();
    for (life = 0; life < kills;) {
      expect(await worker.ended).toBe('SIGKILL');
      life += 1;
      if (life < kills) worker = await mortal();
    }
    await lake.startWorker({ consume: true });
    await publishing;
    const bodies = new Map<Place, string>();
    while (new Set(bodies.values()).size < messages) {
      await readLanded(lake, bodies);
      await sleep(200);
    }
    await stopConsuming(lake);
    const rawObjects = await readLanded(lake, bodies);
    await lake.etl();

    const facts = await checkLake(lake.ports);
    const rows = facts.enriched.map((place) => bodies.get(place));
    expect(rows.sort()).toEqual([...ids].sort());
    expect(facts.documents).toBe(messages);
    expect(facts.counts).toEqual({
      received: bodies.size,
      enriched: messages,
      duplicates: bodies.size - messages,
      quarantined: 0,
    });
    const { received, duplicates, enriched } = facts.counts;
    const seconds = Math.round((Date.now() - started) / 1000);
    return { kills, messages, seed, landed: received, duplicates, lost: messages - enriched, rawObjects, seconds };
  } finally {
    await publisher.close();
    await lake.close();
    rmSync(work, { recursive: true, force: true });
  }
}

/** Adds what is new in raw, each line's id by its place. Returns the number of objects. */
async function readLanded({ ports }: Lake, bodies: Map<Place, string>): Promise<number> {
  let objects = 0;
  for await (const { key } of ports.store.list(rawSourcePrefix(SOURCE))) {
    objects += 1;
    if (bodies.has(`${key}#0`)) continue;
    const lines = gunzipSync((await ports.store.get(key))!)
      .toString('utf8')
      .trimEnd()
      .split('\n')
      .map(decodeRawLine);
    expect(lines.length).toBe(parseRawKey(key)?.count);
    for (const { n, body = '' } of lines)
      bodies.set(`${key}#${n}`, (JSON.parse(body) as { protocol: string }).protocol);
  }
  return objects;
}

async function stopConsuming({ client }: Lake): Promise<void> {
  const consume = client.workflow.getHandle(`consume/${SOURCE}`);
  await consume.signal('stop');
  await consume.result();
}
