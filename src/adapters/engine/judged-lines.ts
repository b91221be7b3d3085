/** The reference applied to every line of raw objects: the node engine's only way, and the way of contracts that judge whole messages. */
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { type CleanseContext, cleanseLine } from '../../domain/cleanse.ts';
import { InvariantViolation, invariant, messageOf } from '../../domain/errors.ts';
import { decodeRawLine } from '../../domain/raw.ts';
import type { CleanseJob, LocalRaw } from './engine.ts';
import { textLines } from './lines.ts';
import { stagedRecord } from './staged-record.ts';

/** Every line of the job's objects, judged, in the order of the objects. Throws InvariantViolation unless they hold the lines their seal promises. */
export async function* judgedLines(
  job: Pick<CleanseJob, 'contract' | 'moves'>,
  context: CleanseContext,
  objects: readonly LocalRaw[],
): AsyncGenerator<Readonly<Record<string, unknown>>> {
  for (const object of objects) {
    let n = 0;
    for await (const line of objectLines(object)) {
      const raw = decodeRawLine(line);
      invariant(raw.n === n, `${object.key}: line ${n} says it is line ${raw.n}`);
      yield stagedRecord(cleanseLine(job, context, object.key, raw));
      n += 1;
    }
    invariant(n === object.lines, `${object.key} promises ${object.lines} lines, read: ${n}`);
  }
}

/** The lines of a raw object as text. Unlike SQL's reader, gunzip notices a stream that was cut short. */
async function* objectLines(object: LocalRaw): AsyncGenerator<string> {
  const file = createReadStream(object.path);
  const gunzip = createGunzip();
  file.on('error', (error) => gunzip.destroy(error));
  try {
    yield* textLines(file.pipe(gunzip));
  } catch (error) {
    if (!isZlibError(error)) throw error;
    throw new InvariantViolation(`${object.key} is not a whole gzip file: ${messageOf(error)}`, { cause: error });
  } finally {
    file.destroy();
  }
}

const isZlibError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
