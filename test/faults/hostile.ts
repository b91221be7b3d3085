/** One sender, one login and one neighbour do what they can to stop a source, while others go on: all that is honest must arrive. */
import { type Socket, connect } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { connectPublisher } from '../../src/adapters/broker/publisher.ts';
import { tableRoot } from '../../src/domain/formats/layout.ts';
import { startGateway } from '../../src/gateway/start.ts';
import { readLedger } from '../../src/lake/ledger.ts';
import { verifiedVersions } from '../../src/lake/verified.ts';
import { openPublisher } from '../../src/wiring/ports.ts';
import { type Lake, openLake, untilSubscribed } from '../support/lake.ts';
import { until } from '../support/until.ts';

const BOT = '1000000007';
const SECRET = 'a-secret_of-the-honest';
const MB = 1_048_576;
const EVERY_MS = 50;
/** Whoever is shut out comes again. */
const AGAIN_MS = 3_000;

export interface HostileFigures {
  readonly honestSent: number;
  readonly honestEnriched: number;
  readonly honestUpdates: number;
  readonly updatesEnriched: number;
  readonly hostileTaken: number;
  readonly received: number;
  readonly slowestAnswerMs: number;
  readonly longestStallMs: number;
  readonly peakMb: number;
  readonly seconds: number;
}

/** How much of each attack: 1 is all of it. */
export async function attack(scale: number): Promise<HostileFigures> {
  const started = Date.now();
  const lake = await openLake({
    ...{ TELEGRAM_BOT_ID: BOT, TELEGRAM_WEBHOOK_SECRET: SECRET, GATEWAY_PORT: '0', LIVE_INTERVAL_MS: '1000' },
  });
  const gateway = await startGateway(lake.config, pino({ level: 'silent' }));
  const delay = monitorEventLoopDelay({ resolution: 20 });
  const watch = {
    peak: 0,
    timer: setInterval(() => (watch.peak = Math.max(watch.peak, process.memoryUsage().rss)), 250),
  };
  try {
    await lake.startWorker({ consume: true, live: true });
    await untilSubscribed(lake);
    delay.enable();
    const honest = beHonest(lake, gateway.url);
    const strangers = standInTheWay(gateway.url, Math.ceil(2_000 * scale));
    let taken = 0;
    const publisher = await openPublisher(lake.config);
    for (const body of bodies(scale)) {
      await publisher.publish([{ body }]);
      taken += 1;
    }
    const days = spread(scale);
    await publisher.publish(days.map((body) => ({ body })));
    taken += days.length;
    await publisher.close();
    await strangers.over();
    await emptyBacklog(lake);
    const { desk, updates, slowestAnswerMs } = await honest.end();
    const received = await settled(lake, { desk: desk + taken, telegram: updates });
    return {
      ...{ honestSent: desk, honestEnriched: await rows(lake, 'desk_interactions', "channel = 'presencial'") },
      ...{ honestUpdates: updates, updatesEnriched: await rows(lake, 'telegram_messages', 'true') },
      ...{ hostileTaken: taken, received, slowestAnswerMs },
      ...{ longestStallMs: Math.round(delay.max / 1e6), peakMb: Math.round(watch.peak / MB) },
      seconds: Math.round((Date.now() - started) / 1_000),
    };
  } finally {
    clearInterval(watch.timer);
    delay.disable();
    await gateway.stop();
    await lake.close();
  }
}

