/** cleanse: one chunk of what a run judges, every line judged by the contract into staged Parquet. A line never fails a window. */
import { join } from 'node:path';
import { codeWord } from '../../domain/code.ts';
import { parseSealName, runName, stagingKey } from '../../domain/layout.ts';
import { objectsOfChunk } from '../../domain/seal.ts';
import { keepFile } from '../../lake/files.ts';
import { contractOf } from '../../lake/lake.ts';
import { learnMoves } from '../../lake/moves.ts';
import { readJudged } from '../../lake/seals.ts';
import { type Ports, codeOf } from '../ports.ts';
import type { SealRef, Staged } from '../types.ts';

export interface CleanseInput {
  readonly seal: SealRef;
  readonly revision: number;
  readonly chunk: number;
}

/** Builds the activity. */
export function createCleanse(ports: Ports) {
  return async function cleanse({ seal: ref, revision, chunk }: CleanseInput): Promise<Staged> {
    const judged = await readJudged(ports, ref);
    const contract = contractOf(ports, parseSealName(ref.seal).source);
    const objects = objectsOfChunk(judged, chunk);
    return ports.cache.withScratch(async (scratch) => {
      const local = [];
      for (const { key, lines } of objects)
        local.push({ key, lines, path: await ports.cache.fetch(key, scratch, 'a raw object') });
      const out = join(scratch, 'staged.parquet');
      const { lines } = await ports.engine.cleanse({
        contract,
        objects: local,
        moves: await learnMoves(ports, contract, judged.seals, scratch),
        out,
        scratch,
      });
      const run = runName(ref.seal, revision);
      const kept = await keepFile(ports, out, (sha256) => stagingKey(run, 'cleanse', chunk, sha256, 'parquet'));
      ports.log.info('chunk.cleansed', { seal: ref.seal, chunk, lines, bytes: kept.bytes });
      return { ref: kept.key, lines, code: codeWord(codeOf(ports, contract)) };
    });
  };
}
