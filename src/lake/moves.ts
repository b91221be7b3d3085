/**
 * Moves: groups that became supergroups, which a list of allowed chats has to follow. What a seal's run knows is fixed by the seal:
 * the moves known when it was made, which it holds, and those its own messages tell of. So two runs of it judge alike (I9).
 */
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { keep } from '../adapters/object-store/put.ts';
import { NO_MOVES } from '../domain/judge/cleanse.ts';
import type { Contract } from '../domain/sources/contract.ts';
import { decodeBody } from '../domain/judge/decode.ts';
import { isJsonObject } from '../domain/json.ts';
import { type Source } from '../domain/formats/layout.ts';
import { moveKey, movesPrefix, parseMoveKey } from '../domain/formats/marks.ts';
import { decodeRawLine } from '../domain/formats/raw.ts';
import type { Seal } from '../domain/formats/seal.ts';
import type { Lake } from './lake.ts';

const unzip = promisify(gunzip);

type Move = readonly [from: string, to: string];

/** The rules' own view of a message's move; undefined for contracts that follow none. */
const moveOf = ({ rules }: Contract) => (rules.kind === 'record' ? rules.moveOf : undefined);

/** Moves the store knows, in the order of their names; none for contracts that follow none. */
export async function knownMoves(lake: Pick<Lake, 'store'>, contract: Contract): Promise<readonly Move[]> {
  if (moveOf(contract) === undefined) return [];
  const moves: Move[] = [];
  for await (const { key } of lake.store.list(movesPrefix(contract.source))) {
    const move = parseMoveKey(key);
    if (move !== undefined) moves.push(move);
  }
  return moves;
}

/**
 * Every move that holds for the seals of a run, new id → old id. Reads all of their raw objects, whatever chunk asks, and keeps what
 * they tell of for later seals.
 */
export async function learnMoves(
  lake: Pick<Lake, 'store' | 'cache'>,
  contract: Contract,
  seals: readonly Seal[],
  scratch: string,
): Promise<ReadonlyMap<string, string>> {
  const read = moveOf(contract);
  if (read === undefined) return NO_MOVES;
  const found: Move[] = [];
  for (const { key } of seals.flatMap((seal) => seal.objects)) {
    const path = await lake.cache.fetch(key, scratch, 'a raw object');
    found.push(...(await movesIn(path, read)));
  }
  for (const move of found) await keepMove(lake, contract.source, move);
  return new Map([...seals.flatMap((seal) => seal.moves ?? []), ...found].map(([from, to]) => [to, from]));
}

async function movesIn(path: string, read: NonNullable<ReturnType<typeof moveOf>>): Promise<readonly Move[]> {
  const moves: Move[] = [];
  const text = (await unzip(await readFile(path))).toString('utf8');
  for (const line of text.split('\n')) {
    // Cheap before exact: nearly no line tells of a move.
    if (!line.includes('migrate_')) continue;
    const decoded = decodeBody(decodeRawLine(line).body);
    const move = decoded.ok && isJsonObject(decoded.value) ? read(decoded.value) : undefined;
    if (move !== undefined) moves.push([move.from, move.to]);
  }
  return moves;
}

const keepMove = (lake: Pick<Lake, 'store'>, source: Source, [from, to]: Move): Promise<unknown> =>
  keep(lake.store, moveKey(source, from, to), new TextEncoder().encode('{}\n'));