/** An interaction and an update again and again, until told to end; each update must be answered 200. */
function beHonest(lake: Lake, gateway: string) {
  const goes = { on: true };
  const count = { desk: 0, updates: 0, slowestAnswerMs: 0 };
  const desk = async (): Promise<void> => {
    const publisher = await openPublisher(lake.config);
    for (; goes.on; count.desk += 1) {
      const body = { name: `n${count.desk}`, age: '40', channel: 'presencial', date: '05/08/2021 10:00:00' };
      await publisher.publish([{ body: JSON.stringify(body) }]);
      await sleep(EVERY_MS);
    }
    await publisher.close();
  };
  const telegram = async (): Promise<void> => {
    const headers = { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': SECRET };
    for (; goes.on; count.updates += 1) {
      const at = {
        message_id: count.updates + 1,
        date: 1_795_000_000,
        chat: { id: -1_001_500_000_001, type: 'supergroup' },
      };
      const body = JSON.stringify({ update_id: count.updates, message: { ...at, text: 'oi' } });
      const asked = performance.now();
      const { status } = await fetch(`${gateway}/telegram/${BOT}`, { method: 'POST', headers, body });
      if (status !== 200) throw new Error(`an honest update was answered ${status}`);
      count.slowestAnswerMs = Math.max(count.slowestAnswerMs, Math.round(performance.now() - asked));
      await sleep(EVERY_MS);
    }
  };
  const both = Promise.all([desk(), telegram()]);
  return {
    async end() {
      goes.on = false;
      await both;
      return count;
    },
  };
}

/** Bodies that were seen to stop a source. */
function* bodies(scale: number): Generator<string | Uint8Array> {
  const items = Math.ceil(400_000 * scale);
  const date = '05/08/2021 10:00:00';
  yield JSON.stringify({ date, services: Array.from({ length: items }, () => 'informacoes') });
  yield `{"date":"${date}","x":1e5,"services":[${'"a",'.repeat(Math.ceil(items / 2))}"b"]}`;
  yield `{"date":"${date}","services":[${'"a",'.repeat(200_000)}"b"]}`;
  yield `{"date":"${date}","services":{${Array.from({ length: 50_000 }, (_, n) => `"${n}":1`).join(',')}}}`;
  yield JSON.stringify({ date, sex: 'a\u0301'.repeat(300_000) });
  yield new Uint8Array(Math.ceil(7.9 * MB * Math.max(scale, 0.3))).fill(1);
  yield '['.repeat(400_000);
  yield `{"date":"${date}","${'k'.repeat(900_000)}":1,"${'k'.repeat(10)}":2}`;
}

/** A message per day, over 26 years. */
function spread(scale: number): readonly string[] {
  const days = Math.ceil(9_826 * scale);
  return Array.from({ length: days }, (_, n) => {
    const day = new Date(Date.UTC(2000, 0, 2) + n * (Math.floor(9_490 / days) || 1) * 86_400_000).toISOString();
    return JSON.stringify({
      date: `${day.slice(8, 10)}/${day.slice(5, 7)}/${day.slice(0, 4)} 10:00:00`,
      channel: 'sms',
    });
  });
}

/** Connections that ask and stay, come again when they are closed, and know no secret. */
function standInTheWay(gateway: string, count: number) {
  const { hostname, port } = new URL(gateway);
  const goes = { on: true };
  const open = new Set<Socket>();
  const stand = (): void => {
    if (!goes.on) return;
    const socket = connect(Number(port), hostname, () => socket.write('GET /live HTTP/1.1\r\nhost: x\r\n\r\n'));
    open.add(socket);
    socket.on('error', () => undefined).on('close', () => (open.delete(socket), setTimeout(stand, AGAIN_MS)));
    socket.resume();
  };
  for (let n = 0; n < count; n += 1) stand();
  return {
    async over() {
      goes.on = false;
      for (const socket of open) socket.destroy();
      await until(() => open.size === 0);
    },
  };
}

/** The desk's login as the worker's: each ask must be refused, and none changes what waits. A frame above the limit is not taken. */
async function emptyBacklog({ config }: Lake): Promise<void> {
  const { hostname, port } = new URL(config.STOMP_URL);
  const { STOMP_SEND_LOGIN: login = '', STOMP_SEND_PASSCODE: passcode = '' } = config;
  const asks = [
    'UNSUBSCRIBE\nid:chatlake\nactivemq.subscriptionName:chatlake-desk\nreceipt:r\n\n\0',
    `SUBSCRIBE\nid:1\ndestination:${config.STOMP_DESTINATION}\nack:auto\nreceipt:r\n\n\0`,
    'SUBSCRIBE\nid:1\ndestination:/queue/>\nack:auto\nreceipt:r\n\n\0',
    `SEND\ndestination:${config.STOMP_DESTINATION}\nreceipt:r\n\nx\0`,
  ];
  for (const ask of asks) {
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      const hello = `CONNECT\naccept-version:1.2\nhost:x\nclient-id:chatlake-desk\nlogin:${login}\npasscode:${passcode}\n\n\0`;
      const socket = connect(Number(port), hostname, () => socket.write(hello + ask));
      socket.on('data', (data) => {
        text += data.toString();
        if (/ERROR|RECEIPT/.test(text)) socket.destroy();
      });
      socket.on('error', () => undefined).on('close', () => resolve(text));
    });
    if (!answer.includes('ERROR')) throw new Error(`the desk's login was let do ${ask.slice(0, 20)}: ${answer}`);
  }
  const large = await connectPublisher({
    ...{
      urls: [config.STOMP_URL],
      login,
      passcode,
      destination: config.STOMP_SEND_DESTINATION,
      connectTimeoutMs: 5_000,
    },
  });
  const refused = await large.publish([{ body: 'x'.repeat(9 * MB) }]).then(
    () => false,
    () => true,
  );
  await large.close();
  if (!refused) throw new Error('a frame above the limit was taken');
}

/** Resolves when all of it is published and proved; answers how many the desk's ledger received. */
async function settled({ ports }: Lake, sent: Readonly<Record<string, number>>): Promise<number> {
  const received = new Map<string, number>();
  for (const [source, messages] of Object.entries(sent))
    await until(async () => {
      const { entries } = await readLedger(ports, source);
      received.set(
        source,
        [...entries].reduce((sum, { counts }) => sum + counts.received, 0),
      );
      return received.get(source)! >= messages && (await verifiedVersions(ports, source)).size === entries.length;
    });
  return received.get('desk') ?? 0;
}

/** Live rows of a table. */
async function rows({ ports }: Lake, table: string, where: string): Promise<number> {
  const { files } = await ports.logs(tableRoot(table)).refresh();
  return ports.cache.withScratch(async (scratch) => {
    const paths: string[] = [];
    for (const path of files.keys())
      paths.push(await ports.cache.fetch(`${tableRoot(table)}${path}`, scratch, 'a file of a table'));
    const [row] = await ports.reader.query(paths, `SELECT count(*)::INTEGER AS n FROM rows WHERE ${where}`, scratch);
    return Number(row?.['n']);
  });
}
