// An interaction and an update again and again, until told to end; each update must be answered 200.
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../../dist/wiring/config.js';
import { openPublisher } from '../../dist/wiring/ports.js';

const EVERY_MS = 50;
const config = loadConfig(process.env);
const url = `${process.env.GATEWAY_URL}/telegram/${config.TELEGRAM_BOT_ID}`;
const count = { desk: 0, updates: 0, slowestAnswerMs: 0, slowestPublishMs: 0 };
let goesOn = true;

async function desk() {
  const publisher = await openPublisher(config);
  for (; goesOn; count.desk += 1) {
    const body = { name: `n${count.desk}`, age: '40', channel: 'presencial', date: '05/08/2021 10:00:00' };
    const asked = performance.now();
    await publisher.publish([{ body: JSON.stringify(body) }]);
    count.slowestPublishMs = Math.max(count.slowestPublishMs, Math.round(performance.now() - asked));
    await sleep(EVERY_MS);
  }
  await publisher.close();
}

async function telegram() {
  const headers = {
    'content-type': 'application/json',
    'x-telegram-bot-api-secret-token': config.TELEGRAM_WEBHOOK_SECRET,
  };
  for (; goesOn; count.updates += 1) {
    const chat = { id: -1_001_500_000_001, type: 'supergroup' };
    const message = { message_id: count.updates + 1, date: 1_795_000_000, chat, text: 'oi' };
    // Every other one comes on a connection of its own: whoever is new must get in, too.
    const connection = count.updates % 2 === 0 ? { connection: 'close' } : {};
    const asked = performance.now();
    const body = JSON.stringify({ update_id: count.updates, message });
    const { status } = await fetch(url, { method: 'POST', headers: { ...headers, ...connection }, body });
    if (status !== 200) throw new Error(`an honest update was answered ${status}`);
    count.slowestAnswerMs = Math.max(count.slowestAnswerMs, Math.round(performance.now() - asked));
    await sleep(EVERY_MS);
  }
}

process.once('message', () => (goesOn = false));
process.once('disconnect', () => process.exit(1));
process.send('started');
await Promise.all([desk(), telegram()]);
process.send(count, () => process.exit(0));
