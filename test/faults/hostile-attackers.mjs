// Everybody who is up to no good, in one process: a sender of the desk's, strangers at the gateway, the desk's login at the broker.
import { connect } from 'node:net';
import { connectPublisher } from '../../dist/adapters/broker/publisher.js';
import { loadConfig } from '../../dist/wiring/config.js';
import { openPublisher } from '../../dist/wiring/ports.js';
import { emptyBacklog } from './hostile-login.mjs';

const MB = 1_048_576;
/** Whoever is shut out comes again. */
const AGAIN_MS = 3_000;
const DATE = '05/08/2021 10:00:00';
const config = loadConfig(process.env);
const scale = Number(process.env.SCALE);

/** Bodies that were seen to stop a source, and their kin. */
function* bodies() {
  const items = Math.ceil(400_000 * scale);
  yield JSON.stringify({ date: DATE, services: Array.from({ length: items }, () => 'informacoes') });
  yield `{"date":"${DATE}","x":1e5,"services":[${'"a",'.repeat(Math.ceil(items / 2))}"b"]}`;
  yield `{"date":"${DATE}","services":[${'"a",'.repeat(200_000)}"b"]}`;
  yield `{"date":"${DATE}","services":{${Array.from({ length: 50_000 }, (_, n) => `"${n}":1`).join(',')}}}`;
  yield JSON.stringify({ date: DATE, sex: 'a\u0301'.repeat(300_000) });
  yield new Uint8Array(Math.ceil(7.9 * MB * Math.max(scale, 0.3))).fill(1);
  yield '['.repeat(400_000);
  yield `{"date":"${DATE}","${'k'.repeat(900_000)}":1,"${'k'.repeat(10)}":2}`;
  yield `{"date":"${DATE}","age":${'9'.repeat(900_000)}}`;
  yield `{"date":"${DATE}",${Array.from({ length: 40_000 }, (_, n) => `"\\u0061${n}":1`).join(',')}}`;
}

/** A message per day, over 26 years. */
function spread() {
  const days = Math.ceil(9_826 * scale);
  return Array.from({ length: days }, (_, n) => {
    const day = new Date(Date.UTC(2000, 0, 2) + n * (Math.floor(9_490 / days) || 1) * 86_400_000).toISOString();
    const date = `${day.slice(8, 10)}/${day.slice(5, 7)}/${day.slice(0, 4)} 10:00:00`;
    return { body: JSON.stringify({ date, channel: 'sms' }) };
  });
}

const ASKS = [
  'GET /live HTTP/1.1\r\nhost: x\r\n\r\n',
  'POST /telegram/1 HTTP/1.1\r\nhost: x\r\n',
  'GET / HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(100),
  `POST /telegram/${config.TELEGRAM_BOT_ID} HTTP/1.1\r\nhost: x\r\ncontent-length: 900000\r\n\r\n{`,
  `GET / HTTP/1.1\r\nx: ${'a'.repeat(100_000)}\r\n\r\n`,
];

/** Connections of many addresses that ask and stay, come again when they are closed, and know no secret. */
function standInTheWay(count) {
  const { port } = new URL(process.env.GATEWAY_URL);
  const open = new Set();
  let goesOn = true;
  const stand = (n) => {
    if (!goesOn) return;
    const from = { port: Number(port), host: '127.0.0.1', localAddress: `127.0.0.${2 + (n % 8)}` };
    const socket = connect(from, () => socket.write(ASKS[n % ASKS.length]));
    open.add(socket);
    socket.on('error', () => undefined).on('close', () => (open.delete(socket), setTimeout(stand, AGAIN_MS, n)));
    socket.resume();
  };
  for (let n = 0; n < count; n += 1) stand(n);
  return () => {
    goesOn = false;
    for (const socket of open) socket.destroy();
  };
}

/** True where a frame above the limit is taken. */
async function takesTooLarge() {
  const large = await connectPublisher({
    urls: [config.STOMP_URL],
    login: config.STOMP_SEND_LOGIN,
    passcode: config.STOMP_SEND_PASSCODE,
    destination: config.STOMP_SEND_DESTINATION,
    connectTimeoutMs: 5_000,
  });
  const taken = await large.publish([{ body: 'x'.repeat(9 * MB) }]).then(
    () => true,
    () => false,
  );
  await large.close();
  return taken;
}

process.once('disconnect', () => process.exit(1));
const end = standInTheWay(Math.ceil(2_000 * scale));
const publisher = await openPublisher(config);
let taken = 0;
for (const body of bodies()) {
  await publisher.publish([{ body }]);
  taken += 1;
}
const days = spread();
await publisher.publish(days);
taken += days.length;
await publisher.close();
const allowed = await emptyBacklog(config);
if (await takesTooLarge()) allowed.push('send a frame above the limit');
end();
process.send({ taken, allowed }, () => process.exit(0));
