/** The peers of `npm run bench -- etl --peers`: what a person writes in Python for the same files. Fetched from PyPI; the product never needs them. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LocalRaw } from '../../src/adapters/engine/engine.ts';
import { PEERS, pinned, pythonWith } from '../support/python-readers.ts';

/** How many times as many lines a CPU second the engine is aimed to do; undefined: no aim was set. */
const WAYS = [
  { name: `pyarrow ${pinned(PEERS, 'pyarrow')}, a table a row`, script: 'loop.py', rowByRow: true, aim: 3 },
  {
    name: `pyarrow ${pinned(PEERS, 'pyarrow')}, 100,000 rows a table`,
    script: 'loop.py',
    rowByRow: false,
    aim: undefined,
  },
  { name: `dlt ${pinned(PEERS, 'dlt')}`, script: 'dlt_load.py', rowByRow: false, aim: 4 },
] as const;

/** What they leave out, for whoever reads their figures. */
const LESS =
  'The peers do less: a line’s id is its identity and is remembered within the run alone, no ledger says what became of a line, no check digits, no pseudonyms, no issues, no order of rows.';

interface PeerResult {
  readonly wallS: number;
  readonly cpuS: number;
  readonly rssMb: number;
  readonly tableBytes: number;
  readonly counts: Readonly<Record<'received' | 'enriched' | 'duplicates' | 'quarantined', number>>;
}

export interface Peer extends PeerResult {
  readonly name: string;
  readonly aim: number | undefined;
}

/** Runs each over the raw objects, once. Throws unless it has met every line. */
export async function runPeers(root: string, objects: readonly LocalRaw[]): Promise<readonly Peer[]> {
  const python = await pythonWith(PEERS);
  const lines = objects.reduce((sum, object) => sum + object.lines, 0);
  const results: Peer[] = [];
  for (const { name, script, rowByRow, aim } of WAYS) {
    const out = join(root, 'peer');
    mkdirSync(out);
    const path = fileURLToPath(new URL(`python/${script}`, import.meta.url));
    const result = (await python(path, { paths: objects.map((one) => one.path), out, rowByRow })) as PeerResult;
    rmSync(out, { recursive: true });
    const { received, enriched, duplicates, quarantined } = result.counts;
    if (received !== lines || enriched + duplicates + quarantined !== lines)
      throw new Error(`${name} was given ${lines} lines: ${JSON.stringify(result.counts)}`);
    console.log(`${name}: ${result.wallS.toFixed(1)} s, ${result.cpuS.toFixed(1)} CPU s`);
    results.push({ name, aim, ...result });
  }
  return results;
}

/** Prints them beside the engine, which took `engineCpuS` for the same lines. */
export function reportPeers(peers: readonly Peer[], lines: number, engineCpuS: number): void {
  const perCpuS = (cpuS: number): number => Math.round(lines / cpuS);
  console.log(`\n| ${lines} lines | CPU s | lines a CPU second | engine ÷ it | aim | peak RSS | rows |`);
  console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: |');
  console.log(`| engine | ${engineCpuS.toFixed(1)} | ${perCpuS(engineCpuS)} | 1 | | | |`);
  for (const { name, cpuS, aim, rssMb, counts } of peers)
    console.log(
      `| ${name} | ${cpuS.toFixed(1)} | ${perCpuS(cpuS)} | ${(cpuS / engineCpuS).toFixed(2)} | ${aim === undefined ? 'none' : `≥ ${aim}`} | ${Math.round(rssMb)} MB | ${counts.enriched} |`,
    );
  const met = peers.every(({ cpuS, aim = 0 }) => cpuS / engineCpuS >= aim);
  console.log(`\n${LESS}\naims beside the peers: ${met ? 'met' : 'not met'}`);
}
