/** The world of a storm: one store, one documents, and processes on them that differ in code, rules and configuration, and die. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { type EtlActivities, createEtlActivities } from '../../src/activities/index.ts';
import type { Ports } from '../../src/activities/ports.ts';
import type { DocumentStore } from '../../src/adapters/documents/document-store.ts';
import { createMemoryDocuments } from '../../src/adapters/documents/memory.ts';
import { createNodeEngine } from '../../src/adapters/engine/node/index.ts';
import { createMemoryStore } from '../../src/adapters/object-store/memory.ts';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import type { Contract } from '../../src/domain/sources/contract.ts';
import type { ReportDefinition } from '../../src/domain/kpi/report.ts';
import type { Source } from '../../src/domain/formats/layout.ts';
import { type Window, windowOf, windowStart } from '../../src/domain/window.ts';
import { type Clock, clocked, openClock } from '../support/clocked-store.ts';
import { random } from '../support/desk-lines.ts';
import { MEMORY_KEY, openMemoryLake } from '../support/memory-lake.ts';
import { type Watch, watchDocuments } from './storm-documents.ts';
import { type Message, type Rules, STORM_SOURCES, type StormSource } from './storm-sources.ts';
import { type Turns, openTurns } from './storm-turns.ts';
import { type Mortal, type Odds, type Weather, openWeather, threeTries } from './storm-weather.ts';

export const WINDOWS: readonly Window[] = ['01T00', '01T01', '02T23', '03T10', '03T11'].map((hour) =>
  windowOf(`2026-01-${hour}`),
);
const LIMITS = [
  { chunk: { maxLines: 1_000, maxBytes: 1_048_576 }, rowsPerRange: 100_000 },
  { chunk: { maxLines: 4, maxBytes: 1_048_576 }, rowsPerRange: 3 },
] as const;

/** What is judged by the same code: steps of one run may meet only these. */
interface Code {
  readonly name: string;
  readonly rules: Rules;
  readonly engine: 'duckdb' | 'node';
}
const CODES: readonly Code[] = [
  { name: 'one', rules: 0, engine: 'duckdb' },
  { name: 'two', rules: 1, engine: 'duckdb' },
  { name: 'one', rules: 0, engine: 'node' },
];

export interface StormProcess extends Mortal {
  readonly code: Code;
  readonly ports: Ports;
  readonly activities: EtlActivities;
}

/** Ledger versions: the newest that was published, and how far each step is known to be. */
export type Known = Readonly<Partial<Record<'ledger' | 'project' | 'load' | 'report' | 'reconcile', number>>>;

export interface Storm {
  readonly seed: number;
  readonly next: () => number;
  readonly sources: readonly StormSource[];
  readonly turns: Turns;
  readonly weather: Weather;
  readonly clock: Clock;
  /** Without weather. */
  readonly store: ObjectStore;
  readonly documents: Watch;
  /** Codes there are; a process of one, or of any. Dead ones are replaced. */
  readonly codes: readonly number[];
  process(next: () => number, code?: number): Promise<StormProcess>;
  /** Everything that was sent, by source; and what was acknowledged, by the raw key. */
  readonly sent: ReadonlyMap<Source, Message[]>;
  readonly acknowledged: Map<string, readonly Message[]>;
  /** By source, what runs of `forward` are told and remember. */
  readonly known: Map<Source, Known>;
  /** How often the clock has jumped, and loads that are under way. */
  readonly tally: { jumps: number; loads: number; deaths: number; attempts: number };
  close(): void;
}

