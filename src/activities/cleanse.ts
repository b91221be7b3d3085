/** cleanse: one chunk of what a run judges, every line judged by the contract into staged Parquet. A line never fails a window. */
import { join } from 'node:path';
import { invariant } from '../domain/errors.ts';
import { codeWord } from '../domain/code.ts';
import { parseSealName, runName, stagingKey } from '../domain/layout.ts';
import { joinSeals, planChunks } from '../domain/seal.ts';
import { chunkLimits, readJudged } from './judged-seals.ts';
import { keepFile } from './keep-file.ts';
import { movesOf } from './moves.ts';
import { type Ports, codeOf, contractOf } from './ports.ts';
import type { SealRef, Staged } from './types.ts';

export interface CleanseInput {
  readonly seal: SealRef;
  readonly revision: number;
  readonly chunk: number;
}

/** Builds the activity. */
export function createCleanse(ports: Ports) {
  return async function cleanse({ seal: ref, revision, chunk }: CleanseInput): Promise<Staged> {
    const seals = await readJudged(ports, ref);
    const contract = contractOf(ports, parseSealName(ref.seal).source);
    const joined = joinSeals(seals);
    const objects = planChunks(joined, chunkLimits(ports, joined))[chunk];
    invariant(objects !== undefined, `${ref.seal} has no chunk ${chunk}`);
    return ports.cache.withScratch(async (scratch) => {
      const local = [];
      for (const { key, lines } of objects)
        local.push({ key, lines, path: await ports.cache.fetch(key, scratch, 'a raw object') });
      const out = join(scratch, 'staged.parquet');
      const { lines } = await ports.engine.cleanse({
        contract,
        objects: local,
        moves: await movesOf(ports, contract, seals, scratch),
        out,
        scratch,
        code: codeWord(codeOf(ports, contract)),
      });
      const run = runName(ref.seal, revision);
      const kept = await keepFile(ports, out, (sha256) => stagingKey(run, 'cleanse', chunk, sha256, 'parquet'));
      ports.log.info('chunk.cleansed', { seal: ref.seal, chunk, lines, bytes: kept.bytes });
      return { ref: kept.key, lines };
    });
  };
}
