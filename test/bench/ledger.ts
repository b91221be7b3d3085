/**
 * `npm run bench -- ledger [--entries 100,1000,…] [--rounds n] [--seals-per-hour n] [--directory] [--beside folder]`: what `publish`, `etl {}`
 * with nothing to do and a cold start cost when a lake has that many ledger entries. One lake grows; at each size the upkeep runs once, then a process of
 * its own measures; with `--beside`, up to 1,000 entries, also that of another build (its folder holds a compiled dist-test).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createEtlActivities } from '../../src/activities/index.ts';
import type { Ports } from '../../src/activities/ports.ts';
import { mustGet } from '../../src/adapters/object-store/put.ts';
import { DESK } from '../../src/domain/sources/desk/contract.ts';
import { REPORTS } from '../../src/domain/kpi/index.ts';
import { ledgerRoot } from '../../src/domain/formats/layout.ts';
import { readLedger } from '../../src/lake/ledger.ts';
import { partsTable, startParts } from '../../src/local/parts/index.ts';
import type { Environment } from '../../src/wiring/config.ts';
import { stackEnvironment } from '../../src/wiring/stack-file.ts';
import { runWindow } from '../integration/run-window.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { type Growth, type LakeHead, growLake } from './ledger-lake.ts';
import { type MeasurePlan, type Measured, type Time, withPorts } from './ledger-measure.ts';
import { median as middle } from '../support/measured.ts';
import { inOwnProcess } from '../support/own-process.ts';

/** Milliseconds, at any size. */
const AIMS = { publishMs: 300, etlMs: 1_000, coldStartMs: 10_000 };

interface Options {
  readonly entries: readonly number[];
  readonly rounds: number;
  readonly sealsPerHour: number;
  readonly beside?: string;
}

/** Entry. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      entries: { type: 'string', default: '100,1000,10000,100000' },
      rounds: { type: 'string', default: '5' },
      'seals-per-hour': { type: 'string', default: '16' },
      directory: { type: 'boolean', default: false },
      beside: { type: 'string' },
    },
  });
  const options: Options = {
    entries: values.entries.split(',').map(Number),
    rounds: Number(values.rounds),
    sealsPerHour: Number(values['seals-per-hour']),
    ...(values.beside === undefined ? {} : { beside: values.beside }),
  };
  const dir = mkdtempSync(join(tmpdir(), 'bench-ledger-'));
  const started = await startParts({ dir, env: process.env, log: console.log, preferredPorts: false });
  try {
    console.log(partsTable(started.choices));
    const environment = {
      ...stackEnvironment(started.stack),
      ...(values.directory ? directory(dir) : {}),
      PSEUDONYM_KEY: 'c4'.repeat(32),
      TELEGRAM_BOT_TOKEN: '',
      TELEGRAM_WEBHOOK_SECRET: '',
    };
    const parts = started.choices.map(({ chosen, version }) => `${chosen} ${version}`).join(', ');
    report(options, values.directory ? `local directory; ${parts}` : parts, await sizes(environment, options));
  } finally {
    await started.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** For sizes that a server takes too long to be given. Each of its listings reads the names of a whole folder. */
const directory = (dir: string): Environment => ({
  S3_ENDPOINT: pathToFileURL(join(dir, 'store')).href,
  S3_BUCKET: 'bench',
});

/** Keeps an object; in a directory without waiting for the disk. */
function keeper({ store }: Ports, { S3_ENDPOINT = '', S3_BUCKET = '' }: Environment): Growth['keep'] {
  if (!S3_ENDPOINT.startsWith('file:')) return (key, body) => store.put(key, body, { ifAbsent: true });
  const root = join(fileURLToPath(S3_ENDPOINT), S3_BUCKET);
  return async (key, body) => {
    const path = join(root, key);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, body);
  };
}

/** Another build may read every entry again and again: more of them take too long. */
const BESIDE_ENTRIES = 1_000;

type Result = Measured & {
  readonly entries: number;
  readonly build: 'this' | 'other';
  readonly upkeepMs: Readonly<Record<string, number>>;
};