/** Opens the world of a seed: everything about it follows from that number. */
export function openStorm(seed: number): Storm {
  const next = random(seed);
  const some = (from: number, to: number): number => from + next() * (to - from);
  const odds: Odds = { pause: some(0.1, 0.4), fault: some(0.005, 0.05), away: some(0, 0.08), death: some(0, 0.06) };
  const turns = openTurns(random(seed + 1));
  const clock = openClock(windowStart(WINDOWS.at(-1)!) + 3_600_000);
  const weather = openWeather(seed, odds, turns, clock);
  const store = clocked(createMemoryStore(), clock);
  const left = Math.floor(next() * STORM_SOURCES.length);
  const sources = STORM_SOURCES.filter((_, i) => i !== left);
  const codes = next() < 0.3 ? [0, 1, 2] : [0, 1];
  const size = Math.max(codes.length, 3 + Math.floor(next() * 4));
  const lake = openMemoryLake(undefined, store);
  const documents = watchDocuments(createMemoryDocuments);
  const processes: (StormProcess | undefined)[] = Array.from({ length: size }, () => undefined);
  const tally = { jumps: 0, loads: 0, deaths: 0, attempts: 0 };

  async function born(slot: number): Promise<StormProcess> {
    const code = CODES[codes[slot % codes.length]!]!;
    const mortal = { name: `process ${slot}, life ${(tally.deaths += 1)}`, isDead: false };
    const changes: Partial<Ports> = {
      documents: weather.documents(mortal, documents.store),
      contracts: contractsOf(sources, code.rules),
      chatlakeVersion: code.name,
      limits: LIMITS[Math.floor(next() * 2)] ?? LIMITS[0],
      now: clock.now,
      ...(code.engine === 'node' ? { engine: createNodeEngine(MEMORY_KEY) } : {}),
    };
    const ports = busy(await lake.process(changes, (own) => weather.store(mortal, own), threeTries), turns);
    return Object.assign(mortal, { code, ports, activities: createEtlActivities(ports, reportsOf(sources)) });
  }

  return {
    seed,
    next,
    sources,
    turns,
    weather,
    clock,
    store,
    documents,
    codes,
    async process(lots, code) {
      const slots = processes.map((_, i) => i).filter((i) => code === undefined || i % codes.length === code);
      const slot = slots[Math.floor(lots() * slots.length)]!;
      const found = processes[slot];
      if (found !== undefined && !found.isDead) return found;
      const fresh = await born(slot);
      processes[slot] = fresh;
      return fresh;
    },
    sent: new Map(sources.map(({ source }) => [source, []])),
    acknowledged: new Map(),
    known: new Map(),
    tally,
    close: lake.close,
  };
}

export const contractsOf = (sources: readonly StormSource[], rules: Rules): ReadonlyMap<Source, Contract> =>
  new Map(sources.map(({ source, contracts }) => [source, contracts[rules]]));

const reportsOf = (sources: readonly StormSource[]): ReadonlyMap<Source, ReportDefinition> =>
  new Map(sources.map(({ source, report }) => [source, report]));

/** The ports with their heavy work told to the turns. */
function busy(ports: Ports, turns: Turns): Ports {
  const { engine, reader, rewriter } = ports;
  return {
    ...ports,
    engine: {
      ...engine,
      cleanse: (job) => turns.native(() => engine.cleanse(job)),
      dedupe: (job) => turns.native(() => engine.dedupe(job)),
      compress: (job) => turns.native(() => engine.compress(job)),
    },
    rewriter: { rewrite: (job) => turns.native(() => rewriter.rewrite(job)) },
    reader: {
      ...reader,
      query: (files, sql, scratch) => turns.native(() => reader.query(files, sql, scratch)),
      facts: (path, scratch) => turns.native(() => reader.facts(path, scratch)),
      copy: (files, sql, out, scratch) => turns.native(() => reader.copy(files, sql, out, scratch)),
    },
  };
}

/** Failures are what a storm is made of. */
const QUIET = new DefaultLogger('ERROR');

type Name = keyof EtlActivities;
export type Input<N extends Name> = Parameters<EtlActivities[N]>[0];
export type Output<N extends Name> = Awaited<ReturnType<EtlActivities[N]>>;

/** Runs an activity in a process, in calm. */
export async function inCalm<N extends Name>(
  { activities }: Pick<StormProcess, 'activities'>,
  name: N,
  input: Input<N>,
): Promise<Output<N>> {
  const activity = activities[name] as (input: unknown) => Promise<unknown>;
  const output: unknown = await new MockActivityEnvironment({}, { logger: QUIET }).run(activity, input);
  return output as Output<N>;
}

export type { DocumentStore };
