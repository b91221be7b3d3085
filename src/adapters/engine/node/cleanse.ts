/** `cleanse` line by line: the reference itself, applied to every line. */
import type { CleanseContext } from '../../../domain/cleanse.ts';
import { CODE_METADATA, stagedColumns } from '../../../domain/staged.ts';
import type { CleanseJob } from '../engine.ts';
import { judgedLines } from '../judged-lines.ts';
import { compareText } from './order.ts';
import { writeParquet } from './parquet-file.ts';

/** Judges the lines of a job into staged Parquet, ordered by (raw key, line). */
export async function cleanse(job: CleanseJob, context: CleanseContext): Promise<{ lines: number }> {
  const objects = [...job.objects].sort((a, b) => compareText(a.key, b.key));
  const file = { path: job.out, columns: stagedColumns(job.contract), metadata: { [CODE_METADATA]: job.code } };
  await writeParquet(file, judgedLines(job, context, objects));
  return { lines: objects.reduce((sum, object) => sum + object.lines, 0) };
}