/** The first window is a real one: its ledger file is everybody's, and its table log says what the table is. */
async function sizes(
  environment: Environment,
  { entries, rounds, sealsPerHour, beside }: Options,
): Promise<readonly Result[]> {
  const rows = await withPorts(environment, 0, async (ports) => {
    const window = windowAfter(0);
    await writeDesk(ports.store, window, ['first', 'second', 'third']);
    await runWindow(ports, { source: DESK.source, window });
    const [path] = (await readLedger(ports, DESK.source)).state.files.keys();
    return mustGet(ports.store, `${ledgerRoot(DESK.source)}${path ?? ''}`, 'the first ledger file');
  });
  const results: Result[] = [];
  let hours = 1;
  for (const to of entries) {
    const { head, upkeepMs } = await withPorts(environment, hours, async (ports) => {
      const { state } = await readLedger(ports, DESK.source);
      const before: LakeHead = { entries: state.version + 1, headSha256: state.headSha256 ?? '', hours };
      const started = performance.now();
      const keep = keeper(ports, environment);
      const grown = await growLake(ports, { head: before, to, sealsPerHour, rows, keep });
      console.log(`${to} entries, made in ${((performance.now() - started) / 1000).toFixed(0)} s`);
      return { head: grown, upkeepMs: await upkeep({ ...ports, now: () => Date.now() }) };
    });
    const own = await inOwnProcess<MeasurePlan, Measured>(new URL('./ledger-measure.js', import.meta.url))({
      environment,
      hours: head.hours,
      rounds,
    });
    hours = head.hours + rounds;
    results.push({ entries: to, build: 'this', upkeepMs, ...own });
    if (beside !== undefined && to <= BESIDE_ENTRIES) {
      const program = pathToFileURL(join(resolve(beside), 'dist-test/test/bench/ledger-measure.js'));
      const other = await inOwnProcess<MeasurePlan, Measured>(program)({ environment, hours, rounds: 1 });
      hours += 1;
      results.push({ entries: to, build: 'other', upkeepMs: {}, ...other });
    }
    for (const result of results.filter((one) => one.entries === to)) console.log(JSON.stringify(summary(result)));
  }
  return results;
}

/** What `maintain` does for the ledger and its days; how long each took. */
async function upkeep(ports: Ports): Promise<Readonly<Record<string, number>>> {
  const { snapshotLedger, checkpointLogs, settleDays } = createEtlActivities(ports, REPORTS);
  const { source } = DESK;
  const took: Record<string, number> = {};
  const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await new MockActivityEnvironment().run<[], T, () => Promise<T>>(work);
    took[name] = (took[name] ?? 0) + performance.now() - started;
    return result;
  };
  await timed('snapshotLedger', () => snapshotLedger({ source }));
  await timed('checkpointLogs', () => checkpointLogs({ source }));
  for (let after: string | undefined = ''; after !== undefined;)
    ({ next: after } = await timed('settleDays', () => settleDays({ source, after: after ?? '' })));
  return took;
}

const median = (values: readonly number[]): number => Math.round(middle(values));

const summary = ({ entries, build, cold, looks, etl, steps, heapMb, rssMb }: Result) => {
  const ms = (times: readonly Time[] = []): number => median(times.map((time) => time.ms));
  const cpuMs = (times: readonly Time[] = []): number => median(times.map((time) => time.cpuMs));
  return {
    entries,
    build,
    publishMs: ms(steps['publish']),
    windowMs: Object.values(steps).reduce((sum, times) => sum + ms(times), 0),
    firstLookMs: ms(looks.slice(0, 1)),
    lookMs: ms(looks.slice(1)),
    firstEtlMs: ms(etl?.slice(0, 1)),
    etlMs: ms(etl?.slice(1)),
    coldStartMs: ms(cold),
    publishCpuMs: cpuMs(steps['publish']),
    lookCpuMs: cpuMs(looks.slice(1)),
    coldStartCpuMs: cpuMs(cold),
    heapMb: Math.round(heapMb),
    rssMb: Math.round(rssMb),
  };
};

function report(options: Options, parts: string, results: readonly Result[]): void {
  const rows = results.map(summary);
  console.table(rows);
  const upkeepMs = results
    .filter(({ build }) => build === 'this')
    .map((one) => ({ entries: one.entries, ...mapValues(one.upkeepMs, Math.round) }));
  console.table(upkeepMs);
  const steps = results.map((one) => ({
    entries: one.entries,
    build: one.build,
    ...mapValues(one.steps, (times) => median(times.map(({ ms }) => ms))),
  }));
  console.table(steps);
  const own = rows.filter(({ build }) => build === 'this');
  const met = own.every((row) => Object.entries(AIMS).every(([name, aim]) => row[name as keyof typeof AIMS] <= aim));
  console.log(`aims at every size ${JSON.stringify(AIMS)}: ${met ? 'met' : 'not met'}`);
  const machine = { cores: availableParallelism(), node: process.version, load: loadavg() };
  console.log(JSON.stringify({ bench: 'ledger', ...options, parts, rows, steps, upkeepMs, machine }));
}

const mapValues = <A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
