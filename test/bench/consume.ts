/**
 * `npm run bench -- consume [--messages n] [--rounds n]`: persistent messages from the broker to durable raw, over TCP and over WebSocket,
 * beside a reader of the bare socket that acknowledges like it and stores nothing. Broker and store are real, on the same machine.
 */
import { type Socket, connect } from 'node:net';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createConsumeBatch } from '../../src/activities/intake/consume-batch.ts';
import { createStompBroker } from '../../src/adapters/broker/stomp.ts';
import { NO_TRACER } from '../../src/observe/trace/tracer.ts';
import { invariant } from '../../src/domain/errors.ts';
import { parseRawKey, rawSourcePrefix } from '../../src/domain/formats/layout.ts';
import { deskSubscription, openPublisher } from '../../src/wiring/ports.ts';
import { openStore } from '../../src/wiring/store.ts';
import { deskBody } from '../support/desk-raw.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { stack } from '../support/stack.ts';
import { SILENT_ANNOUNCER } from '../support/silent-announcer.ts';
import { type Turn, measured, median } from '../support/measured.ts';
import { withParts } from '../support/with-parts.ts';

const AIM = 0.85;
const WAYS = ['tcp', 'ws', 'socket'] as const;
type Way = (typeof WAYS)[number];
const SEND_AT_ONCE = 2_000;
const ACKNOWLEDGE_EVERY = 1_000;
/** Longer than any round takes. */
const SLICE_MS = 600_000;

/** Entry. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { messages: { type: 'string', default: '100000' }, rounds: { type: 'string', default: '3' } },
  });
  const messages = Number(values.messages);
  await withParts('consume', async () => {
    const turns: Record<Way, Turn[]> = { tcp: [], ws: [], socket: [] };
    for (let round = 0; round < Number(values.rounds); round += 1)
      for (const way of round % 2 === 0 ? WAYS : WAYS.toReversed()) turns[way].push(await measure(way, messages));
    report(turns, messages);
  });
}

/** One way, on a queue and in a bucket of its own; the messages are there before it begins. */
async function measure(way: Way, messages: number): Promise<Turn> {
  const { url, webSocketUrl } = stack().stomp;
  const lake = await openLake(way === 'ws' ? { STOMP_URL: webSocketUrl } : {});
  try {
    await publish(lake, messages);
    const turn = await measured(() => (way === 'socket' ? readSocket(lake, url, messages) : consume(lake, messages)));
    if (way !== 'socket') {
      let landed = 0;
      for await (const { key } of lake.ports.store.list(rawSourcePrefix('desk')))
        landed += parseRawKey(key)?.count ?? 0;
      invariant(landed === messages, `${landed} messages landed, not ${messages}`);
    }
    return turn;
  } finally {
    await lake.close();
  }
}

async function publish({ config }: Lake, messages: number): Promise<void> {
  // The topic feeds a queue that is known.
  await (await createStompBroker().subscribe(deskSubscription(config).options)).close();
  const publisher = await openPublisher(config);
  for (let sent = 0; sent < messages; sent += SEND_AT_ONCE)
    await publisher.publish(
      Array.from({ length: Math.min(SEND_AT_ONCE, messages - sent) }, (_, i) => ({
        body: deskBody(`consume-${sent + i}`, 1),
      })),
    );
  await publisher.close();
}

/** The product's own way, until everything is acknowledged. */
async function consume({ config }: Lake, messages: number): Promise<void> {
  const all = new AbortController();
  let landed = 0;
  const ports = {
    broker: createStompBroker(),
    store: openStore(config),
    subscriptions: [deskSubscription(config)],
    announcer: SILENT_ANNOUNCER,
    tracer: NO_TRACER,
    log: {
      info: (_event: string, facts: object) => {
        if ('count' in facts) landed += Number(facts.count);
        if (landed >= messages) all.abort();
      },
      warn: (event: string, facts: object) => console.error(event, facts),
    },
    now: Date.now,
  };
  const { consumeBatch, closeConnections } = createConsumeBatch(ports, all.signal);
  await new MockActivityEnvironment().run(consumeBatch, { subscription: 'desk', sliceMs: SLICE_MS });
  await closeConnections();
}

