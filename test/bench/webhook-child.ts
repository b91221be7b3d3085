/** The processes of `npm run bench -- webhook`: one serves in one of the three ways, the other sends. They speak with the benchmark over IPC. */
import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { fastify } from 'fastify';
import { pino } from 'pino';
import { writeRaw } from '../../src/lake/raw.ts';
import { startGateway } from '../../src/gateway/start.ts';
import { type Environment, loadConfig } from '../../src/wiring/config.ts';
import { openStore } from '../../src/wiring/store.ts';
import { updateBody } from '../support/telegram-updates.ts';
import { SILENT_ANNOUNCER } from '../support/silent-announcer.ts';

/** gateway: as it ships. single: one conditional PUT per update. nothing: 200 at once, nothing is stored. */
export type Way = 'gateway' | 'single' | 'nothing';

export interface ServePlan {
  readonly kind: 'serve';
  readonly way: Way;
  readonly environment: Environment;
}

export interface SendPlan {
  readonly kind: 'send';
  readonly url: string;
  readonly updates: number;
  readonly warmUp: number;
  readonly connections: number;
}

export interface Served {
  readonly cpuS: number;
  readonly rssMb: number;
}

export interface SentResult {
  readonly wallS: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers other than 200; the update is sent again. */
  readonly refused: number;
}

export const BOT = '123456789';
export const SECRET = 'secret-of-the-benchmark';

async function serve({ way, environment }: ServePlan): Promise<void> {
  const config = loadConfig(environment);
  let url: string;
  if (way === 'gateway') {
    ({ url } = await startGateway(config, pino({ level: 'silent' }), { announcer: SILENT_ANNOUNCER }));
  } else {
    const store = openStore(config);
    const app = fastify();
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_, body, done) => done(null, body));
    app.post('/telegram/:bot', async ({ body }, reply) => {
      const message = {
        id: '',
        receivedAt: Date.now(),
        headers: { origin: 'webhook', bot: BOT },
        body: body as Buffer,
      };
      if (way === 'single') await writeRaw(store, 'telegram', message.receivedAt, [message]);
      return reply.code(200).send();
    });
    url = await app.listen({ host: '127.0.0.1', port: 0 });
  }
  const before = process.cpuUsage();
  process.send?.(url);
  await once(process, 'message');
  const { user, system } = process.cpuUsage(before);
  const served: Served = { cpuS: (user + system) / 1e6, rssMb: process.resourceUsage().maxRSS / 1024 };
  process.send?.(served, () => process.exit());
}

async function send(plan: SendPlan): Promise<void> {
  await sendAll(plan, plan.warmUp);
  const { times, refused, wallS } = await sendAll(plan, plan.updates);
  const sorted = times.sort();
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
  const result: SentResult = { wallS, p50Ms: at(0.5), p99Ms: at(0.99), refused };
  process.send?.(result, () => process.exit());
}

/** Over bare sockets: an HTTP client would need more processor time than the server that is measured. */
async function sendAll({ url, connections }: SendPlan, updates: number) {
  const { hostname, port } = new URL(url);
  const requests = Array.from({ length: updates }, (_, i) => requestOf(i + 1));
  const sockets = await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect(Number(port), hostname).setNoDelay(true);
      await once(socket, 'connect');
      return socket;
    }),
  );
  const times = new Float64Array(updates);
  let taken = 0;
  let refused = 0;
  const lane = async (socket: Socket): Promise<void> => {
    while (taken < updates) {
      const mine = taken;
      taken += 1;
      const started = performance.now();
      while ((await ask(socket, requests[mine]!)) !== 200) refused += 1;
      times[mine] = performance.now() - started;
    }
    socket.destroy();
  };
  const started = performance.now();
  await Promise.all(sockets.map(lane));
  return { times, refused, wallS: (performance.now() - started) / 1000 };
}

function requestOf(updateId: number): Buffer {
  const body = updateBody({ updateId, date: 1_762_000_000 });
  const head = [
    `POST /telegram/${BOT} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Content-Type: application/json',
    `X-Telegram-Bot-Api-Secret-Token: ${SECRET}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** One request, one answer; rejects when the connection ends. */
function ask(socket: Socket, request: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const onClose = (): void => reject(new Error(`the server closed a connection: ${answer.slice(0, 80)}`));
    const onData = (chunk: Buffer): void => {
      answer += chunk.toString('latin1');
      const end = answer.indexOf('\r\n\r\n');
      if (end < 0 || answer.length < end + 4 + Number(/content-length: (\d+)/i.exec(answer)?.[1] ?? 0)) return;
      socket.off('data', onData).off('close', onClose);
      resolve(Number(answer.slice(9, 12)));
    };
    socket.on('data', onData).on('close', onClose);
    socket.write(request);
  });
}

if (process.send !== undefined) {
  const [plan] = (await once(process, 'message')) as [ServePlan | SendPlan];
  await (plan.kind === 'serve' ? serve(plan) : send(plan));
}
