/** The default engine: the contract's rules in TypeScript, the bulk in SQL. */
import { dirname } from 'node:path';
import { version } from '@duckdb/node-api';
import { cleanseContext, type PseudonymKey } from '../context.ts';
import type { Engine } from '../engine.ts';
import { cleanse } from './cleanse.ts';
import { compress } from './compress.ts';
import { dedupe } from './dedupe.ts';
import { type Limits, withSessionOver } from './session.ts';

/** Builds the engine. Each job has a database to itself, bounded by `limits`. */
export function createDuckDbEngine(limits: Limits, key: PseudonymKey): Engine {
  const context = cleanseContext(key);
  return {
    name: 'duckdb',
    version: `duckdb-${version()}`,
    cleanse: (job) =>
      withSessionOver(
        job.objects.map(({ path }) => path),
        limits,
        job.scratch,
        (session) => cleanse(session, job, context),
      ),
    dedupe: (job) =>
      withSessionOver([...job.staged, ...job.claims], limits, job.scratch, (session) => dedupe(session, job)),
    compress: (job) =>
      withSessionOver([...job.staged, job.ledger], limits, dirname(job.outFolder), (session) => compress(session, job)),
  };
}
