/** The heart of a run: cleanse, dedupe, compress, then decide; only the needed steps are repeated. */
import { ApplicationFailure, proxyActivities, sleep } from '@temporalio/workflow';
import type { EtlActivities } from '../activities/index.ts';
import type {
  AlreadyPublished,
  Decided,
  Overtaken,
  PublishOutcome,
  SealRef,
  Staged,
  Stale,
} from '../activities/types.ts';
import type { Compressed } from '../activities/window/compress.ts';
import { HEAVY, QUICK } from './policies.ts';

const { publish } = proxyActivities<EtlActivities>({ ...QUICK });
const { cleanse, dedupe, compress } = proxyActivities<EtlActivities>({ ...HEAVY });

/** What is judged, and under which revision. `ledger`: a version at which it was not decided yet. */
export interface Judged {
  readonly seal: SealRef;
  readonly revision: number;
  readonly ledger?: number;
}

/** A decision that may be published: dedupe's, and the files that compress made of it. */
export interface Ready {
  readonly seal: SealRef;
  readonly decided: Extract<Decided, { kind: 'decided' }>;
  readonly compressed: readonly Compressed[];
}

type Conflict = Extract<PublishOutcome, { kind: 'conflict' }>;
type Settled<T> = Exclude<T, { readonly kind: 'conflict' | 'stale' }>;

/** Conflicts are identities that two windows share: each try settles those there were. */
const CONFLICTS_AT_MOST = 50;
/** Two versions of the code side by side: it takes luck that all steps of a run meet the same one, so it is tried often, and then slowly. */
const STALE_AT_MOST = 60;
const SLOW_AFTER = 10;
const SLOW_PAUSE = '10s';

/**
 * After a conflict the run is deduped again at the new head, and compressed again only if a verdict changed. Where other code staged a
 * part of it, or staging is gone, it begins again; a rebuild whose plan is gone is overtaken. Fails, without a need for a person, where neither comes to an end.
 */
export async function judge<T extends { readonly kind: string }>(
  judged: Judged,
  decide: (ready: Ready) => Promise<T>,
): Promise<Settled<T> | AlreadyPublished | Overtaken> {
  let why = '';
  for (let tries = 0; tries < STALE_AT_MOST; tries += 1) {
    if (tries >= SLOW_AFTER) await sleep(SLOW_PAUSE, { summary: 'workers run different code' });
    const outcome = await judgeOnce(judged, decide);
    if (outcome.kind !== 'stale') return outcome as Settled<T>;
    why = (outcome as unknown as Stale).why;
  }
  throw unfinished(judged, `its workers run different code (${why})`);
}

async function judgeOnce<T extends { readonly kind: string }>(
  judged: Judged,
  decide: (ready: Ready) => Promise<T>,
): Promise<Settled<T> | AlreadyPublished | Overtaken | Stale> {
  const { seal, revision } = judged;
  let { ledger } = judged;
  const staged = await eachChunk(seal, revision);
  if ('kind' in staged) return staged;
  let verdicts: string | undefined;
  let compressed: readonly Compressed[] = [];
  for (let tries = 0; tries < CONFLICTS_AT_MOST; tries += 1) {
    const summary = `${seal.seal}, ${seal.lines} lines`;
    const decided = await dedupe.executeWithOptions({ summary }, [
      { seal, revision, staged, ...(ledger === undefined ? {} : { ledger }) },
    ]);
    if (decided.kind !== 'decided') return decided;
    if (decided.verdicts !== verdicts) {
      const made = await eachRange(decided, staged);
      if ('kind' in made) return made;
      compressed = made;
    }
    verdicts = decided.verdicts;
    const outcome = await decide({ seal, decided, compressed });
    if (outcome.kind !== 'conflict') return outcome as Settled<T>;
    ledger = (outcome as unknown as Conflict).head;
  }
  throw unfinished(judged, 'other windows keep claiming its messages first');
}

const unfinished = ({ seal }: Judged, why: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(
    `${seal.seal} is not published yet: ${why}. Nothing is lost; the next run goes on.`,
    'Unfinished',
  );

/** Puts the decision into the ledger; with `expect` only if it is what that diff compared. */
export async function publishReady({ seal, decided, compressed }: Ready, expect?: string): Promise<PublishOutcome> {
  const summary = `${seal.seal} behind ledger version ${decided.base}`;
  const input = { seal, decided: decided.ref, compressed };
  return publish.executeWithOptions({ summary }, [expect === undefined ? input : { ...input, expect }]);
}

async function eachChunk(seal: SealRef, revision: number): Promise<readonly Staged[] | Overtaken> {
  const staged: Staged[] = [];
  for (let chunk = 0; chunk < seal.chunks; chunk += 1) {
    const summary = `${seal.seal}, chunk ${chunk + 1} of ${seal.chunks}`;
    const part = await cleanse.executeWithOptions({ summary }, [{ seal, revision, chunk }]);
    if ('kind' in part) return part;
    staged.push(part);
  }
  return staged;
}

async function eachRange(decided: Ready['decided'], staged: readonly Staged[]): Promise<readonly Compressed[] | Stale> {
  const files: Compressed[] = [];
  for (let range = 0; range < decided.ranges; range += 1) {
    const summary = `range ${range + 1} of ${decided.ranges}, ${decided.counts.enriched} rows in all`;
    const made = await compress.executeWithOptions({ summary }, [{ decided: decided.ref, staged, range }]);
    if (made.kind === 'stale') return made;
    files.push(made);
  }
  return files;
}
