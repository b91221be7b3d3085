/** The seals of a window, and what one run judges: a seal by itself, or by a rebuild's plan every committed generation of a window. */
import { mustGet } from '../adapters/object-store/put.ts';
import { invariant } from '../domain/errors.ts';
import {
  FORMAT_VERSION,
  parseSealKey,
  runName,
  sealKey,
  sealName,
  sealPrefix,
  stagingKey,
} from '../domain/formats/layout.ts';
import { type ChunkLimits, type Seal, type SealedObject, decodeSeal, planChunks } from '../domain/formats/seal.ts';
import { mapSome } from '../domain/some.ts';
import type { Window } from '../domain/window.ts';
import { keepJson, readJson } from './json.ts';
import type { Lake } from './lake.ts';
import { recent } from './recent.ts';

export interface WindowOf {
  readonly source: string;
  readonly window: Window;
}

/**
 * What is to be judged: a seal, `ref` its key; or, by the plan of a rebuild that `ref` names, every committed generation of a window,
 * `seal` the last of them. Its lines are read in `chunks` calls of cleanse.
 */
export interface SealRef {
  readonly seal: string;
  readonly ref: string;
  readonly lines: number;
  readonly chunks: number;
}

/** What a reference stands for: the seals in the order of their generations, all their objects, and how those are cut into chunks. */
export interface Judged {
  readonly seals: readonly Seal[];
  readonly objects: readonly SealedObject[];
  readonly chunks: readonly number[];
}

/** Three days of a seal every 30 s; of large ones few. */
const SEALS_IN_MEMORY = 10_000;
const SEALS_AT_ONCE = 16;
const sealsReadLast = recent<Seal>(SEALS_IN_MEMORY);

/** One seal, by its key. */
export const readSeal = ({ store }: Pick<Lake, 'store'>, key: string): Promise<Seal> =>
  sealsReadLast(store, key, async () => decodeSeal(await mustGet(store, key, 'a seal')));

/** All seals of a window, by generation; they must be 1, 2, 3 … (I2). */
export async function readSeals(lake: Pick<Lake, 'store'>, { source, window }: WindowOf): Promise<readonly Seal[]> {
  const keys: string[] = [];
  for await (const { key } of lake.store.list(sealPrefix(source, window)))
    if (parseSealKey(key) !== undefined) keys.push(key);
  return readSealsOf(lake, keys);
}

/** The seals of these keys, which are all that some windows have, in order. Throws InvariantViolation where a generation is missing. */
export async function readSealsOf(lake: Pick<Lake, 'store'>, keys: readonly string[]): Promise<readonly Seal[]> {
  const seals = [...(await mapSome(keys, SEALS_AT_ONCE, (key) => readSeal(lake, key)))];
  // By number: as texts the ten thousandth comes before the second.
  seals.sort((a, b) =>
    a.id.window === b.id.window ? a.id.generation - b.id.generation : a.id.window < b.id.window ? -1 : 1,
  );
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

/** The reference of one seal. */
export const refOf = (seal: Seal): SealRef => ({
  seal: sealName(seal.id),
  ref: sealKey(seal.id),
  lines: seal.lines,
  chunks: seal.chunks.length,
});

interface Plan {
  readonly formatVersion: number;
  readonly seals: readonly Seal[];
  readonly chunks: readonly number[];
}

/** What a reference stands for. */
export async function readJudged(lake: Pick<Lake, 'store'>, { ref }: Pick<SealRef, 'ref'>): Promise<Judged> {
  if (parseSealKey(ref) !== undefined) {
    const seal = await readSeal(lake, ref);
    return { seals: [seal], objects: seal.objects, chunks: seal.chunks };
  }
  const { seals, chunks } = await readJson<Plan>(lake.store, ref, 'the plan of a rebuild');
  return { seals, objects: seals.flatMap(({ objects }) => objects), chunks };
}

/** Keeps what a rebuild judges below the staging of its run, with its chunks. `seals`: at least one. */
export async function keepPlan(
  lake: Pick<Lake, 'store'>,
  seals: readonly Seal[],
  revision: number,
  limits: ChunkLimits,
): Promise<SealRef> {
  const seal = seals.map(({ id }) => sealName(id)).at(-1) ?? '';
  const chunks = planChunks(
    seals.flatMap(({ objects }) => objects),
    limits,
  );
  const plan: Plan = { formatVersion: FORMAT_VERSION, seals, chunks };
  const run = runName(seal, revision);
  const ref = await keepJson(lake.store, plan, (sha256) => stagingKey(run, 'plan', 0, `${sha256}.json`));
  return { seal, ref, lines: seals.reduce((sum, { lines }) => sum + lines, 0), chunks: chunks.length };
}
