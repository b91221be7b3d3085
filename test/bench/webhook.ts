/**
 * `npm run bench -- webhook [--updates n] [--single n] [--rounds n] [--connections n]`: updates accepted per second by the gateway,
 * by a handler that puts every update by itself, and by one that stores nothing. Server, client and store are processes of their own.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseRawKey, rawSourcePrefix } from '../../src/domain/formats/layout.ts';
import { type Environment, loadConfig } from '../../src/wiring/config.ts';
import { openStore } from '../../src/wiring/store.ts';
import { openWorkbench, ownS3 } from '../support/one-part.ts';
import { BOT, SECRET, type SendPlan, type SentResult, type ServePlan, type Served, type Way } from './webhook-child.ts';
import { median } from '../support/measured.ts';

/** The gateway against the others, in updates per second. */
const AIMS = { single: 20, nothing: 0.7 };
const WAYS = ['gateway', 'nothing', 'single'] as const;

interface Sizes {
  readonly updates: number;
  /** Updates of one run of the way that puts them one by one; it is slow. */
  readonly single: number;
  readonly rounds: number;
  readonly connections: number;
}

interface Run extends Served, SentResult {
  readonly updates: number;
  readonly perS: number;
}

/** Entry. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      updates: { type: 'string', default: '50000' },
      single: { type: 'string', default: '5000' },
      rounds: { type: 'string', default: '3' },
      connections: { type: 'string', default: '500' },
    },
  });
  const sizes: Sizes = {
    updates: Number(values.updates),
    single: Math.min(Number(values.single), Number(values.updates)),
    rounds: Number(values.rounds),
    connections: Number(values.connections),
  };
  const dir = mkdtempSync(join(tmpdir(), 'bench-webhook-'));
  const workbench = await openWorkbench(dir, process.env, console.log);
  const { children } = workbench;
  try {
    const s3 = await ownS3(workbench);
    const { endpoint, region, bucket, accessKeyId, secretAccessKey } = s3.entry;
    const environment = {
      S3_ENDPOINT: endpoint,
      S3_REGION: region,
      S3_BUCKET: bucket,
      S3_ACCESS_KEY_ID: accessKeyId,
      S3_SECRET_ACCESS_KEY: secretAccessKey,
      TELEGRAM_BOT_ID: BOT,
      TELEGRAM_WEBHOOK_SECRET: SECRET,
      GATEWAY_PORT: '0',
    };
    const store = `${s3.choice.chosen} ${s3.choice.version}`;
    console.log(`store: ${store}, ${s3.choice.origin}`);
    report(sizes, store, await rounds(sizes, environment));
  } finally {
    await children.stopAll();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Alternates the ways, so that a noisy minute meets all; then counts what is in raw. */
async function rounds(sizes: Sizes, environment: Environment): Promise<Record<Way, Run[]>> {
  const runs: Record<Way, Run[]> = { gateway: [], single: [], nothing: [] };
  let accepted = 0;
  for (let round = 0; round < sizes.rounds; round += 1) {
    for (const way of round % 2 === 0 ? WAYS : WAYS.toReversed()) {
      const updates = way === 'single' ? sizes.single : sizes.updates;
      const warmUp = Math.ceil(updates / 10);
      const plan = { kind: 'send', updates, warmUp, connections: sizes.connections } as const;
      const result = await run({ kind: 'serve', way, environment }, plan);
      runs[way].push(result);
      if (way !== 'nothing') accepted += updates + warmUp;
      console.log(
        `round ${round + 1} ${way}: ${result.perS.toFixed(0)}/s, server ${result.cpuS.toFixed(1)} CPU s, load ${loadavg()[0]?.toFixed(1)}`,
      );
    }
  }
  let stored = 0;
  for await (const { key } of openStore(loadConfig(environment)).list(rawSourcePrefix('telegram')))
    stored += parseRawKey(key)?.count ?? 0;
  if (stored !== accepted) throw new Error(`${accepted} updates were answered 200 and ${stored} are in raw`);
  return runs;
}

async function run(serve: ServePlan, send: Omit<SendPlan, 'url'>): Promise<Run> {
  const server = child(serve);
  const url = await server.said<string>();
  const client = child({ ...send, url });
  const sent = await client.said<SentResult>();
  server.process.send('stop');
  const served = await server.said<Served>();
  return { ...sent, ...served, updates: send.updates, perS: send.updates / sent.wallS };
}

/** A process with a plan; `said` is its next word, and rejects when it ends without one. */
function child(plan: ServePlan | SendPlan) {
  const running = fork(new URL('./webhook-child.js', import.meta.url));
  running.send(plan);
  const said = async <T>(): Promise<T> => {
    const ended = once(running, 'exit').then(() => Promise.reject(new Error(`the ${plan.kind} process failed`)));
    const [word] = (await Promise.race([once(running, 'message'), ended])) as [T];
    // Its orderly end comes after its last word.
    ended.catch(() => undefined);
    return word;
  };
  return { process: running, said };
}

const round = (n: number): number => Math.round(n * 100) / 100;

function report(sizes: Sizes, store: string, runs: Record<Way, readonly Run[]>): void {
  const of = (way: Way, value: (run: Run) => number): number => round(median(runs[way].map(value)));
  const row = (way: Way) => ({
    updates: runs[way][0]?.updates ?? 0,
    perS: Math.round(of(way, (r) => r.perS)),
    p50Ms: of(way, (r) => r.p50Ms),
    p99Ms: of(way, (r) => r.p99Ms),
    refused: of(way, (r) => r.refused),
    cpuS: of(way, (r) => r.cpuS),
    peakRssMb: Math.round(Math.max(...runs[way].map((r) => r.rssMb))),
  });
  const table = {
    gateway: row('gateway'),
    'one PUT per update': row('single'),
    'nothing stored': row('nothing'),
  };
  console.table(table);
  const ratio = (way: Way): number => round(of('gateway', (r) => r.perS) / of(way, (r) => r.perS));
  const ratios = { single: ratio('single'), nothing: ratio('nothing') };
  console.log(
    `the gateway against one PUT per update: ${ratios.single} times (aim: at least ${AIMS.single}); against storing nothing: ${ratios.nothing} (aim: at least ${AIMS.nothing})`,
  );
  const machine = { cores: availableParallelism(), node: process.version, load: loadavg() };
  console.log(JSON.stringify({ bench: 'webhook', ...sizes, store, table, ratios, aims: AIMS, machine }));
}
