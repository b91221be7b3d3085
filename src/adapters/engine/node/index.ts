/** The other engine: the contract's rules in TypeScript and parquetjs-lite. Slow, and the default engine's oracle. */
import { createRequire } from 'node:module';
import type { CleanseContext } from '../../../domain/judge/judged.ts';
import { stagedColumns } from '../../../domain/formats/staged.ts';
import { type PseudonymKey, cleanseContext } from '../context.ts';
import type { CleanseJob, Engine } from '../engine.ts';
import { judgedLines } from '../judged-lines.ts';
import { compress } from './compress.ts';
import { dedupe } from './dedupe.ts';
import { type Row, writeParquet } from './parquet-file.ts';

/** Builds the engine. Its memory grows with the lines of a seal (dedupe) and with the rows of some days (compress). */
export function createNodeEngine(key: PseudonymKey): Engine {
  const context = cleanseContext(key);
  const { version } = createRequire(import.meta.url)('parquetjs-lite/package.json') as { version: string };
  return {
    name: 'node',
    version: `parquetjs-lite-${version}`,
    cleanse: (job) => cleanse(job, context),
    dedupe,
    compress,
  };
}

/** Judges the lines of a job into staged Parquet, in the order of the objects. */
async function cleanse(job: CleanseJob, context: CleanseContext): Promise<{ lines: number }> {
  let lines = 0;
  async function* rows(): AsyncGenerator<Row> {
    for await (const some of judgedLines(job, context)) {
      lines += some.length;
      yield* some;
    }
  }
  await writeParquet({ path: job.out, columns: stagedColumns(job.contract) }, rows());
  return { lines };
}
