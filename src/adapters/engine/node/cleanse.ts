/** `cleanse` line by line: the reference itself, applied to every line. */
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { type CleanseContext, cleanseLine } from '../../../domain/cleanse.ts';
import type { Contract } from '../../../domain/contracts/contract.ts';
import { InvariantViolation, invariant, messageOf } from '../../../domain/errors.ts';
import { decodeRawLine } from '../../../domain/raw.ts';
import { CODE_METADATA, stagedColumns } from '../../../domain/staged.ts';
import type { CleanseJob, LocalRaw } from '../engine.ts';
import { textLines } from '../lines.ts';
import { stagedRecord } from '../staged-record.ts';
import { compareText } from './order.ts';
import { type Row, writeParquet } from './parquet-file.ts';

/** Judges the lines of a job into staged Parquet, ordered by (raw key, line). */
export async function cleanse(job: CleanseJob, context: CleanseContext): Promise<{ lines: number }> {
  const objects = [...job.objects].sort((a, b) => compareText(a.key, b.key));
  const file = { path: job.out, columns: stagedColumns(job.contract), metadata: { [CODE_METADATA]: job.code } };
  await writeParquet(file, judged(job.contract, context, objects));
  return { lines: objects.reduce((sum, object) => sum + object.lines, 0) };
}

async function* judged(contract: Contract, context: CleanseContext, objects: readonly LocalRaw[]): AsyncGenerator<Row> {
  for (const object of objects) {
    let n = 0;
    for await (const line of objectLines(object)) {
      const raw = decodeRawLine(line);
      invariant(raw.n === n, `${object.key}: line ${n} says it is line ${raw.n}`);
      yield stagedRecord(cleanseLine(contract, context, object.key, raw));
      n += 1;
    }
    invariant(n === object.lines, `${object.key} promises ${object.lines} lines, read: ${n}`);
  }
}

/** Unlike SQL's reader, gunzip notices a stream that was cut short. */
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
