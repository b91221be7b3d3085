/** sealWindow: what a run of a window has to do: seals without a ledger entry, then raw objects in no seal. */
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import { attempts, mustGet, putOnce } from '../adapters/object-store/put.ts';
import { invariant } from '../domain/errors.ts';
import { parseSealKey, rawPrefix, sealKey, sealName, sealPrefix } from '../domain/layout.ts';
import {
  type ChunkLimits,
  type RawObject,
  type Seal,
  decodeSeal,
  encodeSeal,
  planChunks,
  planSeal,
} from '../domain/seal.ts';
import { publishedAs, readLedger } from './ledger-view.ts';
import { knownMoves } from './moves.ts';
import { type Ports, contractOf } from './ports.ts';
import type { SealRef, WindowInput } from './types.ts';

type Needs = Pick<Ports, 'store' | 'logs' | 'contracts' | 'limits' | 'log'>;

/** Seals returned at once: what is more comes with the next call. */
const SEALS_PER_CALL = 20;
/** Chunks of one seal: their references must fit a workflow's payloads. */
const CHUNKS_PER_SEAL = 40;

const SEALS_AT_ONCE = 16;
/** Three days of a seal every 30 s; large ones are read again. */
const SEALS_IN_MEMORY = 10_000;
const OBJECTS_IN_MEMORY = 100;
const memories = new WeakMap<ObjectStore, Map<string, Seal>>();

/** Builds the activity. Done only when it returns none. */
export function createSealWindow(ports: Needs) {
  return async function sealWindow({ source, window }: WindowInput): Promise<readonly SealRef[]> {
    const contract = contractOf(ports, source);
    for (;;) {
      const seals = await readSeals(ports, { source, window });
      const ledger = await readLedger(ports, source);
      const unpublished = seals.filter((seal) => publishedAs(ledger, sealName(seal.id), 0) === undefined);
      if (unpublished.length >= SEALS_PER_CALL)
        return unpublished.slice(0, SEALS_PER_CALL).map((seal) => refOf(ports, seal));
      const moves = await knownMoves(ports, contract);
      const next = planSeal({ source, window }, await listRaw(ports, { source, window }), seals, moves);
      if (next === undefined) return unpublished.map((seal) => refOf(ports, seal));
      const outcome = await putOnce(ports.store, sealKey(next.id), encodeSeal(next));
      if (outcome.kind === 'other') continue;
      ports.log.info('window.sealed', { seal: sealName(next.id), lines: next.lines, objects: next.objects.length });
      return [...unpublished, next].map((seal) => refOf(ports, seal));
    }
  };
}

const refOf = (ports: Pick<Ports, 'limits'>, seal: Seal): SealRef => ({
  seal: sealName(seal.id),
  ref: sealKey(seal.id),
  lines: seal.lines,
  chunks: planChunks(seal, chunkLimits(ports, seal)).length,
});

/** A seal's chunks depend on the seal and the configuration only; a huge seal gets larger chunks rather than more. */
export function chunkLimits({ limits }: Pick<Ports, 'limits'>, seal: Seal): ChunkLimits {
  const bytes = seal.objects.reduce((sum, object) => sum + object.bytes, 0);
  return {
    maxLines: Math.max(limits.chunk.maxLines, Math.ceil((2 * seal.lines) / CHUNKS_PER_SEAL)),
    maxBytes: Math.max(limits.chunk.maxBytes, Math.ceil((2 * bytes) / CHUNKS_PER_SEAL)),
  };
}

/** All seals of a window, by generation; they must be 1, 2, 3 … (I2). */
export async function readSeals(
  ports: Pick<Ports, 'store'>,
  { source, window }: WindowInput,
): Promise<readonly Seal[]> {
  const keys: string[] = [];
  await attempts(async () => {
    keys.length = 0;
    for await (const { key } of ports.store.list(sealPrefix(source, window)))
      if (parseSealKey(key) !== undefined) keys.push(key);
  });
  return readSealsOf(ports, keys);
}

/** The seals of these keys, which are all that some windows have, in order. Throws InvariantViolation where a generation is missing. */
export async function readSealsOf(ports: Pick<Ports, 'store'>, keys: readonly string[]): Promise<readonly Seal[]> {
  const seals: Seal[] = [];
  for (let i = 0; i < keys.length; i += SEALS_AT_ONCE)
    seals.push(...(await Promise.all(keys.slice(i, i + SEALS_AT_ONCE).map((key) => readSeal(ports, key)))));
  seals.forEach(({ id }, i) => {
    const before = seals[i - 1]?.id;
    const expected = before?.window === id.window ? before.generation + 1 : 1;
    invariant(
      id.generation === expected,
      `${id.source} ${id.window}: generation ${expected} is missing among the seals`,
    );
  });
  return seals;
}

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

/** The raw objects of a window as the store lists them now. */
export async function listRaw(
  ports: Pick<Ports, 'store'>,
  { source, window }: WindowInput,
): Promise<readonly RawObject[]> {
  return attempts(async () => {
    const objects: RawObject[] = [];
    for await (const { key, bytes } of ports.store.list(rawPrefix(source, window))) objects.push({ key, bytes });
    return objects;
  });
}
