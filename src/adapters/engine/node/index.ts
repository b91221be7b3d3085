/** The other engine: the contract's rules in TypeScript and parquetjs-lite. Slow, and the default engine's oracle. */
import { createRequire } from 'node:module';
import { type PseudonymKey, cleanseContext } from '../context.ts';
import type { Engine } from '../engine.ts';
import { rewrite } from '../duckdb/rewrite.ts';
import { cleanse } from './cleanse.ts';
import { compress } from './compress.ts';
import { dedupe } from './dedupe.ts';
import { reading } from './read.ts';

/** Builds the engine. Its memory grows with the lines of a seal (dedupe) and with the rows of a list of dates (compress). */
export function createNodeEngine(key: PseudonymKey): Engine {
  const context = cleanseContext(key);
  const { version } = createRequire(import.meta.url)('parquetjs-lite/package.json') as { version: string };
  return {
    name: 'node',
    version: `parquetjs-lite-${version}`,
    cleanse: (job) => cleanse(job, context),
    dedupe,
    compress,
    rewrite: (job) => reading(job.scratch, ({ session }) => rewrite(session, job)),
  };
}
