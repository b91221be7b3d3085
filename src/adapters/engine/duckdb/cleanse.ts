/** `cleanse`: the contract's rules line by line, the answers by way of a file into staged Parquet. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { CleanseContext } from '../../../domain/judge/judged.ts';
import { stagedColumns } from '../../../domain/formats/staged.ts';
import type { CleanseJob } from '../engine.ts';
import { judgedLines } from '../judged-lines.ts';
import type { StagedRecord } from '../staged-record.ts';
import { type Session, identifier, jsonColumns, literal } from './session.ts';

/** A record is bounded by what cleanse keeps of a message: some hundred texts of 64 Ki characters at the very most. */
const MAX_RECORD_BYTES = 67_108_864;

/** Judges the lines of a job into staged Parquet, in the order of the objects. */
export async function cleanse(session: Session, job: CleanseJob, context: CleanseContext): Promise<{ lines: number }> {
  const judged = join(job.scratch, 'judged.ndjson');
  const columns = stagedColumns(job.contract);
  const lines = await writeLines(judged, judgedLines(job, context));
  // Not in parallel: the order of the lines stays, and so the same lines give the same bytes.
  await session.run(`
    COPY (SELECT ${columns.map(({ name }) => identifier(name)).join(', ')} FROM read_json(${literal(judged)}, format = 'newline_delimited',
      columns = ${jsonColumns(columns)}, maximum_object_size = ${MAX_RECORD_BYTES}))
    TO ${literal(job.out)} (FORMAT parquet, COMPRESSION lz4_raw)`);
  return { lines };
}

/** Writes records as NDJSON; answers how many. */
async function writeLines(to: string, batches: AsyncIterable<readonly StagedRecord[]>): Promise<number> {
  const out = createWriteStream(to, { mode: 0o600 });
  const done = finished(out);
  let lines = 0;
  for await (const records of batches) {
    lines += records.length;
    const text = records.map((record) => `${JSON.stringify(record)}\n`).join('');
    if (!out.write(text)) await once(out, 'drain');
  }
  out.end();
  await done;
  return lines;
}
