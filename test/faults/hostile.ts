/**
 * One sender, one login and one neighbour do what they can to stop a source, while others go on: all that is honest must arrive. Attackers,
 * the honest and the gateway have a process each, so that the figures are the gateway's and the worker's own.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { tableRoot } from '../../src/domain/formats/layout.ts';
import { readLedger } from '../../src/lake/ledger.ts';
import { verifiedVersions } from '../../src/lake/verified.ts';
import { type Lake, openLake, untilSubscribed } from '../support/lake.ts';
import { until } from '../support/until.ts';
import { environmentOf } from './worker-process.ts';

const MB = 1_048_576;

export interface HostileFigures {
  readonly honestSent: number;
  readonly honestEnriched: number;
  readonly honestUpdates: number;
  readonly updatesEnriched: number;
  readonly hostileTaken: number;
  /** What the desk's login was let do that is not its own. */
  readonly allowed: readonly string[];
  readonly received: number;
  readonly slowestAnswerMs: number;
  readonly slowestPublishMs: number;
  readonly gatewayStallMs: number;
  readonly gatewayPeakMb: number;
  readonly workerStallMs: number;
  readonly workerPeakMb: number;
  readonly seconds: number;
}

/** How much of each attack: 1 is all of it. */
export async function attack(scale: number): Promise<HostileFigures> {
  const started = Date.now();
  const lake = await openLake({
    ...{ TELEGRAM_BOT_ID: '1000000007', TELEGRAM_WEBHOOK_SECRET: 'a-secret_of-the-honest' },
    ...{ GATEWAY_PORT: '0', LIVE_INTERVAL_MS: '1000' },
  });
  const delay = monitorEventLoopDelay({ resolution: 20 });
  const watch = {
    peak: 0,
    timer: setInterval(() => (watch.peak = Math.max(watch.peak, process.memoryUsage().rss)), 250),
  };
  const processes: ChildProcess[] = [];
  const start = (file: string, more: Readonly<Record<string, string>> = {}): Teller => {
    const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
      env: { ...environmentOf(lake), ...more },
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    processes.push(child);
    return tellerOf(child, file);
  };
  try {
    const gateway = start('hostile-gateway.mjs');
    const GATEWAY_URL = await gateway.told<string>();
    await lake.startWorker({ consume: true, live: true });
    await untilSubscribed(lake);
    delay.enable();
    const honest = start('hostile-honest.mjs', { GATEWAY_URL });
    await honest.told<'started'>();
    const attackers = start('hostile-attackers.mjs', { GATEWAY_URL, SCALE: String(scale) });
    const { taken, allowed } = await attackers.told<{ taken: number; allowed: string[] }>();
    const { desk, updates, ...slowest } = await honest.end<Honest>();
    const received = await settled(lake, { desk: desk + taken, telegram: updates });
    const { stallMs, peakMb } = await gateway.end<{ stallMs: number; peakMb: number }>();
    return {
      ...{ honestSent: desk, honestEnriched: await rows(lake, 'desk_interactions', "channel = 'presencial'") },
      ...{ honestUpdates: updates, updatesEnriched: await rows(lake, 'telegram_messages', 'true') },
      ...{ hostileTaken: taken, allowed, received, ...slowest, gatewayStallMs: stallMs, gatewayPeakMb: peakMb },
      ...{ workerStallMs: Math.round(delay.max / 1e6), workerPeakMb: Math.round(watch.peak / MB) },
      seconds: Math.round((Date.now() - started) / 1_000),
    };
  } finally {
    clearInterval(watch.timer);
    delay.disable();
    for (const child of processes) child.kill('SIGKILL');
    await lake.close();
  }
}

interface Honest {
  readonly desk: number;
  readonly updates: number;
  readonly slowestAnswerMs: number;
  readonly slowestPublishMs: number;
}

interface Teller {
  /** What it says next. Rejects where it ends without a word. */
  told<T>(): Promise<T>;
  /** Tells it to end; what it says then. */
  end<T>(): Promise<T>;
}

function tellerOf(child: ChildProcess, what: string): Teller {
  const told = <T>(): Promise<T> =>
    new Promise((resolve, reject) => {
      child.once('message', (said) => resolve(said as T));
      // Not at its exit, which may be heard of before its last word.
      child.once('disconnect', () => reject(new Error(`${what} ended without a word`)));
    });
  return {
    told,
    async end<T>() {
      const last = told<T>();
      child.send('end');
      return last;
    },
  };
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
