/** The heart of a run: stage, dedupe, compress, then decide; after a conflict dedupe again. */
import { proxyActivities } from '@temporalio/workflow';
import type { Compressed } from '../activities/compress.ts';
import type { EtlActivities } from '../activities/index.ts';
import type { AlreadyPublished, Decided, Overtaken, PublishOutcome, SealRef, Staged } from '../activities/types.ts';
import { HEAVY, QUICK } from './policies.ts';

const { publish } = proxyActivities<EtlActivities>({ ...QUICK });
const { cleanse, dedupe, compress } = proxyActivities<EtlActivities>({ ...HEAVY });

/** What is judged, and under which revision. */
export interface Judged {
  readonly seal: SealRef;
  readonly revision: number;
}

/** A decision that may be published: dedupe's, and the files that compress made of it. */
export interface Ready {
  readonly seal: SealRef;
  readonly decided: Extract<Decided, { kind: 'decided' }>;
  readonly compressed: readonly Compressed[];
}

type Settled<T> = Exclude<T, { readonly kind: 'conflict' }>;

/** After a conflict the run is deduped again at the new head, and compressed again only if a verdict changed. */
export async function judge<T extends { readonly kind: string }>(
  { seal, revision }: Judged,
  decide: (ready: Ready) => Promise<T>,
): Promise<Settled<T> | AlreadyPublished | Overtaken> {
  const staged = await eachChunk(seal, revision);
  let verdicts: string | undefined;
  let compressed: readonly Compressed[] = [];
  for (;;) {
    const summary = `${seal.seal}, ${seal.lines} lines`;
    const decided = await dedupe.executeWithOptions({ summary }, [{ seal, revision, staged }]);
    if (decided.kind !== 'decided') return decided;
    if (decided.verdicts !== verdicts) compressed = await eachDateList(decided, staged);
    verdicts = decided.verdicts;
    const outcome = await decide({ seal, decided, compressed });
    if (outcome.kind !== 'conflict') return outcome as Settled<T>;
  }
}

/** Puts the decision into the ledger; with `expect` only if it is what that diff compared. */
export async function publishReady({ seal, decided, compressed }: Ready, expect?: string): Promise<PublishOutcome> {
  const summary = `${seal.seal} at ledger version ${decided.base + 1}`;
  const input = { seal, decided: decided.ref, compressed };
  return publish.executeWithOptions({ summary }, [expect === undefined ? input : { ...input, expect }]);
}

async function eachChunk(seal: SealRef, revision: number): Promise<readonly Staged[]> {
  const staged: Staged[] = [];
  for (let chunk = 0; chunk < seal.chunks; chunk += 1) {
    const summary = `${seal.seal}, chunk ${chunk + 1} of ${seal.chunks}`;
    staged.push(await cleanse.executeWithOptions({ summary }, [{ seal, revision, chunk }]));
  }
  return staged;
}

async function eachDateList(decided: Ready['decided'], staged: readonly Staged[]): Promise<readonly Compressed[]> {
  const files: Compressed[] = [];
  for (let list = 0; list < decided.dateLists; list += 1) {
    const summary = `list ${list + 1} of ${decided.dateLists}, ${decided.counts.enriched} rows in all`;
    files.push(await compress.executeWithOptions({ summary }, [{ decided: decided.ref, staged, list }]));
  }
  return files;
}
