/** Gateways are killed just before and just after a raw write, again and again, while Telegram sends: what was answered 200 is in the table once. */
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { createPortBook } from '../../src/local/parts/ports.ts';
import { bytesOf, rawObjects } from '../gateway/scene.ts';
import { checkLake } from '../support/check-lake.ts';
import { random } from '../support/desk-lines.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { updateBody } from '../support/telegram-updates.ts';
import { startFile } from './worker-process.ts';

export interface GatewayKillFigures {
  readonly kills: number;
  readonly updates: number;
  readonly seed: number;
  readonly answered: number;
  /** Requests that were not answered 200, and sent again. */
  readonly repeated: number;
  readonly lines: number;
  readonly duplicates: number;
  readonly lost: number;
  /** Rows of the table, and documents: one for every update that was answered. */
  readonly rows: number;
  readonly documents: number;
  readonly seconds: number;
}

export interface Sent {
  /** By update id: the bytes of every update that was answered 200. */
  readonly answered: ReadonlyMap<number, string>;
  readonly repeated: number;
}

const BOT = '123456789';
const SECRET = 'secret-of-the-fault-test';
/** As many connections as Telegram opens unless told otherwise. */
const CONNECTIONS = 40;
const BATCH = 20;
const PAUSE_MS = 50;

/** A lake whose configuration is also a gateway's, on a port of its own. */
export const openGatewayLake = async (): Promise<Lake> =>
  openLake({
    TELEGRAM_BOT_ID: BOT,
    TELEGRAM_WEBHOOK_SECRET: SECRET,
    GATEWAY_PORT: String(await createPortBook(false).free()),
    GATEWAY_BATCH_MAX_MESSAGES: String(BATCH),
  });

/** Everything, from an empty lake to the figures; fails unless each update answered 200 is in raw, byte for byte, and once in the table. */
export async function gatewayKill(kills: number, updates: number, seed: number): Promise<GatewayKillFigures> {
  const started = Date.now();
  const lake = await openGatewayLake();
  try {
    const { answered, repeated } = await sendThroughKills(lake, kills, updates, seed);
    const landed = (await rawObjects(lake.ports.store)).flatMap(({ lines }) =>
      lines.map((line) => bytesOf(line).toString('utf8')),
    );
    const there = new Set(landed);
    const lost = [...answered.values()].filter((body) => !there.has(body)).length;
    expect([...there].filter((body) => answered.get(idOf(body)) !== body)).toEqual([]);
    const duplicates = landed.length - there.size;
    await lake.startWorker();
    await lake.etl({ source: 'telegram' });
    const facts = await checkLake(lake.ports, lake.ports.contracts.get('telegram'));
    expect(facts.counts).toMatchObject({ received: landed.length, duplicates, quarantined: 0 });
    return {
      kills,
      updates,
      seed,
      answered: answered.size,
      repeated,
      lines: landed.length,
      duplicates,
      lost,
      rows: facts.counts.enriched,
      documents: facts.documents,
      seconds: Math.round((Date.now() - started) / 1000),
    };
  } finally {
    await lake.close();
  }
}

const idOf = (body: string): number => (JSON.parse(body) as { update_id: number }).update_id;

/**
 * Sends `updates` to a gateway of the lake that dies `kills` times, each time at a put of a raw object: before it by turns, and after
 * it. Sends again whatever is not answered 200, as Telegram does, until all are. The last gateway is gone when this resolves.
 */
export async function sendThroughKills(lake: Lake, kills: number, updates: number, seed: number): Promise<Sent> {
  const next = random(seed);
  const work = mkdtempSync(join(tmpdir(), 'chatlake-gateway-killed-'));
  const portion = Math.floor(updates / (kills + 1));
  const start = (life: number) => {
    // A put holds at most BATCH updates, so every life has that many puts. The last one's never comes.
    const nth = life === kills ? 0 : 1 + Math.floor(next() * Math.floor(portion / BATCH));
    const when = life % 2 === 0 ? 'after' : 'before';
    return startFile('gateway-process.mjs', lake, { key: '^raw/', nth, when, signal: 'SIGKILL' }, work);
  };
  let life = 0;
  const sending = send(lake, updates, () => (life === kills ? updates : portion * (life + 1)));
  try {
    for (; life < kills; life += 1) {
      const gateway = await start(life);
      expect(await gateway.ended).toBe('SIGKILL');
    }
    const last = await start(life);
    const sent = await sending;
    await last.kill();
    return sent;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Telegram's side: each connection sends its next update only when the last one was answered 200. `allowed` is how many may be sent by now. */
async function send({ config }: Lake, updates: number, allowed: () => number): Promise<Sent> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const date = Math.floor(Date.now() / 1000);
  const answered = new Map<number, string>();
  let repeated = 0;
  let taken = 0;
  const lane = async (): Promise<void> => {
    while (taken < updates) {
      if (taken >= allowed()) {
        await sleep(PAUSE_MS);
        continue;
      }
      const updateId = ++taken;
      const body = updateBody({ updateId, date });
      while ((await post(agent, config.GATEWAY_PORT, body)) !== 200) {
        repeated += 1;
        await sleep(PAUSE_MS);
      }
      answered.set(updateId, body);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, lane));
  agent.destroy();
  return { answered, repeated };
}

/** The status, or undefined when there was no answer. */
const post = (agent: Agent, port: number, body: string): Promise<number | undefined> =>
  new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': SECRET };
    const sent = request({ agent, port, host: '127.0.0.1', method: 'POST', path: `/telegram/${BOT}`, headers });
    sent.on('response', (response) =>
      response.resume().on('close', () => resolve(response.complete ? response.statusCode : undefined)),
    );
    sent.on('error', () => resolve(undefined));
    sent.end(body);
  });