/** Reads frames as they come and acknowledges every thousandth, cumulatively, as the product does. */
async function readSocket({ config }: Lake, url: string, messages: number): Promise<void> {
  const { options } = deskSubscription(config);
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const send = (command: string, headers: Readonly<Record<string, string>>): void => {
    const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
    socket.write(`${command}\n${lines.join('')}\n\0`);
  };
  send('CONNECT', {
    'accept-version': '1.2',
    host: hostname,
    login: options.login,
    passcode: options.passcode,
    'heart-beat': '0,0',
  });
  send('SUBSCRIBE', {
    id: '0',
    destination: options.destination,
    ack: 'client',
    'activemq.prefetchSize': String(options.prefetch),
  });
  let seen = 0;
  for await (const headers of framesOf(socket)) {
    invariant(!headers.startsWith('ERROR'), headers);
    // The broker has taken every acknowledgement in.
    if (headers.startsWith('RECEIPT')) break;
    if (!headers.startsWith('MESSAGE')) continue;
    seen += 1;
    if (seen % ACKNOWLEDGE_EVERY !== 0 && seen < messages) continue;
    const [, id = ''] = /\nack:([^\n]*)/.exec(headers) ?? [];
    send('ACK', seen < messages ? { id } : { id, receipt: 'all' });
  }
  socket.destroy();
}

/** The head of each STOMP 1.2 frame; bodies are passed over by their content-length, or up to the next NUL. */
async function* framesOf(socket: Socket): AsyncGenerator<string> {
  let buffer: Buffer = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk]);
    for (let at = 0; ;) {
      while (buffer[at] === 10 || buffer[at] === 13) at += 1;
      const end = buffer.indexOf('\n\n', at);
      const head = end < 0 ? '' : buffer.toString('latin1', at, end);
      const [, length] = /\ncontent-length:(\d+)/.exec(head) ?? [];
      const body = end + 2;
      const nul = length === undefined ? buffer.indexOf(0, body) : body + Number(length);
      if (end < 0 || nul < 0 || nul >= buffer.length) {
        buffer = buffer.subarray(at);
        break;
      }
      yield head;
      at = nul + 1;
    }
  }
}

function report(turns: Readonly<Record<Way, readonly Turn[]>>, messages: number): void {
  const names = { tcp: 'chatlake, TCP', ws: 'chatlake, WebSocket', socket: 'bare socket, stores nothing' };
  console.log(`\n| ${messages} messages | wall | CPU of the client | messages/s | ÷ bare socket |`);
  console.log('| --- | ---: | ---: | ---: | ---: |');
  const ratios: Partial<Record<Way, number>> = {};
  for (const way of WAYS) {
    const wallMs = median(turns[way].map((turn) => turn.wallMs));
    const cpuMs = median(turns[way].map((turn) => turn.cpuMs));
    const ratio = median(turns[way].map((turn, round) => (turns.socket[round]?.wallMs ?? NaN) / turn.wallMs));
    ratios[way] = ratio;
    console.log(
      `| ${names[way]} | ${(wallMs / 1_000).toFixed(1)} s | ${(cpuMs / 1_000).toFixed(1)} s | ${Math.round((1_000 * messages) / wallMs)} | ${ratio.toFixed(2)} |`,
    );
  }
  const met = (ratios.tcp ?? 0) >= AIM && (ratios.ws ?? 0) >= AIM;
  console.log(`aim ≥ ${AIM}: ${met ? 'met' : 'missed'}`);
  const machine = { cores: availableParallelism(), node: process.version };
  console.log(JSON.stringify({ bench: 'consume', machine, messages, ratios, turns }));
}
