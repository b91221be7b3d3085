/** The seals that one run judges: one by itself, or by a rebuild's plan every committed generation of a window. */
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import { mustGet } from '../adapters/object-store/put.ts';
import { FORMAT_VERSION, parseSealKey, runName, sealName, stagingKey } from '../domain/layout.ts';
import { type ChunkLimits, type Seal, type SealedLines, decodeSeal, joinSeals, planChunks } from '../domain/seal.ts';
import { keepJson, readJson } from './json-object.ts';
import type { Ports } from './ports.ts';
import type { SealRef } from './types.ts';

/** Chunks of one run: their references must fit a workflow's payloads. */
const CHUNKS_PER_RUN = 40;

interface Plan {
  readonly formatVersion: number;
  /** In the order of their generations. */
  readonly seals: readonly Seal[];
}

/** Three days of a seal every 30 s; large ones are read again. */
const SEALS_IN_MEMORY = 10_000;
const OBJECTS_IN_MEMORY = 100;
const memories = new WeakMap<ObjectStore, Map<string, Seal>>();

/** One seal, by its key. A seal never changes, so the latest ones read stay in memory. */
export async function readSeal({ store }: Pick<Ports, 'store'>, key: string): Promise<Seal> {
  const known = memories.get(store) ?? new Map<string, Seal>();
  memories.set(store, known);
  const seal = known.get(key) ?? decodeSeal(await mustGet(store, key, 'a seal'));
  known.delete(key);
  if (seal.objects.length <= OBJECTS_IN_MEMORY) known.set(key, seal);
  for (const oldest of known.keys()) {
    if (known.size <= SEALS_IN_MEMORY) break;
    known.delete(oldest);
  }
  return seal;
}

/** The seals that a reference stands for, in the order of their generations. */
export async function readJudged(ports: Pick<Ports, 'store'>, { ref }: SealRef): Promise<readonly Seal[]> {
  if (parseSealKey(ref) !== undefined) return [await readSeal(ports, ref)];
  return (await readJson<Plan>(ports.store, ref, 'the plan of a rebuild')).seals;
}

/** The reference of seals that are judged together; `ref` is where they are read from. */
export function refOf(ports: Pick<Ports, 'limits'>, seals: readonly Seal[], ref: string): SealRef {
  const joined = joinSeals(seals);
  return {
    seal: seals.map(({ id }) => sealName(id)).at(-1) ?? '',
    ref,
    lines: joined.lines,
    chunks: planChunks(joined, chunkLimits(ports, joined)).length,
  };
}

/** Keeps the plan of a rebuild below the staging of its run; the same seals give the same plan. */
export async function keepPlan(
  ports: Pick<Ports, 'store' | 'limits'>,
  seals: readonly Seal[],
  revision: number,
): Promise<SealRef> {
  const run = runName(refOf(ports, seals, '').seal, revision);
  const plan: Plan = { formatVersion: FORMAT_VERSION, seals };
  const key = await keepJson(ports.store, plan, (sha256) => stagingKey(run, 'plan', 0, sha256, 'json'));
  return refOf(ports, seals, key);
}

/** Chunks depend on the seals and the configuration only; much to read gets larger chunks rather than more. */
export function chunkLimits({ limits }: Pick<Ports, 'limits'>, { lines, objects }: SealedLines): ChunkLimits {
  const bytes = objects.reduce((sum, object) => sum + object.bytes, 0);
  return {
    maxLines: Math.max(limits.chunk.maxLines, Math.ceil((2 * lines) / CHUNKS_PER_RUN)),
    maxBytes: Math.max(limits.chunk.maxBytes, Math.ceil((2 * bytes) / CHUNKS_PER_RUN)),
  };
}
