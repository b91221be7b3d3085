/** cleanse: one chunk of what a run judges, every line judged by the contract into staged Parquet. A line never fails a window. */
import { join } from 'node:path';
import { codeWord } from '../../domain/formats/code.ts';
import { ObjectGone } from '../../domain/errors.ts';
import { clearStagingKey, holdsTexts } from '../../domain/formats/clear-text.ts';
import { STAGING_PREFIX, parseSealName, runName, stagingKey } from '../../domain/formats/layout.ts';
import { objectsOfChunk } from '../../domain/formats/seal.ts';
import { asidePlaces } from '../../lake/aside.ts';
import { keepFile } from '../../lake/files.ts';
import { contractOf } from '../../lake/lake.ts';
import { learnMoves } from '../../lake/moves.ts';
import { type Judged, readJudged } from '../../lake/seals.ts';
import { type Ports, codeOf } from '../ports.ts';
import type { Overtaken, SealRef, Staged } from '../types.ts';

export interface CleanseInput {
  readonly seal: SealRef;
  readonly revision: number;
  readonly chunk: number;
}

/** Builds the activity. */
export function createCleanse(ports: Ports) {
  return async function cleanse({ seal: ref, revision, chunk }: CleanseInput): Promise<Staged | Overtaken> {
    const judged = await stillJudged(ports, ref);
    if (judged === undefined) return { kind: 'overtaken', version: -1 };
    const { source, window } = parseSealName(ref.seal);
    const contract = contractOf(ports, source);
    const aside = await asidePlaces(ports, source, window);
    const objects = objectsOfChunk(judged, chunk);
    return ports.cache.withScratch(async (scratch) => {
      const local = [];
      for (const { key, lines } of objects)
        local.push({ key, lines, path: await ports.cache.fetch(key, scratch, 'a raw object') });
      const out = join(scratch, 'staged.parquet');
      const { lines } = await ports.engine.cleanse({
        contract,
        objects: local,
        aside,
        moves: await learnMoves(ports, contract, judged.seals, scratch),
        out,
        scratch,
      });
      const run = runName(ref.seal, revision);
      const kept = await keepFile(ports, out, (sha256) =>
        holdsTexts(contract)
          ? clearStagingKey(run, chunk, sha256)
          : stagingKey(run, 'cleanse', chunk, `${sha256}.parquet`),
      );
      ports.log.info('chunk.cleansed', { seal: ref.seal, chunk, lines, bytes: kept.bytes });
      return { ref: kept.key, lines, code: codeWord(codeOf(ports, contract)) };
    });
  };
}

/** What a reference stands for; undefined: it is the plan of a rebuild that slept for days, and was swept. */
async function stillJudged(ports: Ports, ref: SealRef): Promise<Judged | undefined> {
  try {
    return await readJudged(ports, ref);
  } catch (error) {
    if (error instanceof ObjectGone && error.key === ref.ref && ref.ref.startsWith(STAGING_PREFIX)) return undefined;
    throw error;
  }
}
