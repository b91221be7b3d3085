/** The contract applied to every line of raw objects, in TypeScript: the only way of both engines. */
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { type CleanseJobFacts, cleanseLine } from '../../domain/judge/cleanse.ts';
import type { CleanseContext } from '../../domain/judge/judged.ts';
import { remembering } from '../../domain/sources/remembering.ts';
import { InvariantViolation, invariant, messageOf } from '../../domain/errors.ts';
import { decodeRawLine } from '../../domain/formats/raw.ts';
import type { CleanseJob, LocalRaw } from './engine.ts';
import { lineBatches } from './lines.ts';
import { type StagedRecord, stagedRecord } from './staged-record.ts';

/**
 * Every line of the job's objects, judged, in the order of the objects, some at a time. Throws InvariantViolation unless they hold the
 * lines their seal promises.
 */
export async function* judgedLines(
  job: CleanseJobFacts & Pick<CleanseJob, 'objects'>,
  context: CleanseContext,
): AsyncGenerator<readonly StagedRecord[]> {
  const facts: CleanseJobFacts = { ...job, contract: remembering(job.contract) };
  for (const object of job.objects) {
    let n = 0;
    for await (const lines of objectLines(object)) {
      yield lines.map((line) => {
        const raw = decodeRawLine(line);
        invariant(raw.n === n, `${object.key}: line ${n} says it is line ${raw.n}`);
        n += 1;
        return stagedRecord(cleanseLine(facts, context, object.key, raw));
      });
    }
    invariant(n === object.lines, `${object.key} promises ${object.lines} lines, read: ${n}`);
  }
}

/** The lines of a raw object as text. Gunzip notices a stream that was cut short. */
async function* objectLines(object: LocalRaw): AsyncGenerator<readonly string[]> {
  const file = createReadStream(object.path);
  const gunzip = createGunzip();
  file.on('error', (error) => gunzip.destroy(error));
  try {
    yield* lineBatches(file.pipe(gunzip));
  } catch (error) {
    if (!isZlibError(error)) throw error;
    throw new InvariantViolation(`${object.key} is not a whole gzip file: ${messageOf(error)}`, { cause: error });
  } finally {
    file.destroy();
  }
}

const isZlibError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
