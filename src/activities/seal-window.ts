/** sealWindow: what a run of a window has to do: seals without a ledger entry, then raw objects in no seal. */
import { attempts, putOnce } from '../adapters/object-store/put.ts';
import { invariant } from '../domain/errors.ts';
import { parseSealKey, rawPrefix, sealKey, sealName, sealPrefix } from '../domain/layout.ts';
import { type RawObject, SEALS_PER_ROUND, type Seal, encodeSeal, planSeal } from '../domain/seal.ts';
import { mapSome } from '../domain/some.ts';
import { readSeal, refOf } from './judged-seals.ts';
import { publishedAs, readLedger } from './ledger-view.ts';
import { knownMoves } from './moves.ts';
import { type Ports, contractOf } from './ports.ts';
import type { SealRef, WindowInput } from './types.ts';

type Needs = Pick<Ports, 'store' | 'logs' | 'contracts' | 'limits' | 'log'>;

const SEALS_AT_ONCE = 16;

/** Builds the activity. It returns as many as one round takes; only fewer than that are all. */
export function createSealWindow(ports: Needs) {
  const own = (seal: Seal): SealRef => refOf(ports, [seal], sealKey(seal.id));
  return async function sealWindow({ source, window }: WindowInput): Promise<readonly SealRef[]> {
    const contract = contractOf(ports, source);
    for (;;) {
      const seals = await readSeals(ports, { source, window });
      const ledger = await readLedger(ports, source);
      const unpublished = seals.filter((seal) => publishedAs(ledger, sealName(seal.id), 0) === undefined);
      if (unpublished.length >= SEALS_PER_ROUND) return unpublished.slice(0, SEALS_PER_ROUND).map(own);
      const moves = await knownMoves(ports, contract);
      const next = planSeal({ source, window }, await listRaw(ports, { source, window }), seals, moves);
      if (next === undefined) return unpublished.map(own);
      const outcome = await putOnce(ports.store, sealKey(next.id), encodeSeal(next));
      if (outcome.kind === 'other') continue;
      ports.log.info('window.sealed', { seal: sealName(next.id), lines: next.lines, objects: next.objects.length });
      return [...unpublished, next].map(own);
    }
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
  const seals = await mapSome(keys, SEALS_AT_ONCE, (key) => readSeal(ports, key));
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
