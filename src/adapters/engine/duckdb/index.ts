/** The default engine: SQL for the bulk, the contract's rules through dictionaries. */
import { version } from '@duckdb/node-api';
import { cleanseContext, type PseudonymKey } from '../context.ts';
import type { Engine } from '../engine.ts';
import { cleanse } from './cleanse.ts';
import { compress } from './compress.ts';
import { dedupe } from './dedupe.ts';
import { rewrite } from './rewrite.ts';
import { type Limits, withSession } from './session.ts';
import { dirname } from 'node:path';

/** Builds the engine. Each job runs in a database of its own, bounded by `limits`. */
export function createDuckDbEngine(limits: Limits, key: PseudonymKey): Engine {
  const context = cleanseContext(key);
  return {
    name: 'duckdb',
    version: `duckdb-${version()}`,
    cleanse: (job) => withSession(limits, job.scratch, (session) => cleanse(session, job, key, context)),
    dedupe: (job) => withSession(limits, job.scratch, (session) => dedupe(session, job)),
    compress: (job) => withSession(limits, dirname(job.outFolder), (session) => compress(session, job)),
    rewrite: (job) => withSession(limits, job.scratch, (session) => rewrite(session, job)),
  };
}
